// Named sections with start and stop symbols: a registry that the linker gathers.
#include <stdio.h>

typedef int (*Entry)(void);
#define entry(name, value) static int name(void) { return value; } static const Entry name##_entry __attribute__((used, section("registry"))) = name
entry(first, 1);
entry(second, 20);
entry(third, 300);
extern const Entry __start_registry[], __stop_registry[];

int main(void) {
  int sum = 0;
  for (const Entry *e = __start_registry; e < __stop_registry; e++) sum += (*e)();
  printf("%d %d\n", sum, (int)(__stop_registry - __start_registry));
  return 0;
}
