// Files that call each other in circles, share variables, and have static functions of the same names.
#include <stdio.h>
#include "shared.h"

static int helper(void) { return 1; }
int shared_counter;
struct pair origin = {3, 4};
int common_array[4];

int even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }

int main(void) {
  printf("%d %d\n", even(10), odd(7));
  printf("%d %d\n", helper(), other_helper());
  bump();
  bump();
  printf("%d\n", shared_counter);
  struct pair p = mirror(origin);
  printf("%d %d %d\n", p.x, p.y, *pointer_to_origin == origin.x);
  printf("%d %d\n", operations[0](6, 3), operations[1](6, 3));
  printf("%s %d\n", message, apply(twice, 21));
  common_array[2] = 5;
  printf("%d\n", read_common());
  thread_value += 5;
  printf("%d\n", read_thread_value());
  printf("%d\n", same_address(twice));
  printf("%d\n", inline_square(7) + other_square());
  return shared_counter;
}
