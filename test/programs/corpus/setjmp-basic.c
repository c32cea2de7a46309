// setjmp and longjmp: values, out of deep calls, nested buffers, re-throwing outwards, volatile locals, in a loop.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf outer, inner;
static void deep(int n, jmp_buf *to) { if (n == 0) longjmp(*to, 7); deep(n - 1, to); }
static int protect(int (*body)(int), int argument) {
  jmp_buf saved;
  __builtin_memcpy(&saved, &inner, sizeof saved);
  int code = setjmp(inner), result = -1;
  if (code == 0) result = body(argument);
  else printf("caught %d\n", code);
  __builtin_memcpy(&inner, &saved, sizeof saved);
  return result;
}
static int fails(int n) { if (n > 2) longjmp(inner, n); return n; }
static int nested(int n) { protect(fails, n); return protect(fails, n + 1) + 100; }

int main(void) {
  switch (setjmp(outer)) {
    case 0: puts("set"); longjmp(outer, 1);
    case 1: puts("one"); longjmp(outer, 0 + 2);
    case 2: puts("two"); break;
  }
  volatile int count = 0;
  int code = setjmp(outer);
  if (code == 0) deep(20, &outer);
  printf("deep %d\n", code);
  if (setjmp(outer) < 5) longjmp(outer, ++count);
  printf("loop %d\n", count);
  printf("%d\n", protect(fails, 1));
  printf("%d\n", protect(fails, 3));
  printf("%d\n", protect(nested, 2));
  printf("%d\n", protect(nested, 5));
  if (setjmp(outer) == 0) { if (setjmp(inner) == 0) longjmp(outer, 1); puts("wrong"); }
  else puts("outer");
  for (int i = 0; i < 3; i++) { if (setjmp(inner) == 0) fails(i + 2); else printf("i=%d\n", i); }
  int zero = setjmp(outer);
  if (zero == 0 && count < 100) { count = 100; longjmp(outer, 0); }
  printf("longjmp of 0 gives %d\n", zero);
  return 0;
}
