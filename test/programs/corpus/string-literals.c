// Literals: escapes, concatenation, embedded zeros, u8, u, U and L prefixes, integer and floating suffixes, digit forms.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

int main(void) {
  printf("%d %d %d %d\n", '\n', '\0', '\x7f', '\177');
  char zeros[] = "a\0b\0c";
  printf("%d %d %c\n", (int)sizeof zeros, (int)strlen(zeros), zeros[4]);
  printf("%s\n", "joined " "across "
         "lines");
  printf("%s %d\n", u8"\u00e9\u20ac", (int)sizeof u8"\u00e9\u20ac");
  const char16_t *sixteen = u"\U0001F600";
  const char32_t *thirty_two = U"\U0001F600";
  printf("%x %x %x\n", sixteen[0], sixteen[1], (unsigned)thirty_two[0]);
  printf("%d %d\n", (int)wcslen(L"wide"), L'x');
  printf("%d %d %d %lld %llu\n", 010, 0x10, 0b101, 10ll, 10ull);
  printf("%g %g %g %g\n", 1e3, .5f, 0x1p-2, 1.);
  printf("%u %d\n", 4000000000u, 1000000 * 2);
  printf("%d\n", (int)sizeof("x" "\x1" "2"));
  printf("\a\b\f\v\r\t|\?\'\"\\\n");
  printf("%s\n", __extension__ "\e[0m" + 1);
  return 0;
}
