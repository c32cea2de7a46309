// 64-bit arithmetic through parameters and results, with overflow builtins and bit counts.
#include <inttypes.h>
#include <stdio.h>

static int64_t multiply(int64_t a, int64_t b) { return a * b; }
static uint64_t rotate(uint64_t x, int n) { return x << n | x >> (64 - n); }
static uint64_t power(uint64_t base, unsigned exponent, uint64_t modulus) {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base = base * base % modulus)
    if (exponent & 1) result = result * base % modulus;
  return result;
}

int main(void) {
  volatile int64_t min = INT64_MIN, ten = 10;
  printf("%" PRId64 " %" PRId64 "\n", min / ten, min % ten);
  printf("%" PRId64 "\n", multiply(-3000000000ll, 3000000007ll));
  printf("%" PRIx64 "\n", rotate(0x0123456789abcdefull, 20));
  printf("%" PRIu64 "\n", power(7, 123456789, 1000000007ull));
  printf("%" PRIu64 "\n", UINT64_MAX / 3);
  printf("%d %d %d\n", min < 0, (uint64_t)min > 1, (int64_t)-1 < 0);
  int64_t product;
  int overflowed = __builtin_mul_overflow((int64_t)ten << 40, (int64_t)1 << 30, &product);
  printf("%d %" PRId64 "\n", overflowed, product);
  int small;
  printf("%d\n", __builtin_add_overflow(2147483647, 1, &small));
  printf("%d %d %d\n", __builtin_clzll(1ull << 40), __builtin_ctzll(1ull << 40), __builtin_popcountll(~0ull));
  printf("%d %d %d\n", __builtin_clz(1), __builtin_ctz(8), __builtin_parity(7));
  printf("%" PRIx64 " %x\n", __builtin_bswap64(0x0102030405060708ull), __builtin_bswap32(0x01020304));
  printf("%d\n", (int)(min >> 60));
  unsigned __int128 wide = (unsigned __int128)UINT64_MAX * UINT64_MAX;
  printf("%" PRIx64 " %" PRIx64 "\n", (uint64_t)(wide >> 64), (uint64_t)wide);
  __int128 quotient = ((__int128)1 << 100) / 1000000007;
  printf("%" PRIu64 "\n", (uint64_t)(quotient % 1000000000000ll));
  return 0;
}
