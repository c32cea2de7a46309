// Two thousand functions whose addresses are taken, and a pointer of each of 64 signatures.
#include <stdio.h>

#define function(n) static int f##n(int x) { return x ^ 0x##n; }
#define name(n) f##n,
#define ten(each, n) each(n##0) each(n##1) each(n##2) each(n##3) each(n##4) each(n##5) each(n##6) each(n##7) each(n##8) each(n##9)
#define hundred(each, n) ten(each, n##0) ten(each, n##1) ten(each, n##2) ten(each, n##3) ten(each, n##4) ten(each, n##5) ten(each, n##6) ten(each, n##7) ten(each, n##8) ten(each, n##9)
#define thousand(each, n) hundred(each, n##0) hundred(each, n##1) hundred(each, n##2) hundred(each, n##3) hundred(each, n##4) hundred(each, n##5) hundred(each, n##6) hundred(each, n##7) hundred(each, n##8) hundred(each, n##9)
thousand(function, 1) thousand(function, 2)
static int (*const table[])(int) = {thousand(name, 1) thousand(name, 2)};

#define typed(A, a, B, b, C, c) static A g##a##b##c(B x, C y) { return (A)(x + y * 2); }
#define called(A, a, B, b, C, c) { A (*volatile p)(B, C) = g##a##b##c; total += (double)p(3, 4); }
#define third(each, A, a, B, b) each(A, a, B, b, int, i) each(A, a, B, b, long long, l) each(A, a, B, b, float, f) each(A, a, B, b, double, d)
#define second(each, A, a) third(each, A, a, int, i) third(each, A, a, long long, l) third(each, A, a, float, f) third(each, A, a, double, d)
#define all(each) second(each, int, i) second(each, long long, l) second(each, float, f) second(each, double, d)
all(typed)

int main(void) {
  long long sum = 0;
  int count = sizeof table / sizeof *table;
  for (int i = 0; i < count; i++) sum += table[i](i * 7919);
  double total = 0;
  all(called)
  printf("%d %lld %g\n", count, sum, total);
  return 0;
}
