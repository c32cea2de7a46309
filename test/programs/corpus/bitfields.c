// Bit-fields: signed and unsigned, wrapping, across unit boundaries, in unions, wider than an int.
#include <stdio.h>
#include <string.h>

struct flags {
  unsigned ready : 1;
  unsigned mode : 3;
  int level : 4;
  unsigned : 0;
  unsigned code : 17;
  signed char tiny : 2;
};
struct wide { unsigned long long low : 33, high : 31; };
union view { struct { unsigned a : 4, b : 4, c : 8; } parts; unsigned short all; };
static struct flags make(int level) { return (struct flags){.level = level, .mode = 9, .ready = 3}; }

int main(void) {
  struct flags f = make(-3);
  printf("%u %u %d\n", f.ready, f.mode, f.level);
  f.level = 7;
  f.level++;
  printf("%d\n", f.level);
  f.mode += 7;
  f.code = 0x3ffff;
  f.tiny = 2;
  printf("%u %x %d\n", f.mode, f.code, f.tiny);
  struct wide w = {0x1ffffffffull, 0};
  w.low++;
  w.high = ~0u;
  printf("%llx %llx\n", (unsigned long long)w.low, (unsigned long long)w.high);
  union view v;
  memset(&v, 0, sizeof v);
  v.parts.a = 0xa;
  v.parts.b = 0x5;
  v.parts.c = 0x3c;
  printf("%x\n", v.all);
  struct flags array[4] = {{.mode = 1}, {.mode = 2}, {.mode = 3}, {.mode = 4}};
  int sum = 0;
  for (int i = 0; i < 4; i++) sum += array[i].mode * (i + 1);
  printf("%d\n", sum);
  printf("%d\n", f.mode - 7 < 0);
  return 0;
}
