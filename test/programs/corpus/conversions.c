// Implicit and explicit conversions between integer types, _Bool, pointers, enums and floating types.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum color { red = -1, green = 5, blue };
static int8_t take_small(int8_t x) { return x; }
static double take_double(double x) { return x * 2; }
static bool truth(double x) { return x; }

int main(void) {
  volatile int wide = 300;
  printf("%d\n", take_small(wide));
  printf("%g\n", take_double(wide));
  printf("%d %d %d\n", truth(0.5), truth(0.0), (_Bool)&wide);
  printf("%d\n", (bool)256);
  printf("%d %d\n", red + blue, green == 5.0);
  unsigned char c = -1;
  signed char s = c;
  printf("%d %d %d\n", c, s, c == (unsigned char)s);
  printf("%d\n", -1 < (unsigned char)1);
  printf("%d\n", sizeof(char) - 2 > 0);
  int array[3] = {1, 2, 3};
  uintptr_t address = (uintptr_t)&array[1];
  printf("%d\n", *(int *)(address + sizeof(int)));
  printf("%td\n", &array[2] - array);
  char *bytes = (char *)array;
  printf("%d %d\n", bytes[0], bytes[4]);
  short sum = 1;
  sum += 70000;
  printf("%d\n", sum);
  float f = 1e10f;
  long long l = f;
  printf("%lld\n", l);
  printf("%d\n", (char)'\377' == -1 || (char)'\377' == 255);
  int x = 'ab' != 0;
  printf("%d %d\n", x, '\x41');
  bool flag = 0;
  flag++;
  flag++;
  printf("%d\n", flag);
  return 0;
}
