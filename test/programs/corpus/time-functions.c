// time.h: calendar arithmetic in UTC, strftime, mktime, difftime, and clocks that move.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void show(time_t when) {
  struct tm *tm = gmtime(&when);
  char text[64];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %b %j %U %p %y", tm);
  printf("%s %d %d\n", text, tm->tm_wday, tm->tm_yday);
}

int main(void) {
  show(0);
  show(951782400);
  show(1700000000);
  show(4102444799);
  show(-86400);
  struct tm broken = {.tm_year = 124, .tm_mon = 1, .tm_mday = 30, .tm_hour = 25, .tm_isdst = 0};
  time_t made = timegm(&broken);
  printf("%lld %d-%d\n", (long long)made, broken.tm_mon + 1, broken.tm_mday);
  printf("%g\n", difftime(100, 40));
  struct tm fixed = {.tm_year = 70, .tm_mday = 1, .tm_wday = 4};
  printf("%s", asctime(&fixed));
  time_t now = time(NULL);
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (volatile int i = 0; i < 100000; i++);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%d %d\n", now > 1700000000, b.tv_sec > a.tv_sec || b.tv_nsec >= a.tv_nsec);
  printf("%d %d\n", clock() != (clock_t)-1, (int)(CLOCKS_PER_SEC > 0));
  struct timespec pause = {0, 2000000};
  nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &a);
  printf("%d\n", (a.tv_sec - b.tv_sec) * 1000000000ll + a.tv_nsec - b.tv_nsec >= 2000000);
  struct tm local;
  time_t zero = 0;
  printf("%d\n", localtime_r(&zero, &local) == &local);
  return 0;
}
