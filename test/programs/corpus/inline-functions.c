// inline, static inline, extern inline and always_inline; static locals in each; recursion of an inline function.
#include <stdio.h>

inline int plain(int x) { return x + 1; }
extern inline int plain(int x);
static inline int once(void) { static int calls; return ++calls; }
extern inline int emitted(int x) { return x * 3; }
static inline __attribute__((always_inline)) int always(int x) { return x ? x + once() : 0; }
static __attribute__((noinline)) int never(int x) { return x - once(); }
static inline int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
static int (*address)(int) = plain;

int main(void) {
  printf("%d %d %d\n", plain(1), emitted(2), address(4));
  printf("%d\n", once() + once());
  printf("%d\n", always(10));
  printf("%d\n", never(10));
  printf("%d\n", factorial(10));
  return 0;
}
