// A recursive descent calculator over the lines of standard input.
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *p;
static double sum(void);
static void blanks(void) { while (isspace((unsigned char)*p)) p++; }
static double atom(void) {
  blanks();
  if (*p == '(') { p++; double v = sum(); blanks(); if (*p == ')') p++; return v; }
  if (*p == '-') { p++; return -atom(); }
  char *end;
  double v = strtod(p, &end);
  if (end == p) return NAN;
  p = end;
  return v;
}
static double power(void) { double v = atom(); blanks(); if (*p == '^') { p++; return pow(v, power()); } return v; }
static double product(void) {
  double v = power();
  for (;;) {
    blanks();
    if (*p == '*') p++, v *= power();
    else if (*p == '/') p++, v /= power();
    else return v;
  }
}
static double sum(void) {
  double v = product();
  for (;;) {
    blanks();
    if (*p == '+') p++, v += product();
    else if (*p == '-') p++, v -= product();
    else return v;
  }
}

int main(void) {
  char line[256];
  int number = 0;
  while (fgets(line, sizeof line, stdin)) {
    p = line;
    double v = sum();
    blanks();
    if (*p || isnan(v)) printf("%d: error at '%.1s'\n", ++number, *p ? p : "end");
    else printf("%d: %.10g\n", ++number, v);
  }
  return number;
}
