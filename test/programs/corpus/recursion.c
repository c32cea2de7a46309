// Recursion: Ackermann, mutual, hanoi, permutations, and a hundred thousand frames of a tiny function.
#include <stdio.h>
#include <string.h>

static int ackermann(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
static int odd(unsigned n);
static int even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }
static int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }
static int moves;
static void hanoi(int n, int from, int to, int by) {
  if (n == 0) return;
  hanoi(n - 1, from, by, to);
  moves++;
  hanoi(n - 1, by, to, from);
}
static void permute(char *s, int k) {
  if (!s[k]) { printf("%s ", s); return; }
  for (int i = k; s[i]; i++) {
    char t = s[k]; s[k] = s[i]; s[i] = t;
    permute(s, k + 1);
    t = s[k]; s[k] = s[i]; s[i] = t;
  }
}
static volatile int sink;
__attribute__((noinline)) static int depth(int n) {
  volatile char frame[16];
  frame[n & 15] = (char)n;
  if (n == 0) return 0;
  int below = depth(n - 1);
  sink = frame[n & 15];
  return below + 1;
}

int main(void) {
  printf("%d\n", ackermann(2, 9));
  printf("%d %d\n", even(1000), odd(1000));
  hanoi(10, 0, 1, 2);
  printf("%d\n", moves);
  char word[] = "abc";
  permute(word, 0);
  printf("\n%d\n", depth(100000));
  return 0;
}
