#include "shared.h"

int twice(int x) { return x * 2; }
int apply(int (*f)(int), int x) { return f(x); }
int same_address(int (*f)(int)) { return f == twice; }
__attribute__((constructor)) static void early(void) { shared_counter += 100; }
