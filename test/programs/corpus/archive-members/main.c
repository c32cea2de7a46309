// Members of an archive are linked when they are needed: one has a constructor, one that nobody needs would not link.
#include <stdio.h>

int area(int width, int height);
int volume(int width, int height, int depth);
extern const char *last_shape;
extern int constructed;
int optional(void) __attribute__((weak));

int main(void) {
  int a = area(3, 4);
  printf("%d %s\n", a, last_shape);
  printf("%d\n", volume(2, 3, 4));
  printf("%s %d %d\n", last_shape, constructed, optional != NULL);
  return 0;
}
