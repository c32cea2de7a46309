// main with a third parameter, which is the environment.
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv, char **envp) {
  int count = 0;
  for (char **e = envp; *e; e++) count += !strncmp(*e, "GREETING=", 9) || !strncmp(*e, "EMPTY=", 6);
  printf("%d %d %d\n", argc, argv[argc] == NULL, count);
  return 0;
}
