// Layout that every target here shares: offsets, alignment and padding of fixed-width members, nested, packed, arrays.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct a { int8_t a; int32_t b; int8_t c; int64_t d; };
struct b { struct a inner; int16_t tail[3]; };
struct c { int8_t one; double d; float f; };
#pragma pack(push, 1)
struct tight { int8_t a; int64_t b; int16_t c; };
#pragma pack(pop)
struct linked { int value; struct linked *self; };
struct over { _Alignas(32) int8_t a; int8_t b; };

int main(void) {
  printf("%zu %zu %zu %zu %zu\n", sizeof(struct a), offsetof(struct a, b), offsetof(struct a, c), offsetof(struct a, d), _Alignof(struct a));
  printf("%zu %zu\n", sizeof(struct b), offsetof(struct b, tail[2]));
  printf("%zu %zu %zu\n", sizeof(struct c), offsetof(struct c, d), offsetof(struct c, f));
  printf("%zu %zu\n", sizeof(struct tight), offsetof(struct tight, c));
  printf("%zu %zu\n", sizeof(struct over), _Alignof(struct over));
  struct tight t[2] = {{1, 0x1122334455667788, 3}, {4, -5, 6}};
  printf("%llx %lld %d\n", (long long)t[0].b, (long long)t[1].b, t[1].c);
  struct linked l = {1, &l};
  printf("%d\n", l.self->self->self->value);
  struct a x = {1, 2, 3, 4}, y = x;
  y.d = 5;
  printf("%d %d\n", (int)x.d, (int)y.d);
  struct { int32_t v; } anonymous[3] = {{1}, {2}, {3}};
  printf("%d\n", anonymous[2].v + (int)sizeof anonymous);
  uint32_t word = 0x01020304;
  uint8_t bytes[4];
  memcpy(bytes, &word, 4);
  printf("%d\n", bytes[0]);
  return 0;
}
