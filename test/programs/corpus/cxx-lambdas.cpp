// Lambdas: captures, generic, mutable, std::function, recursion, stored in containers, as C callbacks.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

static std::function<int(int)> adder(int n) { return [n](int x) { return x + n; }; }

int main() {
  int total = 0;
  std::vector<int> v{5, 3, 8, 1};
  std::for_each(v.begin(), v.end(), [&total](int x) { total += x; });
  std::printf("%d %d\n", total, adder(5)(37));
  auto counter = [n = 0]() mutable { return ++n; };
  counter();
  std::printf("%d\n", counter());
  std::function<int(int)> fib = [&](int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); };
  std::printf("%d\n", fib(20));
  struct { const char *name; std::function<double(double, double)> apply; } operations[] = {{"+", std::plus<double>()}, {"*", [](auto a, auto b) { return a * b; }}, {"max", [](double a, double b) { return std::max(a, b); }}};
  for (auto &[name, f] : operations) std::printf("%s %g\n", name, f(3, 4));
  std::qsort(v.data(), v.size(), sizeof(int), [](const void *a, const void *b) { return *(const int *)b - *(const int *)a; });
  std::printf("%d %d\n", v.front(), v.back());
  auto compose = [](auto f, auto g) { return [=](auto x) { return f(g(x)); }; };
  std::printf("%d\n", compose([](int x) { return x * 2; }, [](int x) { return x + 1; })(10));
  std::function<void()> empty;
  std::printf("%d\n", static_cast<bool>(empty));
}
