// Definitions in the style of K&R: no prototypes, default promotions, implicit int.
#include <stdio.h>

add(a, b)
  int a, b;
{
  return a + b;
}
double mean(list, count)
  double *list;
  int count;
{
  double sum = 0;
  int i;
  for (i = 0; i < count; i++) sum += list[i];
  return sum / count;
}
char upper(c) char c; { return c - 32; }
float half(f) float f; { return f / 2; }
static counter;
int unspecified();

int main() {
  double list[3];
  list[0] = 1, list[1] = 2, list[2] = 6;
  printf("%d %g\n", add(2, 3), mean(list, 3));
  printf("%c %g\n", upper('a'), half(5.0));
  counter = counter + 2;
  printf("%d %d\n", counter, unspecified(20, 22));
  return 0;
}
int unspecified(a, b) { return a + b; }
