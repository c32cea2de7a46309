// main that ends without return gives zero; main may be called again.
#include <stdio.h>

int main(int argc, char **argv) {
  static int calls;
  if (calls++ < 3) { main(argc, argv); return calls; }
  printf("%d\n", calls);
}
