// printf of integers: every length modifier, flag, width and precision, %n, positions, return values.
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

int main(void) {
  printf("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|\n", 42, 42, 42, 42, 42, 42, 42, 42, 42);
  printf("%d|%.0d|%.d|%+.0d|%i\n", 0, 0, 0, 0, -0);
  printf("%u|%o|%#o|%x|%X|%#x|%#X|%#.4x|%#010x\n", 3000000000u, 8, 8, 255, 255, 255, 255, 255, 255);
  printf("%hhd %hd %lld %jd %zu %td %hhu %hu\n", 257, 65537, -1ll, (intmax_t)-2, (size_t)3, (ptrdiff_t)-4, 511, 131071);
  printf("%" PRId8 " %" PRIu16 " %" PRIx32 " %" PRIo64 " %" PRIdPTR "\n", (int8_t)-5, (uint16_t)6, (uint32_t)0xabc, (uint64_t)8, (intptr_t)-9);
  printf("%*d|%-*d|%.*d|%*.*d\n", 6, 1, 6, 2, 4, 3, -6, 3, 4);
  printf("%2$d %1$d %2$d\n", 1, 2);
  printf("%1$*2$d|%1$-*2$d|\n", 7, 4);
  printf("%c%c%5c|%-5c|\n", 'a', 98, 'c', 'd');
  printf("%%|\n");
  int written = -1;
  int total = printf("12345%n67890\n", &written);
  printf("%d %d\n", written, total);
  printf("%lld %lld %llu\n", INT64_MAX, INT64_MIN, UINT64_MAX);
  printf("%d %d\n", INT32_MIN, INT32_MAX);
  char small[8];
  int wanted = snprintf(small, sizeof small, "%d-%d", 12345, 67890);
  printf("%s %d\n", small, wanted);
  printf("%d\n", snprintf(NULL, 0, "%s", "measured"));
  printf("%s%s%.0s|%10s|%-10s|%.3s|%10.3s|\n", "a", "", "hidden", "right", "left", "truncated", "truncated");
  return 0;
}
