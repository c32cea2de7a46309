// Precedence, short circuits, commas, ternaries, increments through pointers, sizeof that does not evaluate.
#include <stdio.h>

static int calls;
static int touch(int result) { calls++; return result; }
static int *where(int *p) { calls++; return p; }

int main(void) {
  int a = 2, b = 3, c = 4;
  printf("%d %d %d\n", a + b * c, (a + b) * c, a - b - c);
  printf("%d %d %d\n", a << 1 + 1, a | b & c, a ^ b == 1);
  printf("%d %d\n", !a == 0, ~a + 1 == -a);
  printf("%d\n", (a < b) < c);
  calls = 0;
  int r = touch(0) && touch(1);
  r += touch(1) || touch(1);
  printf("%d %d\n", r, calls);
  printf("%d\n", a > b ? 1 : a == b ? 2 : 3);
  int list[] = {1, 2, 3, 4}, *p = list;
  int x = *p++;
  int y = ++*p;
  int z = *++p;
  int w = (*p)--;
  printf("%d %d %d %d %d\n", x, y, z, w, *p);
  (*where(list))++;
  *where(list) += 10;
  printf("%d %d\n", list[0], calls);
  printf("%d\n", (int)sizeof(touch(1)));
  printf("%d\n", calls);
  int i = 0;
  int total = (i++, i++, i + 10);
  printf("%d %d\n", total, i);
  printf("%c %c %d\n", "hello"[1], 2["abc"], *("xyz" + 1) == 'y');
  a = b = c = 9;
  a += b -= c *= 2;
  printf("%d %d %d\n", a, b, c);
  printf("%d\n", -5 / 2 * 2 + -5 % 2);
  unsigned char k = 200;
  k += 100;
  printf("%d\n", k);
  printf("%d\n", a ?: 5);
  const volatile int fixed = 3;
  printf("%d\n", fixed + fixed);
  return 0;
}
