// Blocks of 64 MB and more, grown, given back and taken again ten times over: a heap that kept them would reach 2 GB.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { mega = 1 << 20 };

int main(void) {
  for (int round = 0; round < 10; round++) {
    char *a = malloc(64 * mega), *b = malloc(128 * mega);
    if (!a || !b) { printf("refused in round %d\n", round); return 1; }
    a[0] = 1, a[64 * mega - 1] = 2, b[128 * mega - 1] = 3;
    free(a);
    b = realloc(b, 192 * mega);
    if (!b || b[128 * mega - 1] != 3) { printf("lost in round %d\n", round); return 1; }
    b[192 * mega - 1] = 4;
    free(b);
  }
  int *numbers = malloc(16 * mega * sizeof *numbers);
  long long sum = 0;
  for (int i = 0; i < 16 * mega; i += 4096) numbers[i] = i;
  for (int i = 0; i < 16 * mega; i += 4096) sum += numbers[i];
  printf("%lld\n", sum);
  free(numbers);
  return 0;
}
