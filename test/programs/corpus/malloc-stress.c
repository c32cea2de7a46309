// malloc, calloc, realloc and free in random order, with every block's contents checked.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { slots = 500 };
static struct { unsigned char *bytes; size_t size; unsigned char fill; } table[slots];
static uint32_t state = 12345;
static uint32_t next(void) { state ^= state << 13; state ^= state >> 17; return state ^= state << 5; }
static int intact(int i) {
  for (size_t k = 0; k < table[i].size; k++) if (table[i].bytes[k] != table[i].fill) return 0;
  return 1;
}

int main(void) {
  volatile size_t half = (size_t)-1 / 2;
  int broken = 0;
  unsigned long long total = 0;
  for (int round = 0; round < 40000; round++) {
    int i = next() % slots;
    size_t size = next() % (next() % 50 == 0 ? 100000 : 200);
    if (!table[i].bytes) {
      table[i].bytes = next() % 2 ? malloc(size) : calloc(size ? size : 1, 1);
    } else if (next() % 2) {
      broken += !intact(i);
      free(table[i].bytes);
      table[i].bytes = NULL;
      continue;
    } else {
      size_t kept = size < table[i].size ? size : table[i].size;
      table[i].bytes = realloc(table[i].bytes, size ? size : 1);
      for (size_t k = 0; k < kept; k++) broken += table[i].bytes[k] != table[i].fill;
    }
    broken += (uintptr_t)table[i].bytes % 8 != 0;
    table[i].size = size;
    table[i].fill = (unsigned char)round;
    memset(table[i].bytes, table[i].fill, size);
    total += size;
  }
  for (int i = 0; i < slots; i++) if (table[i].bytes) broken += !intact(i), free(table[i].bytes);
  printf("%d %llu\n", broken, total);
  int *zeroed = calloc(1000, sizeof *zeroed);
  int sum = 0;
  for (int i = 0; i < 1000; i++) sum += zeroed[i];
  void *volatile overflow = calloc(half, 4);
  printf("%d %d\n", sum, overflow == NULL);
  free(zeroed);
  free(NULL);
  return 0;
}
