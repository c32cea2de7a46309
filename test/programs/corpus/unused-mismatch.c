// A wrong prototype of a library function whose call is never reached must not keep the program from running.
#include <stdio.h>

double abs(double, double);
void free(int, int, int);
extern int never_defined_anywhere(void);
static volatile int no;

int main(int argc, char **argv) {
  puts("linked");
  if (no) printf("%g\n", abs(1, 2));
  if (no) free(1, 2, 3);
  if (argc > 100) return (int)sizeof(never_defined_anywhere());
  return 0;
}
