// Seven sorting algorithms on the same numbers, compared by checksum.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*Sort)(int *, int);
static void swap(int *a, int *b) { int t = *a; *a = *b; *b = t; }
static void bubble(int *a, int n) { for (int i = 0; i < n; i++) for (int j = 1; j < n - i; j++) if (a[j - 1] > a[j]) swap(&a[j - 1], &a[j]); }
static void insertion(int *a, int n) { for (int i = 1; i < n; i++) { int x = a[i], j = i; for (; j && a[j - 1] > x; j--) a[j] = a[j - 1]; a[j] = x; } }
static void shell(int *a, int n) { for (int gap = n / 2; gap; gap /= 2) for (int i = gap; i < n; i++) for (int j = i; j >= gap && a[j - gap] > a[j]; j -= gap) swap(&a[j], &a[j - gap]); }
static void sift(int *a, int i, int n) { for (int c; (c = 2 * i + 1) < n; i = c) { if (c + 1 < n && a[c + 1] > a[c]) c++; if (a[i] >= a[c]) return; swap(&a[i], &a[c]); } }
static void heap(int *a, int n) { for (int i = n / 2; i--;) sift(a, i, n); while (n-- > 1) swap(a, &a[n]), sift(a, 0, n); }
static void quick(int *a, int n) {
  if (n < 2) return;
  int pivot = a[n / 2], i = 0, j = n - 1;
  for (;; i++, j--) { while (a[i] < pivot) i++; while (a[j] > pivot) j--; if (i >= j) break; swap(&a[i], &a[j]); }
  quick(a, i), quick(a + i, n - i);
}
static void merge(int *a, int n) {
  if (n < 2) return;
  int half = n / 2, i = 0, j = half, k = 0, copy[n];
  merge(a, half), merge(a + half, n - half);
  while (i < half || j < n) copy[k++] = j == n || (i < half && a[i] <= a[j]) ? a[i++] : a[j++];
  memcpy(a, copy, sizeof copy);
}
static void radix(int *a, int n) {
  int *from = a, *to = malloc(n * sizeof *to);
  for (int shift = 0; shift < 32; shift += 8) {
    int start[257] = {0};
    for (int i = 0; i < n; i++) start[((uint32_t)from[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) start[i + 1] += start[i];
    for (int i = 0; i < n; i++) to[start[(uint32_t)from[i] >> shift & 255]++] = from[i];
    int *t = from; from = to; to = t;
  }
  free(to);
}

int main(void) {
  static const struct { const char *name; Sort sort; } sorts[] = {{"bubble", bubble}, {"insertion", insertion}, {"shell", shell}, {"heap", heap}, {"quick", quick}, {"merge", merge}, {"radix", radix}};
  enum { n = 1000 };
  for (int s = 0; s < 7; s++) {
    int list[n];
    uint32_t seed = 5, sum = 0;
    for (int i = 0; i < n; i++) list[i] = (int)((seed = seed * 22695477u + 1) >> 4);
    sorts[s].sort(list, n);
    for (int i = 0; i < n; i++) sum = sum * 31 + (uint32_t)list[i];
    printf("%s %u\n", sorts[s].name, sum);
  }
  return 0;
}
