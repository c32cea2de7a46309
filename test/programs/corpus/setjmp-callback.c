// longjmp out of library callbacks (qsort, bsearch, a signal handler) and a coroutine-like generator of errors.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf escape;
static int compared;
static int compare(const void *a, const void *b) {
  if (++compared == 5) longjmp(escape, 1);
  return *(const int *)a - *(const int *)b;
}
static void handler(int number) { longjmp(escape, number + 100); }
static double risky(double x) {
  if (x < 0) longjmp(escape, 3);
  return x;
}

int main(void) {
  int list[64];
  for (int i = 0; i < 64; i++) list[i] = (i * 37) % 64;
  if (setjmp(escape) == 0) qsort(list, 64, sizeof *list, compare);
  else printf("left after %d\n", compared);
  compared = 100;
  qsort(list, 64, sizeof *list, compare);
  printf("%d %d\n", list[0], list[63]);
  signal(SIGUSR1, handler);
  int code = setjmp(escape);
  if (code == 0) raise(SIGUSR1);
  printf("%d\n", code == SIGUSR1 + 100);
  volatile double total = 0;
  volatile int errors = 0;
  for (volatile int i = -50; i < 50; i++) {
    if (setjmp(escape) != 0) { errors++; continue; }
    total += risky(i);
  }
  printf("%g %d\n", total, errors);
  return 0;
}
