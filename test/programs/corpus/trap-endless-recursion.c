// Recursion without end exhausts the stack and ends the program.
#include <stdio.h>

static volatile int sink;
__attribute__((noinline)) static int endless(int n) {
  volatile char frame[256];
  frame[n & 255] = (char)n;
  sink = frame[0];
  return endless(n + 1) + frame[n & 255];
}

int main(void) {
  puts("recursing");
  fflush(stdout);
  return endless(0);
}
