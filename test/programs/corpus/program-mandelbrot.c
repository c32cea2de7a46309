// The Mandelbrot set in characters.
#include <stdio.h>

int main(void) {
  int inside = 0;
  for (int row = 0; row < 24; row++) {
    for (int column = 0; column < 72; column++) {
      double cr = column / 24.0 - 2.2, ci = row / 12.0 - 1.0, r = 0, i = 0;
      int n = 0;
      for (; n < 200 && r * r + i * i < 4; n++) {
        double next = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = next;
      }
      inside += n == 200;
      putchar(" .:-=+*#%@"[n == 200 ? 9 : n % 9]);
    }
    putchar('\n');
  }
  printf("%d\n", inside);
  return 0;
}
