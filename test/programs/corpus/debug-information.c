// Compiled with -g: sections that the linker must not stumble over.
#include <stdio.h>

struct point { double x, y; };
static double norm(struct point p) { double sum = p.x * p.x; sum += p.y * p.y; return sum; }

int main(void) {
  struct point p = {3, 4};
  double result = norm(p);
  printf("%g\n", result);
  return 0;
}
