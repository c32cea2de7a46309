// errno, strerror and perror; errno is set by failure.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  errno = 0;
  FILE *f = fopen("does-not-exist", "r");
  printf("%d %d\n", f == NULL, errno == ENOENT);
  printf("%s\n", strerror(ENOENT));
  perror("prefix");
  int *address = &errno;
  *address = 5;
  printf("%d\n", errno);
  errno = 0;
  strtol("99999999999999999999999", NULL, 10);
  printf("%d\n", errno == ERANGE);
  return 0;
}
