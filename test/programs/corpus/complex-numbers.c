// complex.h: arithmetic, division, functions, parameters and results, float and double.
#include <complex.h>
#include <math.h>
#include <stdio.h>

static double complex step(double complex z, double complex c) { return z * z + c; }
static float complex single(float complex z) { return conjf(z) / 2; }
static void show(double complex z) { printf("%.6f%+.6fi\n", creal(z), cimag(z)); }

int main(void) {
  double complex a = 3 + 4 * I, b = 1 - 2 * I;
  show(a + b);
  show(a - b);
  show(a * b);
  show(a / b);
  show(-conj(a));
  printf("%.6f %.6f\n", cabs(a), carg(b));
  show(csqrt(-1));
  show(cexp(I * M_PI / 3));
  show(clog(a));
  show(cpow(a, 0.5));
  show(csin(b));
  double complex z = 0;
  for (int i = 0; i < 5; i++) z = step(z, -0.5 + 0.5 * I);
  show(z);
  float complex f = single(2 + 6 * I);
  printf("%g %g\n", crealf(f), cimagf(f));
  double complex list[2] = {a, CMPLX(0, 1)};
  printf("%d %d\n", list[1] == I, a != b);
  __real__ a = 10;
  show(a);
  return 0;
}
