// Constructors by priority before main, destructors after it, and atexit handlers between, last registered first.
#include <stdio.h>
#include <stdlib.h>

static int order;
static int made_early;
__attribute__((constructor(200))) static void second(void) { printf("constructor 200: %d\n", ++order); }
__attribute__((constructor(101))) static void first(void) { printf("constructor 101: %d\n", ++order); made_early = 1; }
__attribute__((constructor)) static void last(void) { printf("constructor: %d\n", ++order); }
__attribute__((destructor(101))) static void very_last(void) { puts("destructor 101"); }
__attribute__((destructor)) static void end(void) { puts("destructor"); }
static void registered(void) { puts("atexit 1"); }
static void nested(void) { puts("atexit nested"); }
static void registers(void) { puts("atexit 2"); atexit(nested); }

int main(void) {
  atexit(registered);
  atexit(registers);
  printf("main: %d %d\n", order, made_early);
  return 5;
}
