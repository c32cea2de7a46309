// Multidimensional arrays, pointers to arrays, arrays of pointers, negative indexes, pointers to pointers, const.
#include <stdio.h>
#include <string.h>

static int cube[2][3][4];
static const char *table[][2] = {{"a", "alpha"}, {"b", "beta"}};
static int sum(int (*rows)[4], int count) { int s = 0; for (int r = 0; r < count; r++) for (int c = 0; c < 4; c++) s += rows[r][c]; return s; }
static void reverse(char *s) { for (char *e = s + strlen(s) - 1; s < e; s++, e--) { char t = *s; *s = *e; *e = t; } }
static void allocate(int **out, int *from) { *out = from + 2; }
static int length(const int list[static 3]) { return list[0] + list[1] + list[2]; }

int main(void) {
  for (int i = 0; i < 24; i++) (&cube[0][0][0])[i] = i;
  printf("%d %d %d\n", cube[1][2][3], *(*(*(cube + 1) + 1) + 2), sum(cube[1], 3));
  int (*plane)[3][4] = cube;
  plane++;
  printf("%d %d\n", (*plane)[0][0], (int)(&cube[1] - &cube[0]));
  printf("%s %s\n", table[1][0], table[0][1] + 2);
  char word[] = "stressed";
  reverse(word);
  puts(word);
  int list[5] = {1, 2, 3, 4, 5}, *middle = list + 2, *out;
  printf("%d %d %d\n", middle[-2], middle[2], (int)(&list[4] - middle));
  allocate(&out, list);
  printf("%d %d\n", *out, out == middle);
  int *pointers[3] = {&list[4], &list[2], &list[0]}, **pp = pointers;
  printf("%d %d %d\n", **pp, **(pp + 1), *pp[2]);
  const char *strings[] = {"one", "two", "three", NULL};
  int total = 0;
  for (const char **s = strings; *s; s++) total += (int)strlen(*s);
  printf("%d %d\n", total, length(list));
  char *const fixed = word;
  fixed[0] = 'D';
  puts(fixed);
  void *v = list;
  printf("%d\n", *((int *)v + 3));
  printf("%d %d\n", list < middle, middle > list + 1);
  char grid[3][8] = {"row0", "row1", "row2"};
  memcpy(grid[0], grid[2], sizeof grid[0]);
  printf("%s %d\n", grid[0], (int)sizeof grid);
  return 0;
}
