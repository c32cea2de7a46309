// goto: forwards, backwards, into blocks, out of nested loops; labels as values and jump tables.
#include <stdio.h>

static int interpret(const unsigned char *code) {
  static void *const labels[] = {&&push, &&add, &&multiply, &&stop, &&jump_if};
  int stack[16], top = 0;
#define next goto *labels[*code++]
  next;
push: stack[top++] = *code++; next;
add: top--; stack[top - 1] += stack[top]; next;
multiply: top--; stack[top - 1] *= stack[top]; next;
jump_if: if (stack[--top]) code += *code; code++; next;
stop: return stack[top - 1];
}

int main(void) {
  int i = 0;
again:
  if (i < 3) { printf("%d ", i++); goto again; }
  puts("");
  for (int a = 0; a < 10; a++) for (int b = 0; b < 10; b++) if (a * b == 42) { printf("%d %d\n", a, b); goto found; }
found:;
  goto inside;
  if (0) { inside: puts("inside a block"); }
  while (1) { if (i++ > 5) goto out; else continue; }
out:
  printf("%d\n", i);
  static const unsigned char program[] = {0, 6, 0, 7, 2, 0, 0, 4, 2, 0, 1, 1, 0, 2, 1, 3};
  printf("%d\n", interpret(program));
  void *where = i > 100 ? &&first : &&second;
  goto *where;
first: puts("first");
second: puts("second");
  return 0;
}
