// Floating point: rounding, infinities, comparison with NaN, conversions between every pair of kinds.
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static volatile double zero = 0, third = 1.0 / 3;
static volatile float f = 16777216.0f;

int main(void) {
  printf("%.17g %.9g\n", third, (double)(float)third);
  printf("%g %g %g\n", 1 / zero, -1 / zero, 1 / -(1 / zero));
  double nan = zero / zero;
  printf("%d %d %d %d\n", nan == nan, nan != nan, nan < 1, isnan(nan) != 0);
  printf("%.1f\n", f + 1.0f);
  printf("%d\n", 0.1 + 0.2 == 0.3);
  printf("%.17g\n", 0.1 + 0.2);
  printf("%d %d %u\n", (int)-2.9, (int)2.9, (unsigned)3000000000.5);
  printf("%lld %llu\n", (long long)-9.0e18, (unsigned long long)1.8e19);
  printf("%.0f %.0f\n", (double)INT64_MAX, (double)UINT64_MAX);
  printf("%g %g\n", (double)(float)1e-45, (double)FLT_MIN / 2);
  printf("%g %g %g\n", DBL_MAX, DBL_MIN, DBL_EPSILON);
  printf("%d %d\n", DBL_MANT_DIG, FLT_MANT_DIG);
  printf("%d\n", signbit(-zero) != 0);
  volatile unsigned long long large = 9007199254740993ull;
  printf("%.0f\n", (double)large);
  printf("%.1f\n", (float)33554433);
  union { float value; uint32_t bits; } pun = {.value = -1.5f};
  printf("%08x\n", pun.bits);
  double sum = 0;
  for (int i = 0; i < 10; i++) sum += 0.1;
  printf("%.20f\n", sum);
  printf("%a %a\n", 1.0, -0.15625);
  printf("%d %d\n", fpclassify(1e-320) == FP_SUBNORMAL, fpclassify(zero) == FP_ZERO);
  return 0;
}
