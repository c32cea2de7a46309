// printf of floating point: %f %e %g %a, rounding to even, huge and tiny values, infinities, widths, alternate forms.
#include <float.h>
#include <math.h>
#include <stdio.h>

int main(void) {
  volatile double zero = 0;
  printf("%f %e %g %E %G\n", 3.14159, 3.14159, 3.14159, 0.00001, 0.00001);
  printf("%.0f %.0f %.0f %.0f %.0f\n", 0.5, 1.5, 2.5, 3.5, -0.5);
  printf("%.2f %.2f %.1f %.3f\n", 1.005, 2.675, 0.25, 0.0005);
  printf("%g %g %g %g %g\n", 100000.0, 1000000.0, 0.0001, 0.00001, 123456789.0);
  printf("%#g %#.0f %#.3g\n", 1.0, 1.0, 100.0);
  printf("%10.3f|%-10.3f|%+10.3f|%010.3f|% .3f|\n", 3.14159, 3.14159, 3.14159, -3.14159, 3.14159);
  printf("%f %F %e %g\n", 1 / zero, -1 / zero, 1 / zero, 1 / zero);
  printf("%8f|%-8f|%08f|\n", 1 / zero, -1 / zero, 1 / zero);
  printf("%f %G\n", fabs(zero / zero), fabs(zero / zero));
  printf("%.17g %.17g %.17g\n", 0.1, 1.0 / 3, 2e-308);
  printf("%g %g %g\n", DBL_MAX, DBL_MIN, 4.9406564584124654e-324);
  printf("%.3e %.10e\n", 9.9996e9, 1e-10);
  printf("%a %a %.4a %A\n", 1.0, 0.1, 1.5, 255.5);
  printf("%.30f\n", 0.1);
  printf("%.1f\n", 1e22);
  printf("%f\n", 123456789012345678.0);
  printf("%.0e %.0e\n", 15.0, 25.0);
  printf("%*.*f|%-*.*e|\n", 12, 4, M_PI, 14, 2, M_E);
  printf("%.60g\n", 1e-5);
  printf("%g %g\n", -zero, zero);
  printf("%.400f\n", 1.5e-300);
  return 0;
}
