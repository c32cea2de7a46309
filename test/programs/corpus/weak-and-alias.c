// Weak definitions, weak references that nothing defines, aliases of functions and variables.
#include <stdio.h>

int nobody(int) __attribute__((weak));
extern int nothing __attribute__((weak));
__attribute__((weak)) int replaceable(void) { return 1; }
static int original(int x) { return x * 2; }
int twice(int) __attribute__((alias("original")));
int weak_twice(int) __attribute__((weak, alias("original")));
int value = 5;
extern int other_name __attribute__((alias("value")));
static int (*pointer)(int) = twice;

int main(void) {
  printf("%d %d\n", nobody != NULL, &nothing != NULL);
  if (nobody) printf("%d\n", nobody(1));
  printf("%d %d %d\n", replaceable(), twice(4), weak_twice(5));
  value++;
  printf("%d %d\n", other_name, &other_name == &value);
  printf("%d %d\n", pointer(21), pointer == twice);
  return 0;
}
