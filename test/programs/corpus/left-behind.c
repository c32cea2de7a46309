// What a program leaves behind must not reach the next: handlers, locale, buffers, the heap, rand's state, open files.
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void handler(int number) { (void)number; }

int main(void) {
  int initial = errno;
  printf("%d\n", signal(SIGUSR1, handler) == SIG_DFL);
  printf("%s\n", setlocale(LC_ALL, NULL));
  printf("%d\n", initial);
  printf("%d\n", getenv("LEFT_BEHIND") == NULL);
  setenv("LEFT_BEHIND", "1", 1);
  char word[] = "a b";
  strtok(word, " ");
  int first = rand();
  srand(1);
  printf("%d\n", first == rand());
  srand(77);
  printf("%d %d\n", feof(stdin), ferror(stdout));
  while (getchar() != EOF);
  FILE *open = fopen("left-open.txt", "w");
  fputs("never closed", open);
  setvbuf(stdout, NULL, _IONBF, 0);
  for (int i = 0; i < 100; i++) if (!malloc(100000)) return 1;
  setlocale(LC_ALL, "C.UTF-8");
  errno = 33;
  return 0;
}
