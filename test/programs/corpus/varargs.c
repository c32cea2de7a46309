// Variable arguments of every kind: integers, doubles, structs, pointers, va_copy, passing lists on, none at all.
#include <stdarg.h>
#include <stdio.h>

typedef struct { int a; double b; char c[10]; } Packet;

static int sum(int count, ...) {
  va_list list;
  va_start(list, count);
  int total = 0;
  while (count--) total += va_arg(list, int);
  va_end(list);
  return total;
}
static void mixed(const char *kinds, ...) {
  va_list list, again;
  va_start(list, kinds);
  va_copy(again, list);
  for (const char *k = kinds; *k; k++) switch (*k) {
    case 'i': printf("i=%d ", va_arg(list, int)); break;
    case 'l': printf("l=%lld ", va_arg(list, long long)); break;
    case 'd': printf("d=%g ", va_arg(list, double)); break;
    case 's': printf("s=%s ", va_arg(list, char *)); break;
    case 'p': { Packet p = va_arg(list, Packet); printf("p=%d,%g,%s ", p.a, p.b, p.c); break; }
    case 'f': printf("f=%d ", va_arg(list, int (*)(int, ...))(2, 20, 22)); break;
  }
  va_end(list);
  printf("first=%d\n", va_arg(again, int));
  va_end(again);
}
static void format(char *out, size_t size, const char *pattern, ...) {
  va_list list;
  va_start(list, pattern);
  vsnprintf(out, size, pattern, list);
  va_end(list);
}
static int deep(int level, va_list *list) { return level == 0 ? va_arg(*list, int) : deep(level - 1, list); }
static int enter(int level, ...) {
  va_list list;
  va_start(list, level);
  int result = deep(level, &list) * 100;
  result += deep(level, &list);
  va_end(list);
  return result;
}

int main(void) {
  printf("%d %d %d\n", sum(0), sum(3, 1, 2, 3), sum(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  mixed("ildspfid", 1, -5000000000ll, 2.5f, "text", (Packet){7, 0.5, "packet"}, sum, 'c', 1e100);
  char text[16];
  format(text, sizeof text, "%s-%d-%s", "abc", 12345, "truncated");
  printf("%s\n", text);
  int (*pointer)(int, ...) = sum;
  printf("%d\n", pointer(2, 40, 2));
  printf("%d\n", enter(5, 3, 4));
  return 0;
}
