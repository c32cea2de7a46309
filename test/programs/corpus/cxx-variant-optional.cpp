// optional, variant, visit, tuple, pair, any-like unions, span and ranges.
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

template <class... T> struct overloaded : T... { using T::operator()...; };
static std::optional<int> parse(const std::string &s) { return s.empty() || s[0] < '0' || s[0] > '9' ? std::nullopt : std::optional(std::stoi(s)); }

int main() {
  std::printf("%d %d %d\n", parse("42").value_or(-1), parse("x").value_or(-1), parse("").has_value());
  std::vector<std::variant<int, double, std::string>> values{1, 2.5, std::string("three")};
  for (auto &v : values) std::visit(overloaded{[](int i) { std::printf("int %d\n", i); }, [](double d) { std::printf("double %g\n", d); }, [](const std::string &s) { std::printf("string %s\n", s.c_str()); }}, v);
  values[0] = std::string("changed");
  std::printf("%zu %d\n", values[0].index(), std::get_if<int>(&values[0]) == nullptr);
  std::pair<int, std::string> p{1, "one"};
  auto &[n, name] = p;
  n = 2;
  std::printf("%d %s\n", p.first, name.c_str());
  std::vector<std::pair<int, char>> sorted{{2, 'b'}, {1, 'z'}, {1, 'a'}};
  std::printf("%d\n", sorted[2] < sorted[1]);
  std::optional<std::string> text = "engaged";
  text->append("!");
  std::printf("%s %zu\n", text->c_str(), text->size());
  std::printf("%d %d\n", std::gcd(84, 36), std::lcm(4, 6));
}
