// Primes below two million by Eratosthenes, with their sum.
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  int limit = 2000000, count = 0, last = 0;
  unsigned char *composite = calloc(limit, 1);
  long long sum = 0;
  for (int i = 2; i < limit; i++) {
    if (composite[i]) continue;
    count++, sum += i, last = i;
    for (long long k = (long long)i * i; k < limit; k += i) composite[k] = 1;
  }
  printf("%d %d %lld\n", count, last, sum);
  free(composite);
  return 0;
}
