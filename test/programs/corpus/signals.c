// signal and raise: handlers, default ignoring, SIG_IGN, the previous handler, raising from a handler.
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t caught, nested;
static void note(int number) { caught = number; }
static void count(int number) { nested++; signal(number, count); }
static void twice(int number) { (void)number; raise(SIGUSR2); }

int main(void) {
  printf("%d\n", signal(SIGTERM, note) == SIG_DFL);
  printf("%d", raise(SIGTERM));
  printf(" %d\n", caught == SIGTERM);
  printf("%d\n", signal(SIGTERM, SIG_IGN) == note);
  caught = 0;
  raise(SIGTERM);
  printf("%d\n", caught);
  signal(SIGUSR2, count);
  for (int i = 0; i < 5; i++) raise(SIGUSR2);
  signal(SIGUSR1, twice);
  raise(SIGUSR1);
  printf("%d\n", nested);
  printf("%d\n", raise(SIGCHLD));
  signal(SIGINT, SIG_IGN);
  signal(SIGINT, SIG_DFL);
  signal(SIGABRT, note);
  puts("end");
  return 0;
}
