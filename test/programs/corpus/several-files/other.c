#include "shared.h"

static int helper(void) { return 2; }
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
int *pointer_to_origin = &origin.x;
int (*const operations[2])(int, int) = {add, sub};
const char *const message = "from the other file";
_Thread_local int thread_value = 10;

int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }
int other_helper(void) { return helper(); }
void bump(void) { shared_counter++; }
struct pair mirror(struct pair p) { return (struct pair){p.y, p.x}; }
int read_common(void) { return common_array[2]; }
int read_thread_value(void) { return thread_value; }
int other_square(void) { return inline_square(3); }
