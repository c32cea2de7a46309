// scanf on standard input until it ends, mixed with getchar, ungetc and fgets.
#include <stdio.h>

int main(void) {
  int count, sum = 0, value;
  if (scanf("%d", &count) != 1) return 1;
  for (int i = 0; i < count && scanf("%d", &value) == 1; i++) sum += value;
  printf("%d\n", sum);
  int c = getchar();
  printf("%d\n", c == '\n');
  char line[32];
  printf("[%s]\n", fgets(line, sizeof line, stdin) ? line : "none");
  ungetc(getc(stdin), stdin);
  char word[16];
  double d;
  printf("%d", scanf(" %15[^:]:%lf", word, &d));
  printf(" %s %g\n", word, d);
  printf("%d", scanf("%d", &value));
  printf(" %c\n", getchar());
  while ((c = getchar()) != EOF);
  printf("%d %d %d\n", scanf("%d", &value), feof(stdin) != 0, getchar() == EOF);
  return 0;
}
