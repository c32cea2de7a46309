// argv: count, contents with blanks and UTF-8, the terminating null, writable strings.
#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[]) {
  printf("%d\n", argc);
  for (int i = 1; i < argc; i++) printf("%d: '%s' %zu\n", i, argv[i], strlen(argv[i]));
  printf("%d\n", argv[argc] == NULL);
  argv[1][0] = 'X';
  printf("%s\n", argv[1]);
  return argc;
}
