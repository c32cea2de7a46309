// ungetc, setvbuf of each kind, fgetpos, freopen of a file, fmemopen, dprintf, tmpfile-like use of one stream.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  FILE *f = fopen("buffer.txt", "w+");
  static char own[64];
  printf("%d\n", setvbuf(f, own, _IOFBF, sizeof own));
  fputs("abcdefghijklmnopqrstuvwxyz", f);
  fseek(f, 3, SEEK_SET);
  int c = fgetc(f);
  ungetc(c, f);
  ungetc('!', f);
  printf("%c", fgetc(f));
  printf("%c", fgetc(f));
  printf("%c\n", fgetc(f));
  fpos_t where;
  fgetpos(f, &where);
  printf("%c ", fgetc(f));
  fsetpos(f, &where);
  printf("%c\n", fgetc(f));
  f = freopen("buffer.txt", "a+", f);
  fputs("0123", f);
  rewind(f);
  char all[64] = {0};
  size_t got = fread(all, 1, sizeof all - 1, f);
  printf("%zu %s\n", got, all);
  fclose(f);
  f = fopen("buffer.txt", "w");
  setvbuf(f, NULL, _IONBF, 0);
  fputc('u', f);
  FILE *g = fopen("buffer.txt", "r");
  printf("%c\n", fgetc(g));
  fclose(g);
  setvbuf(f, NULL, _IOLBF, 100);
  fclose(f);
  remove("buffer.txt");
  char memory[32] = "in memory 42";
  FILE *m = fmemopen(memory, sizeof memory, "r");
  char word[16];
  int value;
  printf("%d", fscanf(m, "%15s %*s %d", word, &value));
  printf(" %s %d\n", word, value);
  fclose(m);
  char *text = NULL;
  size_t size = 0;
  FILE *s = open_memstream(&text, &size);
  for (int i = 0; i < 5; i++) fprintf(s, "%d,", i * 11);
  fclose(s);
  printf("%s %zu\n", text, size);
  free(text);
  char *line = NULL;
  size_t capacity = 0;
  f = fopen("lines", "w+");
  fputs("short\na considerably longer line than that\n\nlast", f);
  rewind(f);
  for (ssize_t n; (n = getline(&line, &capacity, f)) >= 0;) printf("%d ", (int)n);
  puts("");
  free(line);
  fclose(f);
  remove("lines");
  return 0;
}
