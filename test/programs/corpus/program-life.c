// Conway's life on a torus: a glider after 40 generations.
#include <stdio.h>
#include <string.h>

enum { rows = 12, columns = 24 };
static unsigned char now[rows][columns], then[rows][columns];

int main(void) {
  static const char *const glider[] = {".#.", "..#", "###"};
  for (int r = 0; r < 3; r++) for (int c = 0; c < 3; c++) now[r][c] = glider[r][c] == '#';
  for (int generation = 0; generation < 40; generation++) {
    for (int r = 0; r < rows; r++) for (int c = 0; c < columns; c++) {
      int around = 0;
      for (int dr = -1; dr <= 1; dr++) for (int dc = -1; dc <= 1; dc++) if (dr || dc) around += now[(r + dr + rows) % rows][(c + dc + columns) % columns];
      then[r][c] = around == 3 || (around == 2 && now[r][c]);
    }
    memcpy(now, then, sizeof now);
  }
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) putchar(now[r][c] ? '#' : '.');
    putchar('\n');
  }
  return 0;
}
