// Counts lines, words and bytes of standard input, and the most frequent word.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry { char *word; int count; struct entry *next; };
static struct entry *table[64];
static struct entry *enter(const char *word) {
  unsigned h = 5381;
  for (const char *p = word; *p; p++) h = h * 33 + (unsigned char)*p;
  struct entry **at = &table[h % 64];
  for (; *at; at = &(*at)->next) if (!strcmp((*at)->word, word)) return *at;
  *at = calloc(1, sizeof **at);
  (*at)->word = strdup(word);
  return *at;
}

int main(void) {
  int c, lines = 0, words = 0, bytes = 0, length = 0;
  char word[64];
  struct entry *best = NULL;
  do {
    c = getchar();
    if (c != EOF) bytes++;
    lines += c == '\n';
    if (c != EOF && isalpha(c)) { if (length < 63) word[length++] = (char)tolower(c); continue; }
    if (length == 0) continue;
    word[length] = 0, length = 0, words++;
    struct entry *e = enter(word);
    if (++e->count > (best ? best->count : 0)) best = e;
  } while (c != EOF);
  printf("%d %d %d %s=%d\n", lines, words, bytes, best ? best->word : "", best ? best->count : 0);
  printf("%d\n", feof(stdin) != 0);
  return 0;
}
