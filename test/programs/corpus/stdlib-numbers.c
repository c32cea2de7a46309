// strtol and its kin with bases, ends, overflow and errno; atoi, atof, div, labs.
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void show(const char *text, int base) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, base);
  printf("%lld rest='%s' %s\n", value, end, errno == ERANGE ? "ERANGE" : "ok");
}

int main(void) {
  show("  -42abc", 10);
  show("0x1F", 16);
  show("0x1F", 0);
  show("0755", 0);
  show("zz", 36);
  show("11012", 2);
  show("99999999999999999999", 10);
  show("-99999999999999999999", 10);
  show("nothing", 10);
  show("0xg", 16);
  char *end;
  errno = 0;
  printf("%llu", strtoull("18446744073709551616", &end, 10));
  printf(" %d\n", errno == ERANGE);
  printf("%u\n", (unsigned)strtoul("-1", NULL, 10));
  printf("%g %g %g %g\n", strtod("1e3x", &end), strtod(".5", NULL), strtod("-0x.8p2", NULL), strtod("infinity", NULL));
  printf("%s\n", end);
  errno = 0;
  double huge = strtod("1e999", NULL);
  printf("%d %d\n", isinf(huge) != 0, errno == ERANGE);
  printf("%.9g %d\n", strtof("3.4028235e38", NULL), isnan(strtod("nan", NULL)) != 0);
  printf("%d %d %.3f\n", atoi("123abc"), atoi("junk"), atof("2.5"));
  div_t q = div(-17, 5);
  lldiv_t r = lldiv(1000000000000ll, 7);
  printf("%d %d %lld %lld\n", q.quot, q.rem, r.quot, r.rem);
  printf("%d %lld\n", abs(-5), llabs(-5000000000ll));
  printf("%.17g\n", strtod("0.1000000000000000055511151231257827021181583404541015625", NULL));
  printf("%.17g\n", strtod("2.2250738585072011e-308", NULL));
  return 0;
}
