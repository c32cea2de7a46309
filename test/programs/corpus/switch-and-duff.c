// switch: dense, sparse, negative, 64-bit, ranges, fall-through, nested, jumping into a loop (Duff's device).
#include <stdio.h>

static const char *dense(int n) {
  switch (n) {
    case 0: return "zero";
    case 1: return "one";
    case 2: return "two";
    case 3: return "three";
    case 4: return "four";
    case 5: return "five";
    default: return "many";
  }
}
static int sparse(long long n) {
  switch (n) {
    case -1: return 1;
    case 1000: return 2;
    case 5000000000ll: return 3;
    case -9223372036854775807ll - 1: return 4;
  }
  return 0;
}
static int fall(int n) {
  int r = 0;
  switch (n) {
    case 3: r += 100;
    case 2: r += 10; /* fall through */
    case 1: r += 1; break;
    case 10 ... 19: r = n; break;
    case 'a': r = -1;
  }
  return r;
}
static void duff(char *to, const char *from, int count) {
  int n = (count + 7) / 8;
  switch (count % 8) {
    case 0: do { *to++ = *from++;
    case 7: *to++ = *from++;
    case 6: *to++ = *from++;
    case 5: *to++ = *from++;
    case 4: *to++ = *from++;
    case 3: *to++ = *from++;
    case 2: *to++ = *from++;
    case 1: *to++ = *from++;
            } while (--n > 0);
  }
}

int main(void) {
  for (int i = -1; i < 7; i++) printf("%s ", dense(i));
  printf("\n%d %d %d %d %d\n", sparse(-1), sparse(1000), sparse(5000000000ll), sparse(-9223372036854775807ll - 1), sparse(705032704));
  printf("%d %d %d %d %d %d\n", fall(1), fall(2), fall(3), fall(15), fall('a'), fall(20));
  char to[32] = {0};
  duff(to, "exactly nineteen ch", 19);
  puts(to);
  switch (3) default: puts("only default");
  switch (1) { int unreachable = 5; case 1: unreachable = 6; printf("%d\n", unreachable); }
  int x = 0;
  for (int i = 0; i < 10; i++) {
    switch (i % 3) { case 0: continue; case 1: x += i; break; }
    if (i > 7) break;
  }
  printf("%d\n", x);
  return 0;
}
