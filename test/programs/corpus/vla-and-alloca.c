// Variable length arrays and alloca: sizes, two dimensions, as parameters, in loops, many frames, released on return.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

static int total(int rows, int columns, int grid[rows][columns]) {
  int sum = 0;
  for (int r = 0; r < rows; r++) for (int c = 0; c < columns; c++) sum += grid[r][c];
  return sum;
}
static int scratch(int n) {
  char *space = alloca(n * 1000);
  memset(space, n, n * 1000);
  return space[n * 1000 - 1] + (n > 1 ? scratch(n - 1) : 0);
}
static size_t measured(int n) { double list[n][2]; return sizeof list / sizeof(double); }

int main(void) {
  for (int n = 1; n < 5; n++) {
    int squares[n];
    for (int i = 0; i < n; i++) squares[i] = i * i;
    printf("%d:%d ", (int)(sizeof squares / sizeof *squares), squares[n - 1]);
  }
  int rows = 3, columns = 4;
  int grid[rows][columns];
  for (int i = 0; i < rows * columns; i++) (&grid[0][0])[i] = i;
  printf("%d\n", total(rows, columns, grid));
  printf("%zu\n", measured(7));
  printf("%d\n", scratch(50));
  for (int i = 0; i < 10000; i++) { volatile char big[100000 + i]; big[i] = 1; (void)big[i]; }
  typedef int Row[columns];
  Row *pointer = grid;
  printf("%d %d\n", pointer[2][3], (int)sizeof(Row) == columns * (int)sizeof(int));
  char *list[3];
  for (int i = 0; i < 3; i++) { list[i] = alloca(8); snprintf(list[i], 8, "item%d", i); }
  printf("%s %s %s\n", list[0], list[1], list[2]);
  return 0;
}
