// long double: arithmetic, the math functions' l variants, and its own printf and scanf conversions.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static long double mean(int count, ...) {
  va_list list;
  va_start(list, count);
  long double sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, long double);
  va_end(list);
  return sum / count;
}

int main(void) {
  long double third = 1.0L / 3;
  printf("%.15Lf\n", third);
  printf("%Lg %Le\n", 2.5L, 1234567.0L);
  printf("%.3Lf\n", mean(3, 1.5L, 2.5L, 5.0L));
  long double read;
  int fields = sscanf("3.25e2 rest", "%Lf", &read);
  printf("%d %.2Lf\n", fields, read);
  printf("%.12Lf %.12Lf\n", sqrtl(2), powl(2, 0.5L));
  printf("%.4f\n", (double)strtold("2.718281828", NULL));
  printf("%d\n", third * 3 == 1.0L);
  printf("%lld\n", (long long)(third * 3000000000000.0L + 0.5L));
  printf("%10.2Lf|%-10.2Lf|\n", 3.14159L, 3.14159L);
  long double big = 1e300L * 1e5L;
  printf("%.3Le\n", big);
  return 0;
}
