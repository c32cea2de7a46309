// Function pointers: tables, arrays of structs of them, comparison, returning them, casts there and back, many signatures.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int mul(int a, int b) { return a * b; }
static double half(double x) { return x / 2; }
static long long square(long long x) { return x * x; }
static void greet(void) { puts("hello"); }
static float mix(int a, float b, double c, long long d, char e) { return a + b + c + d + e; }

typedef int (*Binary)(int, int);
static const struct { const char *name; Binary apply; } operations[] = {{"add", add}, {"sub", sub}, {"mul", mul}};
static Binary find(const char *name) {
  for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++)
    if (!strcmp(operations[i].name, name)) return operations[i].apply;
  return NULL;
}
static Binary (*finder)(const char *) = find;
static int (*(*nested(int which))(const char *))(int, int) { return which ? find : NULL; }
static int fold(Binary f, int start, const int *list, int count) {
  for (int i = 0; i < count; i++) start = f(start, list[i]);
  return start;
}

int main(void) {
  int list[] = {1, 2, 3, 4};
  printf("%d %d\n", fold(add, 0, list, 4), fold(mul, 1, list, 4));
  printf("%d %d\n", finder("sub")(10, 3), find("nothing") == NULL);
  printf("%d\n", nested(1)("mul")(6, 7));
  printf("%d %d\n", find("add") == add, find("add") == sub);
  void (*generic)(void) = (void (*)(void))half;
  printf("%g\n", ((double (*)(double))generic)(5));
  void *raw = (void *)square;
  printf("%lld\n", ((long long (*)(long long))raw)(3000000));
  void (*simple[3])(void) = {greet, greet, NULL};
  for (int i = 0; simple[i]; i++) (*simple[i])();
  printf("%g\n", (double)(&mix)(1, 2.5f, 3.25, 4, 5));
  int (*libc)(const char *) = puts;
  libc("through a pointer");
  int (*absolute)(int) = abs;
  printf("%d\n", absolute(-5));
  Binary b = 1 ? add : sub;
  printf("%d\n", (******b)(1, 1));
  return 0;
}
