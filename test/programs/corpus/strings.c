// string.h: copying, comparing, searching, splitting, spans, overlapping moves, bounded variants.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int sign(int x) { return (x > 0) - (x < 0); }

int main(void) {
  char buffer[64] = "hello";
  strcat(buffer, ", world");
  printf("%s %zu\n", buffer, strlen(buffer));
  printf("%d %d %d\n", sign(strcmp("abc", "abd")), sign(strcmp("b", "a")), strcmp("same", "same"));
  printf("%d %d %d\n", sign(strncmp("abcdef", "abcxyz", 3)), sign(strcasecmp("HeLLo", "hEllO")), sign(strncasecmp("ABc", "abD", 3)));
  printf("%s %s %s\n", strchr(buffer, 'o'), strrchr(buffer, 'o'), strstr(buffer, "wor"));
  printf("%d %d %s\n", strchr(buffer, 'z') == NULL, strstr(buffer, "xyz") == NULL, strstr(buffer, ""));
  printf("%zu %zu %s\n", strspn("aabbc", "ab"), strcspn("hello", "l"), strpbrk("needle", "dl"));
  memmove(buffer + 2, buffer, 6);
  printf("%s\n", buffer);
  memset(buffer, 'x', 3);
  printf("%.5s\n", buffer);
  printf("%d %d\n", sign(memcmp("a\0b", "a\0c", 3)), memchr("abc", 'b', 3) != NULL);
  char copy[8];
  strncpy(copy, "too long for it", 7);
  copy[7] = 0;
  printf("%s\n", copy);
  memset(copy, '#', 8);
  strncpy(copy, "ab", 5);
  printf("%d %d %c\n", copy[2], copy[4], copy[5]);
  char line[] = "one,two;;three,";
  for (char *state, *t = strtok_r(line, ",;", &state); t; t = strtok_r(NULL, ",;", &state)) printf("[%s]", t);
  char line2[] = "a b  c";
  for (char *t = strtok(line2, " "); t; t = strtok(NULL, " ")) printf("(%s)", t);
  char line3[] = "x::y", *rest = line3;
  for (char *t; (t = strsep(&rest, ":"));) printf("<%s>", t);
  char *duplicate = strdup("duplicated"), *part = strndup(duplicate, 3);
  printf("\n%s %s\n", duplicate, part);
  free(duplicate);
  free(part);
  strncat(copy, "cdefgh", 3);
  printf("%s\n", copy);
  printf("%s %d\n", (char *)memchr("find me", 'm', 7), (int)strnlen("abc", 2));
  char big[1000], same[1000];
  for (int i = 0; i < 1000; i++) big[i] = (char)i;
  memcpy(same, big, 1000);
  printf("%d\n", memcmp(big, same, 1000));
  memmove(big + 1, big, 999);
  printf("%d %d\n", big[1], big[999] == (char)998);
  return 0;
}
