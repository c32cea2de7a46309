// Answers each line of standard input as soon as it has come.
#include <stdio.h>
#include <string.h>

int main(void) {
  char line[64];
  int total = 0;
  while (fgets(line, sizeof line, stdin)) {
    total += (int)strlen(line);
    printf("%d: %s", total, line);
    fflush(stdout);
  }
  return total;
}
