// A call through a null pointer ends the program.
#include <stdio.h>

static void (*volatile nowhere)(void);

int main(void) {
  puts("calling");
  fflush(stdout);
  nowhere();
  return 0;
}
