// Loops of all kinds, break and continue, shadowing, static locals, declarations in odd places.
#include <stdio.h>

int x = 1;
static int next(void) { static int n = 10; return n++; }
static int *counter(void) { static int hidden; hidden++; return &hidden; }

int main(void) {
  printf("%d", x);
  int x = 2;
  printf("%d", x);
  { int x = 3; printf("%d", x); { extern int x; printf("%d", x); } }
  for (int x = 4; x < 5; x++) { printf("%d", x); int x = 5; printf("%d", x); }
  printf("%d\n", x);
  next();
  printf("%d %d\n", next(), *counter() + *counter());
  int i = 10;
  do i--; while (i > 5);
  while (i --> 0) if (i == 2) break;
  printf("%d\n", i);
  int sum = 0;
  for (int a = 0, b = 10; a < b; a++, b--) { if (a == 2) continue; sum += a * b; }
  for (;;) { if (++sum > 50) break; }
  printf("%d\n", sum);
  typedef int number;
  number seven = 7;
  { int number = 8; seven += number; }
  printf("%d %d\n", seven, (int)sizeof(number));
  for (unsigned u = 3; u-- > 0;) printf("%u ", u);
  for (double d = 0; d < 1; d += 0.25) printf("%g ", d);
  for (char *s = "abc"; *s; s++) printf("%c", *s);
  puts("");
  return 0;
}
