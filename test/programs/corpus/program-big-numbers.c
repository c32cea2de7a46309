// Arbitrary precision: 200!, 2^1000, the digits of e, Fibonacci 1000.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void multiply(int *digits, int *length, int by) {
  int carry = 0;
  for (int i = 0; i < *length; i++) { carry += digits[i] * by; digits[i] = carry % 10; carry /= 10; }
  while (carry) { digits[(*length)++] = carry % 10; carry /= 10; }
}
static void print(const int *digits, int length) { while (length--) putchar('0' + digits[length]); putchar('\n'); }

int main(void) {
  static int digits[1000];
  int length = 1;
  digits[0] = 1;
  for (int i = 2; i <= 200; i++) multiply(digits, &length, i);
  print(digits, length);
  memset(digits, 0, sizeof digits);
  digits[0] = 1, length = 1;
  for (int i = 0; i < 1000; i++) multiply(digits, &length, 2);
  print(digits, length);
  static char a[300], b[300];
  b[0] = 1;
  for (int i = 1; i < 1000; i++) {
    int carry = 0;
    for (int k = 0; k < 250; k++) { carry += a[k] + b[k]; a[k] = b[k]; b[k] = carry % 10; carry /= 10; }
  }
  int top = 249;
  while (!b[top]) top--;
  for (; top >= 0; top--) putchar('0' + b[top]);
  printf("\n2.");
  int terms = 120, list[121];
  for (int i = 0; i < terms; i++) list[i] = 1;
  for (int d = 0; d < 60; d++) {
    int carry = 0;
    for (int i = terms - 1; i >= 0; i--) { carry += list[i] * 10; list[i] = carry % (i + 2); carry /= i + 2; }
    putchar('0' + carry);
  }
  putchar('\n');
  return 0;
}
