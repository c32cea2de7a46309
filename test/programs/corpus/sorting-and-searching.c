// qsort and bsearch of ints, strings, structs and long lists; stability is not asked for; lfind, tsearch.
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person { char name[12]; int age; double height; };
static int by_int(const void *a, const void *b) { int x = *(const int *)a, y = *(const int *)b; return (x > y) - (x < y); }
static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int by_age(const void *a, const void *b) { return ((const struct person *)a)->age - ((const struct person *)b)->age; }
static int by_key(const void *key, const void *p) { return *(const int *)key - ((const struct person *)p)->age; }
static void visit(const void *node, VISIT order, int level) {
  (void)level;
  if (order == postorder || order == leaf) printf("%d ", **(int *const *)node);
}

int main(void) {
  static int list[20000];
  uint32_t seed = 1;
  for (int i = 0; i < 20000; i++) list[i] = (int)((seed = seed * 1664525u + 1013904223u) >> 8) % 100000;
  qsort(list, 20000, sizeof *list, by_int);
  int ordered = 1;
  for (int i = 1; i < 20000; i++) ordered &= list[i - 1] <= list[i];
  printf("%d %d %d\n", ordered, list[0], list[19999]);
  int key = list[12345], missing = -1;
  int *found = bsearch(&key, list, 20000, sizeof *list, by_int);
  printf("%d %d\n", *found == key, bsearch(&missing, list, 20000, sizeof *list, by_int) == NULL);
  const char *words[] = {"pear", "apple", "fig", "cherry", "banana"};
  qsort(words, 5, sizeof *words, by_text);
  for (int i = 0; i < 5; i++) printf("%s ", words[i]);
  struct person people[] = {{"Ann", 30, 1.7}, {"Bob", 25, 1.8}, {"Cid", 41, 1.6}};
  qsort(people, 3, sizeof *people, by_age);
  int age = 30;
  struct person *p = bsearch(&age, people, 3, sizeof *people, by_key);
  printf("\n%s %s %.1f\n", people[0].name, p->name, p->height);
  void *root = NULL;
  int values[] = {5, 2, 8, 2, 9, 1};
  for (int i = 0; i < 6; i++) tsearch(&values[i], &root, by_int);
  twalk(root, visit);
  size_t count = 6;
  int *eight = lfind(&(int){8}, values, &count, sizeof *values, by_int);
  printf("\n%d\n", (int)(eight - values));
  qsort(list, 0, 4, by_int);
  qsort(list, 1, 4, by_int);
  return 0;
}
