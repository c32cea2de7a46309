// exit from deep inside: atexit handlers run, buffered output is flushed, the code is kept; 40 handlers are possible.
#include <stdio.h>
#include <stdlib.h>

static int handlers;
static void count(void) { handlers++; }
static void report(void) { printf("%d handlers, unflushed text: ", handlers); }
static void deep(int n) { if (n == 0) exit(300 + 7); deep(n - 1); }

int main(void) {
  atexit(report);
  for (int i = 0; i < 40; i++) atexit(count);
  printf("buffered");
  setvbuf(stdout, NULL, _IOFBF, 4096);
  printf(" more ");
  deep(10);
  puts("never");
}
