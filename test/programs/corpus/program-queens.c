// The eight queens problem for boards of 4 to 10, by bit masks and by backtracking over an array.
#include <stdio.h>

static int masks(int n, unsigned columns, unsigned left, unsigned right) {
  unsigned all = (1u << n) - 1;
  if (columns == all) return 1;
  int count = 0;
  for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
    unsigned bit = free & -free;
    count += masks(n, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
static int place[16];
static int array(int n, int row) {
  if (row == n) return 1;
  int count = 0;
  for (int c = 0; c < n; c++) {
    int ok = 1;
    for (int r = 0; r < row && ok; r++) ok = place[r] != c && place[r] - c != row - r && c - place[r] != row - r;
    if (ok) place[row] = c, count += array(n, row + 1);
  }
  return count;
}

int main(void) {
  for (int n = 4; n <= 10; n++) printf("%d: %d %d\n", n, masks(n, 0, 0, 0), n < 9 ? array(n, 0) : -1);
  return 0;
}
