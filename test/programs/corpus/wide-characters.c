// wchar.h: wide strings, conversion to and from UTF-8, wide formatting, wctype.
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

int main(void) {
  setlocale(LC_ALL, "C.UTF-8");
  const wchar_t *wide = L"gr\u00fc\u00dfe \u4e16\u754c";
  char utf8[64];
  size_t bytes = wcstombs(utf8, wide, sizeof utf8);
  printf("%zu %zu %s\n", wcslen(wide), bytes, utf8);
  wchar_t back[32];
  size_t characters = mbstowcs(back, utf8, 32);
  printf("%zu %d\n", characters, wcscmp(back, wide));
  printf("%ls|%8.4ls|%lc\n", wide, L"abc", L'\u20ac');
  mbstate_t state;
  memset(&state, 0, sizeof state);
  wchar_t one;
  size_t used = mbrtowc(&one, "\xe2\x82\xac", 2, &state);
  printf("%d", used == (size_t)-2);
  used = mbrtowc(&one, "\xac", 1, &state);
  printf(" %zu %x\n", used, (unsigned)one);
  wchar_t buffer[64];
  int written = swprintf(buffer, 64, L"%d-%ls-%s", 42, L"wide", "narrow");
  printf("%d %ls\n", written, buffer);
  printf("%ls %ls\n", wcschr(buffer, L'w'), wcsstr(buffer, L"nar"));
  printf("%ld %g\n", wcstol(L"123x", NULL, 10), wcstod(L"2.5", NULL));
  printf("%d %d %lc\n", iswalpha(L'\u00fc') != 0, iswdigit(L'x'), towupper(L'\u00fc'));
  wchar_t text[] = L"a,b", *next;
  wchar_t *first = wcstok(text, L",", &next), *second = wcstok(NULL, L",", &next);
  printf("%ls %ls\n", first, second);
  int value;
  wchar_t word[8];
  printf("%d", swscanf(L"17 seven", L"%d %7ls", &value, word));
  printf(" %d %ls\n", value, word);
  printf("%zu\n", wcslen(wcscat(wcscpy(buffer, L"ab"), L"cd")));
  return 0;
}
