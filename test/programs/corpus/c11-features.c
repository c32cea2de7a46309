// C11 and later: _Generic, _Static_assert, _Alignas, _Noreturn, anonymous structs, atomics, thread-local variables.
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#define kind(x) _Generic((x), int: "int", double: "double", char *: "char *", const char *: "const char *", default: "other")
_Static_assert(sizeof(int) == 4, "int has four bytes");
static _Thread_local int local = 41;
static thread_local int zeroed;
static _Atomic int counter;
static atomic_flag flag = ATOMIC_FLAG_INIT;
static alignas(64) char aligned[3];
struct mixed { int kind; union { struct { int x, y; }; double d; }; };
static _Noreturn void leave(int code) { printf("leaving %d\n", code); exit(code); }

int main(void) {
  printf("%s %s %s %s %s\n", kind(1), kind(1.0), kind("s"), kind((const char *)"s"), kind(1.0f));
  local++;
  zeroed += 2;
  int *address = &local;
  ++*address;
  printf("%d %d\n", local, zeroed);
  for (int i = 0; i < 10; i++) counter++;
  atomic_fetch_add(&counter, 5);
  int expected = 15;
  int exchanged = atomic_compare_exchange_strong(&counter, &expected, 99);
  printf("%d %d\n", exchanged, counter);
  expected = 1;
  exchanged = atomic_compare_exchange_strong(&counter, &expected, 0);
  printf("%d %d\n", exchanged, expected);
  printf("%d", atomic_flag_test_and_set(&flag));
  printf("%d\n", atomic_flag_test_and_set(&flag));
  _Atomic uint64_t wide = 1;
  atomic_fetch_sub(&wide, 2);
  printf("%d\n", atomic_load(&wide) == UINT64_MAX);
  _Atomic uint8_t narrow = 250;
  narrow += 10;
  printf("%d\n", narrow);
  printf("%d\n", atomic_exchange(&narrow, 3));
  printf("%d %zu\n", (int)((uintptr_t)aligned % 64), alignof(struct mixed) > 0 ? sizeof aligned : 0);
  struct mixed m = {.kind = 1, .x = 2, .y = 3};
  printf("%d\n", m.x + m.y);
  atomic_thread_fence(memory_order_seq_cst);
  leave(12);
}
