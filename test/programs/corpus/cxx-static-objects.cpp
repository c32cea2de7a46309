// Static objects: constructors before main in order, function-local ones once, destructors at exit in reverse.
#include <cstdio>
#include <cstdlib>

struct Loud { int id; explicit Loud(int i) : id(i) { std::printf("construct %d\n", id); } ~Loud() { std::printf("destroy %d\n", id); } };
static Loud first(1);
static Loud second(2);
static int computed = std::atoi("42");
constexpr int square(int x) { return x * x; }
constinit int fixed = square(7);
static Loud &lazy() { static Loud object(3); return object; }
struct Counter { static inline int alive = 0; Counter() { alive++; } ~Counter() { alive--; } };
static Counter counters[5];
thread_local Loud *pointer = nullptr;

int main() {
  std::puts("main");
  lazy();
  lazy();
  std::printf("%d %d %d\n", computed, fixed, Counter::alive);
  std::atexit([] { std::puts("atexit"); });
  pointer = &first;
  std::printf("%d\n", pointer->id);
  Loud local(4);
  return 6;
}
