// A strong definition in another file beats a weak one, whichever file comes first; weak data and functions alike.
#include <stdio.h>

__attribute__((weak)) int chosen(void) { return 1; }
__attribute__((weak)) int number = 1;
__attribute__((weak)) int only_weak(void) { return 7; }
int from_other(void);
int absent(void) __attribute__((weak));

int main(void) {
  printf("%d %d %d\n", chosen(), number, only_weak());
  printf("%d %d\n", from_other(), absent ? absent() : -1);
  int (*pointer)(void) = chosen;
  printf("%d\n", pointer());
  return 0;
}
