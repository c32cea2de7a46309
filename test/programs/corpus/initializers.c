// Static initializers with addresses, compound literals, designators, flexible arrays, strings, partial and nested braces.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int numbers[] = {[5] = 50, 60, [1] = 10};
static int *middle = &numbers[5], *end = numbers + sizeof numbers / sizeof *numbers;
static int **indirect = &middle;
struct node { const char *name; struct node *next; int (*compare)(const char *, const char *); };
static struct node third = {"third", NULL, strcmp}, second = {"second", &third, strcmp};
static struct node *list = &(struct node){"first", &second, strcmp};
static const char *const words[] = {"alpha", "beta" "gamma", [4] = "epsilon"};
static char exact[3] = "abc", text[] = "text", matrix[2][4] = {"abc", {'x', 'y'}};
static struct { int a; struct { char b[3]; short c; } inner[2]; } deep = {1, {{"ab", 2}, [1].c = 9}};
struct flexible { int count; short items[]; };
static struct flexible fixed = {3, {7, 8, 9}};
static ptrdiff_t distance = offsetof(struct node, next) > 0;
static const char *tail = "string with a tail" + 14;
static int *self = (int *)&self;

int main(void) {
  for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++) printf("%d ", numbers[i]);
  printf("\n%d %d %d\n", **indirect, end[-1], (int)(end - middle));
  for (struct node *n = list; n; n = n->next) printf("%s %d\n", n->name, n->compare(n->name, "second") == 0);
  printf("%s %s %d\n", words[1], words[4], words[2] == NULL);
  printf("%.3s %zu %s %c\n", exact, sizeof text, matrix[0], matrix[1][1]);
  printf("%d %s %d %d %d\n", deep.a, deep.inner[0].b, deep.inner[0].c, deep.inner[1].b[0], deep.inner[1].c);
  struct flexible *f = malloc(sizeof *f + 10 * sizeof f->items[0]);
  f->count = 10;
  for (int i = 0; i < 10; i++) f->items[i] = i * i;
  printf("%d %d %d\n", fixed.items[2], f->items[9], (int)distance);
  printf("%s %d\n", tail, self == (int *)&self);
  int *local = (int[]){1, 2, 3};
  local[1] = 20;
  printf("%d\n", local[0] + local[1] + local[2]);
  struct node n = {.next = list, .name = "local"};
  n = (struct node){.name = n.name};
  printf("%s %d\n", n.name, n.next == NULL);
  for (int i = 0; i < 2; i++) { int *p = &(int){i}; printf("%d ", (*p)++); }
  puts("");
  free(f);
  return 0;
}
