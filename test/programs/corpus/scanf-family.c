// scanf: integers of every base and size, floats, strings, sets, %n, suppression, widths, mismatches, end of input.
#include <stdio.h>
#include <string.h>

int main(void) {
  int a, b, c, n;
  unsigned u;
  long long l;
  short h;
  signed char hh;
  double d;
  float f;
  char word[32], set[32], three[4] = {0};
  printf("%d", sscanf("12 -34 0x1f", "%d %d %i", &a, &b, &c));
  printf(" %d %d %d\n", a, b, c);
  printf("%d", sscanf("077 077 ff 4000000000", "%i %o %x %u", &a, &b, &c, &u));
  printf(" %d %d %d %u\n", a, b, c, u);
  printf("%d", sscanf("-9223372036854775808 70000 300", "%lld %hd %hhd", &l, &h, &hh));
  printf(" %lld %d %d\n", l, h, hh);
  printf("%d", sscanf("1.5e3,-2.25", "%lf,%f", &d, &f));
  printf(" %g %g\n", d, f);
  printf("%d", sscanf("inf 0x1.8p1", "%lf %f", &d, &f));
  printf(" %g %g\n", d, f);
  printf("%d", sscanf("  word [set] rest", "%s [%[a-z]]%n", word, set, &n));
  printf(" %s %s %d\n", word, set, n);
  printf("%d", sscanf("abcdef", "%3c%s", three, word));
  printf(" %s %s\n", three, word);
  printf("%d", sscanf("123456", "%3d%2d%d", &a, &b, &c));
  printf(" %d %d %d\n", a, b, c);
  printf("%d", sscanf("1 2 3", "%d %*d %d", &a, &b));
  printf(" %d %d\n", a, b);
  printf("%d", sscanf("key=value;", "%[^=]=%[^;]", word, set));
  printf(" %s %s\n", word, set);
  printf("%d %d %d\n", sscanf("x", "%d", &a), sscanf("", "%d", &a), sscanf("5 x", "%d %d", &a, &b));
  printf("%d", sscanf("100%done", "%d%%%s", &a, word));
  printf(" %d %s\n", a, word);
  n = sscanf("12:34", "%d:%d", &a, &b);
  printf("%d %d\n", n, a * 100 + b);
  char *allocated = NULL;
  printf("%d", sscanf("dynamic", "%ms", &allocated));
  printf(" %s\n", allocated);
  return 0;
}
