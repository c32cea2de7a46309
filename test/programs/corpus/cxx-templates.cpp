// Templates: specialization, variadics, folds, CRTP, deduction, constexpr if, concepts, member templates.
#include <array>
#include <concepts>
#include <cstdio>
#include <tuple>
#include <type_traits>

template <typename T> struct Name { static constexpr const char *value = "unknown"; };
template <> struct Name<int> { static constexpr const char *value = "int"; };
template <typename T> struct Name<T *> { static constexpr const char *value = "pointer"; };
template <typename... T> auto sum(T... values) { return (values + ... + 0); }
template <int N> struct Factorial { static constexpr long long value = N * Factorial<N - 1>::value; };
template <> struct Factorial<0> { static constexpr long long value = 1; };
template <typename T> struct Shape { double area() const { return static_cast<const T *>(this)->width() * 2; } };
struct Box : Shape<Box> { double width() const { return 4; } };
template <typename T> constexpr auto describe(T x) { if constexpr (std::is_integral_v<T>) return x + 1; else return x / 2; }
template <std::integral T> T twice(T x) { return x * 2; }
template <typename T, std::size_t N> constexpr std::size_t length(const T (&)[N]) { return N; }
template <typename F, typename... A> auto apply(F f, A &&...a) { return f(static_cast<A &&>(a)...); }
template <typename T> class Stack { T items[10]; int top = 0; public: void push(T x) { items[top++] = x; } T pop() { return items[--top]; } template <typename U> U as() { return (U)items[top - 1]; } };
constexpr auto table = [] { std::array<int, 10> t{}; for (int i = 0; i < 10; i++) t[i] = i * i; return t; }();

int main() {
  std::printf("%s %s %s\n", Name<int>::value, Name<char *>::value, Name<float>::value);
  std::printf("%d %g\n", sum(1, 2, 3), sum(1.5, 2, 3L));
  std::printf("%lld %g\n", Factorial<20>::value, Box().area());
  std::printf("%d %g %d\n", describe(1), describe(5.0), twice(21));
  int list[7];
  std::printf("%zu %d\n", length(list), apply([](int a, int b) { return a * b; }, 6, 7));
  Stack<double> s;
  s.push(1.5);
  s.push(2.75);
  std::printf("%d ", s.as<int>());
  std::printf("%g\n", s.pop());
  std::printf("%d\n", table[9]);
  auto [a, b, c] = std::tuple(1, 'x', 2.5);
  std::printf("%d %c %g\n", a, b, c);
  static_assert(std::is_same_v<decltype(sum(1, 2.0)), double>);
}
