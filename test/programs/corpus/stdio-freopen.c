// freopen of stdout and stdin: what is printed goes to the file, what is read comes from it.
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  printf("to the terminal\n");
  fflush(stdout);
  if (!freopen("captured.txt", "w", stdout)) return 1;
  printf("%d %s\n", 12, "captured");
  if (!freopen("captured.txt", "r", stdin)) return 2;
  fflush(stdout);
  int number;
  char word[16];
  if (scanf("%d %15s", &number, word) != 2) return 3;
  fprintf(stderr, "read %d %s\n", number, word);
  remove("captured.txt");
  return number;
}
