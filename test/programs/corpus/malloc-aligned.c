// aligned_alloc and posix_memalign, with their blocks freed and reallocated.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  int misaligned = 0;
  void *blocks[64];
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 64; i++) {
      size_t alignment = (size_t)16 << i % 9;
      blocks[i] = aligned_alloc(alignment, alignment * (1 + i % 4));
      misaligned += blocks[i] == NULL || (uintptr_t)blocks[i] % alignment != 0;
      memset(blocks[i], i, alignment);
    }
    for (int i = 0; i < 64; i++) {
      if (*(unsigned char *)blocks[i] != i) misaligned += 100;
      free(blocks[i]);
    }
  }
  printf("%d\n", misaligned);
  void *page = NULL;
  printf("%d", posix_memalign(&page, 4096, 10000));
  printf(" %d\n", (int)((uintptr_t)page % 4096));
  strcpy(page, "kept");
  page = realloc(page, 50000);
  printf("%s\n", (char *)page);
  free(page);
  void *unchanged = &misaligned;
  printf("%d\n", posix_memalign(&unchanged, 3, 16) == EINVAL);
  return 0;
}
