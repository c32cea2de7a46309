// locale.h: the C locale's conventions, setlocale's answers, strcoll and strxfrm.
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  printf("%s\n", setlocale(LC_ALL, NULL));
  struct lconv *conventions = localeconv();
  printf("'%s' '%s' '%s'\n", conventions->decimal_point, conventions->thousands_sep, conventions->currency_symbol);
  printf("%d\n", setlocale(LC_NUMERIC, "C") != NULL);
  printf("%d %d\n", strcoll("a", "b") < 0, strcoll("same", "same"));
  char transformed[16];
  printf("%zu %s\n", strxfrm(transformed, "text", sizeof transformed), transformed);
  printf("%d %d\n", mblen("a", 1), mblen("", 1));
  printf("%.2f %g\n", 1234.5, strtod("1.5", NULL));
  return 0;
}
