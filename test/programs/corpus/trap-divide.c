// Division by zero ends the program.
#include <stdio.h>

static volatile int zero;

int main(void) {
  puts("dividing");
  fflush(stdout);
  printf("%d\n", 100 / zero);
  return 0;
}
