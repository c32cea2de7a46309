// A matcher of small regular expressions, with a table of cases; then the library's own regcomp and fnmatch.
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>

static int here(const char *re, const char *text);
static int star(int c, const char *re, const char *text) {
  do if (here(re, text)) return 1; while (*text && (*text++ == c || c == '.'));
  return 0;
}
static int here(const char *re, const char *text) {
  if (!re[0]) return 1;
  if (re[1] == '*') return star(re[0], re + 2, text);
  if (re[0] == '$' && !re[1]) return !*text;
  return *text && (re[0] == '.' || re[0] == *text) ? here(re + 1, text + 1) : 0;
}
static int match(const char *re, const char *text) {
  if (re[0] == '^') return here(re + 1, text);
  do if (here(re, text)) return 1; while (*text++);
  return 0;
}

int main(void) {
  static const char *const cases[][2] = {{"abc", "xabcy"}, {"^abc", "xabc"}, {"a.*c$", "abbbc"}, {"^a*$", "aaaa"}, {"x*", ""}, {"b*c", "abbd"}, {".", ""}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) printf("%d", match(cases[i][0], cases[i][1]));
  regex_t compiled;
  printf("\n%d", regcomp(&compiled, "([a-z]+)=([0-9]{2,3});?", REG_EXTENDED));
  regmatch_t parts[3];
  printf(" %d", regexec(&compiled, "set key=123; done", 3, parts, 0));
  printf(" %d-%d %d-%d\n", (int)parts[1].rm_so, (int)parts[1].rm_eo, (int)parts[2].rm_so, (int)parts[2].rm_eo);
  printf("%d\n", regexec(&compiled, "key=1;", 0, NULL, 0) == REG_NOMATCH);
  regfree(&compiled);
  printf("%d %d\n", fnmatch("*.[ch]", "file.c", 0), fnmatch("*.[ch]", "file.o", 0) != 0);
  return 0;
}
