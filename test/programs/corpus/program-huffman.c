// Huffman coding of a text: code lengths, coded size, decoded again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { int weight, symbol; struct node *zero, *one; };
static char code[256][40];
static void assign(const struct node *n, char *prefix, int depth) {
  if (!n->zero) { prefix[depth] = 0; strcpy(code[n->symbol], prefix); return; }
  prefix[depth] = '0'; assign(n->zero, prefix, depth + 1);
  prefix[depth] = '1'; assign(n->one, prefix, depth + 1);
}

int main(void) {
  const char *text = "it was the best of times, it was the worst of times, it was the age of wisdom";
  int counts[256] = {0};
  for (const char *p = text; *p; p++) counts[(unsigned char)*p]++;
  struct node *forest[256];
  int n = 0;
  for (int c = 0; c < 256; c++) if (counts[c]) { forest[n] = calloc(1, sizeof **forest); forest[n]->weight = counts[c]; forest[n++]->symbol = c; }
  while (n > 1) {
    for (int pick = 0; pick < 2; pick++) for (int i = 0; i < n - 1 - pick; i++) if (forest[i]->weight <= forest[n - 1 - pick]->weight) { struct node *t = forest[i]; forest[i] = forest[n - 1 - pick]; forest[n - 1 - pick] = t; }
    struct node *parent = calloc(1, sizeof *parent);
    parent->zero = forest[n - 1], parent->one = forest[n - 2];
    parent->weight = parent->zero->weight + parent->one->weight;
    forest[n - 2] = parent;
    n--;
  }
  char prefix[40];
  assign(forest[0], prefix, 0);
  char *bits = calloc(1, 8 * strlen(text)), *decoded = calloc(1, strlen(text) + 1), *out = decoded;
  for (const char *p = text; *p; p++) strcat(bits, code[(unsigned char)*p]);
  const struct node *at = forest[0];
  for (char *b = bits; *b; b++) { at = *b == '0' ? at->zero : at->one; if (!at->zero) *out++ = (char)at->symbol, at = forest[0]; }
  printf("%zu %zu %d\n", strlen(text), strlen(bits), strcmp(text, decoded));
  return 0;
}
