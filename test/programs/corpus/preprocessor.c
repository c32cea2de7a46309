// Macros: stringizing, pasting, variadic, recursion stopped, conditionals, predefined names, line control, _Pragma.
#include <stdio.h>
#include <string.h>

#define string(x) #x
#define expanded(x) string(x)
#define paste(a, b) a##b
#define paste_expanded(a, b) paste(a, b)
#define value 42
#define call(f, ...) f(__VA_ARGS__)
#define log(format, ...) printf(format "\n", ##__VA_ARGS__)
#define first(a, ...) a
#define factorial(n) (n < 2 ? 1 : n * factorial(n - 1))
#define items X(red) X(green) X(blue)
#define max(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
#define empty
#define nothing()
static int(factorial)(int n) { return factorial(n); }
enum {
#define X(name) name,
  items
#undef X
};
static const char *const names[] = {
#define X(name) [name] = #name,
  items
#undef X
};
#if defined(value) && value > 40 && !defined(missing) && (1 ? 2 : 3) == 2
#define branch "taken"
#elif 1
#define branch "elif"
#else
#error never
#endif
#if __has_include(<stdio.h>) && !__has_include(<no-such-header.h>)
#define header 1
#endif

int main(void) {
  int xy = 7;
  printf("%s %s %s\n", string(value), expanded(value), string("quoted \\ text"));
  printf("%d %d\n", paste(x, y), paste_expanded(val, ue));
  call(printf, "%d %d\n", 1, 2);
  log("plain");
  log("%s %d", "with", 3);
  printf("%d %s %s\n", first(9, 8, 7) empty nothing(), names[green], branch);
  printf("%d %d\n", factorial(5), max(xy++, 3));
  printf("%d\n", xy);
#line 100 "renamed.c"
  printf("%d %s\n", __LINE__, __FILE__);
  printf("%s %d\n", __func__, __STDC__);
  printf("%d %d\n", (int)strlen(__DATE__), __COUNTER__ < __COUNTER__);
  _Pragma("GCC diagnostic push") puts("a" "b" "\x63" "\144" "\u00e9");
  printf("%d\n", header);
  puts("trigraph? no ?" "?/ line\
 continued");
  return 0;
}
