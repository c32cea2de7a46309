// Files: writing, reading, appending, seeking, telling, truncating, removing, renaming, errors on what is not there.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int ok, const char *what) { if (!ok) { printf("failed: %s\n", what); exit(1); } }

int main(void) {
  FILE *f = fopen("data.txt", "w");
  check(f != NULL, "open for writing");
  for (int i = 0; i < 100; i++) fprintf(f, "line %02d\n", i);
  printf("%ld\n", ftell(f));
  check(fclose(f) == 0, "close");
  f = fopen("data.txt", "r+");
  char line[32];
  fseek(f, 8 * 50, SEEK_SET);
  printf("%s", fgets(line, sizeof line, f));
  fseek(f, -8, SEEK_END);
  printf("%s", fgets(line, sizeof line, f));
  int end = fgetc(f);
  printf("%d %d\n", end == EOF, feof(f) != 0);
  rewind(f);
  fputs("LINE", f);
  fflush(f);
  fseek(f, 0, SEEK_SET);
  printf("%s", fgets(line, sizeof line, f));
  fclose(f);
  f = fopen("data.txt", "a");
  fputs("appended\n", f);
  fclose(f);
  f = fopen("data.txt", "rb");
  int lines = 0, last = 0;
  while (fgets(line, sizeof line, f)) lines++, last = line[0];
  printf("%d %c\n", lines, last);
  fclose(f);
  check(rename("data.txt", "moved.txt") == 0, "rename");
  errno = 0;
  check(fopen("data.txt", "r") == NULL, "gone");
  printf("%d\n", errno == ENOENT);
  check(remove("moved.txt") == 0, "remove");
  check(remove("moved.txt") == -1, "remove again");
  check(fopen("no/such/directory/file", "w") == NULL, "no directory");
  check(fopen("x", "wx") != NULL, "exclusive");
  check(fopen("x", "wx") == NULL && errno == EEXIST, "exclusive again");
  remove("x");
  int numbers[100], read[100];
  for (int i = 0; i < 100; i++) numbers[i] = i * i;
  f = fopen("binary", "wb+");
  printf("%zu", fwrite(numbers, sizeof *numbers, 100, f));
  rewind(f);
  printf(" %zu", fread(read, sizeof *read, 200, f));
  printf(" %d %d\n", memcmp(numbers, read, sizeof numbers), ferror(f));
  fclose(f);
  remove("binary");
  return 0;
}
