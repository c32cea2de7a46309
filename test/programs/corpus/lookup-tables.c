// Large constant tables, jump tables of function pointers with many signatures, string pools, bss of a megabyte.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define four(x) x, x + 1, x + 2, x + 3
#define sixteen(x) four(x), four(x + 4), four(x + 8), four(x + 12)
#define all sixteen(0), sixteen(16), sixteen(32), sixteen(48)
static const uint16_t squares[] = {all};
static uint8_t bss[1 << 20];
static double doubles[4096];
static int f0(void) { return 1; }
static int f1(int a) { return a; }
static int f2(int a, double b) { return a + (int)b; }
static int f3(long long a, float b, int c) { return (int)a + (int)b + c; }
static double f4(double a) { return a * 1.5; }
static void f5(int *a) { ++*a; }
static const struct { char kind; void (*f)(void); } table[] = {{'0', (void (*)(void))f0}, {'1', (void (*)(void))f1}, {'2', (void (*)(void))f2}, {'3', (void (*)(void))f3}, {'4', (void (*)(void))f4}, {'5', (void (*)(void))f5}};

int main(void) {
  int sum = 0;
  for (unsigned i = 0; i < sizeof squares / sizeof *squares; i++) sum += squares[i];
  printf("%d %zu\n", sum, sizeof squares);
  for (unsigned i = 0; i < sizeof bss; i++) sum += bss[i];
  memset(bss, 1, sizeof bss);
  for (unsigned i = 0; i < sizeof bss; i += 4096) sum += bss[i];
  printf("%d %g\n", sum, doubles[4095]);
  for (int i = 0; i < 6; i++) switch (table[i].kind) {
    case '0': printf("%d ", ((int (*)(void))table[i].f)()); break;
    case '1': printf("%d ", ((int (*)(int))table[i].f)(2)); break;
    case '2': printf("%d ", ((int (*)(int, double))table[i].f)(1, 2.5)); break;
    case '3': printf("%d ", ((int (*)(long long, float, int))table[i].f)(1, 2, 1)); break;
    case '4': printf("%g ", ((double (*)(double))table[i].f)(4)); break;
    case '5': ((void (*)(int *))table[i].f)(&sum); printf("%d\n", sum); break;
  }
  return 0;
}
