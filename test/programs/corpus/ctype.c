// ctype.h over all bytes in the C locale.
#include <ctype.h>
#include <stdio.h>

#define count(test) do { int n = 0, sum = 0; for (int c = 0; c < 128; c++) if (test(c)) n++, sum += c; printf(#test " %d %d\n", n, sum); } while (0)

int main(void) {
  count(isalpha);
  count(isdigit);
  count(isalnum);
  count(isspace);
  count(isupper);
  count(islower);
  count(ispunct);
  count(isprint);
  count(isgraph);
  count(iscntrl);
  count(isxdigit);
  count(isblank);
  printf("%c%c%c%d\n", toupper('a'), tolower('Z'), toupper('1'), tolower(EOF) == EOF);
  int (*tests[])(int) = {isalpha, isdigit, toupper};
  printf("%d %d %c\n", tests[0]('x') != 0, tests[1]('x') != 0, tests[2]('x'));
  return 0;
}
