// Unions: punning, anonymous members, tagged variants, initialization of a chosen member.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  enum { integer, real, text } kind;
  union { int i; double d; const char *s; };
} Value;
static void show(Value v) {
  switch (v.kind) {
    case integer: printf("%d\n", v.i); break;
    case real: printf("%g\n", v.d); break;
    case text: printf("%s\n", v.s); break;
  }
}
union bytes { uint64_t all; uint8_t each[8]; struct { uint32_t low, high; }; };

int main(void) {
  Value values[] = {{integer, .i = 42}, {real, .d = 2.5}, {text, .s = "text"}};
  for (int i = 0; i < 3; i++) show(values[i]);
  union bytes b = {0x0102030405060708ull};
  printf("%d %d %x %x\n", b.each[0], b.each[7], b.low, b.high);
  b.each[7] = 0xff;
  printf("%llx\n", (unsigned long long)b.all);
  union bytes c = {.each = {1, [4] = 2}};
  printf("%llx\n", (unsigned long long)c.all);
  union bytes copy;
  memcpy(&copy, &c, sizeof c);
  printf("%d\n", copy.high == 2);
  union { float f; uint32_t u; } pi = {3.14159274f};
  printf("%08x sign=%u exponent=%u\n", pi.u, pi.u >> 31, pi.u >> 23 & 255);
  return 0;
}
