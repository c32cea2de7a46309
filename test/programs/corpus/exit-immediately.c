// _Exit: no atexit handler, no flush of what is buffered, the code is kept.
#include <stdio.h>
#include <stdlib.h>

static void never(void) { puts("handler ran"); fflush(stdout); }

int main(void) {
  atexit(never);
  puts("flushed");
  fflush(stdout);
  printf("lost");
  _Exit(42);
}
