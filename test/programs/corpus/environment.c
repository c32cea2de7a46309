// getenv, setenv, unsetenv, putenv and environ.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(void) {
  const char *greeting = getenv("GREETING");
  printf("%s\n", greeting ? greeting : "none");
  printf("%d\n", getenv("SURELY_NOT_SET") == NULL);
  setenv("OWN", "first", 1);
  setenv("OWN", "second", 0);
  printf("%s\n", getenv("OWN"));
  setenv("OWN", "third", 1);
  printf("%s\n", getenv("OWN"));
  unsetenv("OWN");
  printf("%d\n", getenv("OWN") == NULL);
  static char assignment[] = "PUT=value";
  putenv(assignment);
  printf("%s\n", getenv("PUT"));
  int found = 0;
  for (char **e = environ; *e; e++) found += !strncmp(*e, "GREETING=", 9);
  printf("%d\n", found);
  return 0;
}
