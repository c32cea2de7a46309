// Tentative definitions, many of one name, and common symbols.
#include <stdio.h>

int tentative;
int tentative;
extern int tentative;
int array[10];
static int internal;
static int internal;
struct later;
extern struct later object;
struct later { int a, b; };
struct later object;
int tentative = 3;
int uninitialized;

int main(void) {
  extern int uninitialized;
  array[9] = 4;
  internal++;
  object.b = 6;
  printf("%d %d %d %d %d\n", tentative, array[9] + array[0], internal, object.a + object.b, uninitialized);
  { extern int tentative; tentative++; }
  printf("%d\n", tentative);
  return 0;
}
