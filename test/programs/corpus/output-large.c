// Two megabytes of output in writes of many sizes, with a checksum at the end.
#include <stdio.h>

int main(void) {
  unsigned sum = 0;
  for (int i = 0; i < 60000; i++) {
    int n = printf("%d %x %*d\n", i, i * 7919, i % 40, i);
    sum = sum * 31 + (unsigned)n;
  }
  printf("%u\n", sum);
  return 0;
}
