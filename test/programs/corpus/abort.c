// abort: no atexit handler, death as by a signal.
#include <stdio.h>
#include <stdlib.h>

static void never(void) { puts("handler ran"); fflush(stdout); }

int main(void) {
  atexit(never);
  puts("before");
  fflush(stdout);
  abort();
}
