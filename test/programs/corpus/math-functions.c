// math.h: elementary functions, rounding, classification, decomposition, remainders, special values.
#include <fenv.h>
#include <math.h>
#include <stdio.h>

int main(void) {
  printf("%.12f %.12f %.12f\n", sin(1), cos(1), tan(1));
  printf("%.12f %.12f %.12f %.12f\n", asin(0.5), acos(0.5), atan(2), atan2(-1, -1));
  printf("%.12f %.12f %.12f\n", sinh(1), cosh(1), tanh(1));
  printf("%.12f %.12f %.12f\n", asinh(1), acosh(2), atanh(0.5));
  printf("%.12f %.12f %.12f %.12f\n", exp(1), log(10), log10(1000), log2(8));
  printf("%.12f %.12f %.12f\n", exp2(0.5), expm1(1e-10) * 1e10, log1p(1e-10) * 1e10);
  printf("%.12f %.12f %.12f %.12f\n", pow(2, 0.5), sqrt(2), cbrt(27), hypot(3, 4));
  printf("%g %g %g %g\n", floor(-1.5), ceil(-1.5), trunc(-1.5), round(-1.5));
  printf("%g %g %g %lld %d\n", rint(2.5), nearbyint(3.5), round(2.5), llround(-2.5), (int)lrint(1.5));
  printf("%.12f %.12f\n", fmod(10, 3.3), remainder(10, 3.3));
  int exponent, quotient;
  double whole, part = modf(-3.25, &whole);
  double fraction = frexp(48, &exponent);
  printf("%g %d %g %g\n", fraction, exponent, part, whole);
  fraction = remquo(10, 3, &quotient);
  printf("%g %d\n", fraction, quotient & 7);
  printf("%g %g %d %g\n", ldexp(0.75, 4), scalbn(1, -3), ilogb(1000), logb(1000));
  printf("%.10f %.10f %.10f %.10f\n", tgamma(5), lgamma(10), erf(0.5), erfc(0.5));
  printf("%g %g %g %g\n", fmax(1, NAN), fmin(-1, 2), fdim(5, 3), fma(2, 3, 4));
  printf("%g %.17g %g\n", copysign(3, -0.0), nextafter(1, 2), fabs(-7));
  printf("%.6f %.6f %.6f\n", sinf(1), powf(2, 0.5f), sqrtf(2));
  printf("%d %d %d\n", isinf(exp(1000)) != 0, isnan(sqrt(-1)) != 0, isfinite(1e308) != 0);
  printf("%.10f %.10f\n", sin(1e6), cos(1e15));
  printf("%.10f %.10f\n", j0(1), y1(2));
  printf("%d %d\n", isgreater(1, NAN), isunordered(1, NAN) != 0);
  printf("%.15g %.15g\n", pow(-2, 3), pow(10, -5));
  return 0;
}
