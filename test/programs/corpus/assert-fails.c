// A failing assert ends the program like abort; a true one and one under NDEBUG do nothing.
#include <assert.h>
#include <stdio.h>

static int evaluated;
static int check(int x) { evaluated++; return x; }

int main(void) {
  assert(check(1));
  printf("%d\n", evaluated);
#define NDEBUG
#include <assert.h>
  assert(check(0));
  printf("%d\n", evaluated);
#undef NDEBUG
#include <assert.h>
  fflush(stdout);
  assert(check(0) && "this one fails");
  puts("never");
}
