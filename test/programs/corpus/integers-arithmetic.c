// Integer arithmetic at the edges of each width: wrapping, division, shifts, promotion and mixed signs.
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

static volatile int seven = 7, minus = -7, big = INT_MAX;
static volatile unsigned uone = 1;
static volatile int8_t narrow = -128;
static volatile uint8_t wide = 255;
static volatile int16_t shorter = 32767;

int main(void) {
  printf("%d %d %d %d\n", seven / 2, minus / 2, seven % 3, minus % 3);
  printf("%u %u\n", (unsigned)big + 1u, uone - 2u);
  printf("%d %d %d\n", narrow, (int8_t)(narrow - 1), -narrow);
  printf("%d %d\n", (uint8_t)(wide + 1), wide + 1);
  printf("%d\n", (int16_t)(shorter + 1));
  printf("%d %d\n", minus >> 1, (int)((unsigned)minus >> 28));
  printf("%d\n", minus < uone);
  printf("%d\n", (int)narrow < (int)wide);
  printf("%x %x\n", ~seven, seven ^ minus);
  printf("%d\n", seven & -seven);
  printf("%d\n", seven++ + 1);
  printf("%d\n", --seven);
  int a = 5;
  a <<= 3;
  a |= 3;
  a ^= 0x11;
  a %= 17;
  printf("%d %d\n", a, !a);
  printf("%d\n", (seven, minus, a));
  printf("%d %d\n", INT_MIN / 2, INT_MIN % 10);
  uint16_t u = 65535;
  printf("%u\n", (unsigned)u * u);
  printf("%d\n", 'a' + 1);
  printf("%u %u\n", 1u << 31, 0xffffffffu >> 31);
  return 0;
}
