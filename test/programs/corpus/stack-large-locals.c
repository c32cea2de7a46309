// Locals of 4 MB, and again through calls one after the other; the stack's contents survive calls.
#include <stdio.h>
#include <string.h>

static volatile int sink;
static int fill(int value) {
  char big[4 << 20];
  memset(big, value, sizeof big);
  sink = big[sizeof big / 2];
  return big[0] + big[sizeof big - 1];
}
static int both(void) {
  int kept[1000];
  for (int i = 0; i < 1000; i++) kept[i] = i;
  int result = fill(3);
  for (int i = 0; i < 1000; i++) result += kept[i] - i;
  return result;
}

int main(void) {
  char own[1 << 20];
  memset(own, 'o', sizeof own);
  printf("%d\n", fill(1) + fill(2));
  printf("%d\n", both());
  printf("%c\n", own[sizeof own - 1]);
  return 0;
}
