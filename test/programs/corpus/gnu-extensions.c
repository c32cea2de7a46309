// Extensions that much C code uses: statement expressions, typeof, cleanup, packed, vectors, case ranges, builtins.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct __attribute__((packed)) packed { char a; uint32_t b; uint16_t c; };
typedef int vector __attribute__((vector_size(16)));
static void cleaned(int *p) { printf("cleanup %d\n", *p); }
static int early(int n) { __attribute__((cleanup(cleaned))) int guard = n; if (n > 1) return n * 2; return n; }
__attribute__((pure, noinline)) static int measured(const char *s) { return (int)strlen(s); }
static int zero_length(int n) { struct { int count; int list[0]; } *p = __builtin_alloca(64); p->list[n] = n; return p->list[n]; }

int main(void) {
  int x = ({ int t = 5; t * t; });
  __typeof__(x) y = x + 1;
  __auto_type z = y * 2.5;
  printf("%d %d %g\n", x, y, z);
  printf("%d\n", early(1) + early(2));
  struct packed p = {1, 0x01020304, 5};
  printf("%zu %d\n", sizeof p, ((char *)&p)[1]);
  vector a = {1, 2, 3, 4}, b = {10, 20, 30, 40}, c = a * b + a;
  printf("%d %d %d %d\n", c[0], c[1], c[2], c[3]);
  vector mask = a > 2;
  printf("%d %d\n", mask[0], mask[3]);
  printf("%d %d\n", __builtin_constant_p(3), __builtin_expect(x == 25, 1));
  printf("%d %d\n", __builtin_ffs(8), __builtin_types_compatible_p(int, __typeof__(x)));
  printf("%d %d\n", measured("four"), zero_length(3));
  void *label = &&end;
  if (x) goto *label;
  puts("skipped");
end:;
  int used __attribute__((unused)) = 3;
  printf("%d\n", __builtin_choose_expr(1, 7, "x"));
  printf("%s\n", __extension__ __FUNCTION__);
  printf("%d\n", (int)__builtin_object_size(&p, 0));
  char text[8];
  __builtin_strcpy(text, "builtin");
  printf("%s %d\n", text, __builtin_memcmp(text, "builtin", 8));
  return 0;
}
