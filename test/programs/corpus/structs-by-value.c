// Structs as parameters and results: tiny, large, nested, with floats and arrays, through function pointers.
#include <stdio.h>

typedef struct { char c; } One;
typedef struct { int x, y; } Pair;
typedef struct { double values[8]; int count; } Large;
typedef struct { Pair pair; One one; float f; } Nested;
typedef struct { float f; } Single;
typedef struct {} Empty;

static One next(One o) { return (One){o.c + 1}; }
static Pair swap(Pair p) { return (Pair){p.y, p.x}; }
static Large scale(Large l, double by) {
  for (int i = 0; i < l.count; i++) l.values[i] *= by;
  return l;
}
static Nested nest(Pair p, One o, Single s) { return (Nested){swap(p), next(o), s.f / 2}; }
static int skip(Empty e, int x, Empty f) { (void)e, (void)f; return x; }
static Pair (*table[])(Pair) = {swap, swap};

int main(void) {
  printf("%c\n", next((One){'a'}).c);
  Pair p = table[1]((Pair){1, 2});
  printf("%d %d\n", p.x, p.y);
  Large a = {{1, 2, 3, 4}, 4}, b = scale(a, 2.5);
  printf("%g %g %g %d\n", a.values[3], b.values[3], b.values[7], b.count);
  Nested n = nest(p, (One){'x'}, (Single){3});
  printf("%d %d %c %g\n", n.pair.x, n.pair.y, n.one.c, n.f);
  Nested copy = n;
  copy.pair.x = 99;
  printf("%d %d\n", n.pair.x, copy.pair.x);
  Large *pointer = &b;
  Large deref = *pointer;
  pointer->values[0] = -1;
  printf("%g %g\n", deref.values[0], b.values[0]);
  printf("%g\n", scale(scale(a, 2), 2).values[1]);
  printf("%d\n", skip((Empty){}, 5, (Empty){}));
  Pair array[2] = {{1, 2}, {3, 4}};
  array[0] = array[1];
  printf("%d\n", array[0].y);
  printf("%d\n", (p = swap(p)).x);
  return 0;
}
