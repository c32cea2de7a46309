// The tour's program: how many steps the Collatz sequence of n takes to reach 1, and how often anybody asked.
// VERSION 2 remembers what it found, in a table that goes away together with the code.
#include <stdatomic.h>

static atomic_int questions;

#if VERSION == 2
static unsigned short known[4096];
#endif

int version(void) { return VERSION; }

int asked(void) { return atomic_load(&questions); }

static int walk(unsigned n) {
  int steps = 0;
  for (; n != 1; steps++) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
  return steps;
}

int collatz(int n) {
  atomic_fetch_add(&questions, 1);
#if VERSION == 2
  if (n < 4096) {
    if (known[n] == 0) known[n] = (unsigned short)walk((unsigned)n);
    return known[n];
  }
#endif
  return walk((unsigned)n);
}

// Taking its address spends a function slot, which removal gives back.
int (*const entry)(int) = collatz;
