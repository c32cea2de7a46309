// A sudoku solver by backtracking on the cell with the fewest candidates.
#include <stdio.h>
#include <string.h>

static char grid[82] = "800000000003600000070090200050007000000045700000100030001000068008500010090000400";
static int row[9], column[9], box[9], steps;
static int solve(void) {
  int best = -1, fewest = 10, candidates = 0;
  for (int i = 0; i < 81; i++) {
    if (grid[i] != '0') continue;
    int mask = ~(row[i / 9] | column[i % 9] | box[i / 27 * 3 + i % 9 / 3]) & 0x1ff;
    int n = __builtin_popcount((unsigned)mask);
    if (n < fewest) fewest = n, best = i, candidates = mask;
  }
  if (best < 0) return 1;
  for (int d = 0; d < 9; d++) {
    if (!(candidates >> d & 1)) continue;
    int b = best / 27 * 3 + best % 9 / 3;
    steps++;
    grid[best] = (char)('1' + d);
    row[best / 9] ^= 1 << d, column[best % 9] ^= 1 << d, box[b] ^= 1 << d;
    if (solve()) return 1;
    row[best / 9] ^= 1 << d, column[best % 9] ^= 1 << d, box[b] ^= 1 << d;
  }
  grid[best] = '0';
  return 0;
}

int main(void) {
  for (int i = 0; i < 81; i++) {
    if (grid[i] == '0') continue;
    int bit = 1 << (grid[i] - '1');
    row[i / 9] |= bit, column[i % 9] |= bit, box[i / 27 * 3 + i % 9 / 3] |= bit;
  }
  printf("%d\n", solve());
  for (int r = 0; r < 9; r++) printf("%.9s\n", grid + 9 * r);
  printf("%d\n", steps);
  return 0;
}
