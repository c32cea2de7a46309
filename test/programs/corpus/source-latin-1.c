// Bytes that are not UTF-8 reach the program as they are.
#include <stdio.h>
static const unsigned char text[] = "café ÿ";
int main(void) {
  for (unsigned i = 0; i < sizeof text; i++) printf("%02x ", text[i]);
  return sizeof text;
}
