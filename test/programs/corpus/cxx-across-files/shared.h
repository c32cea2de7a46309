// What two files have in common: one counter, one instance of each template, one inline variable, one type.
#include <cstdio>

inline int &counter() {
  static int n = 100;
  return n;
}
template <typename T> T *shared() {
  static T value{};
  return &value;
}
inline int global = 5;
struct Shape {
  virtual int sides() const { return 0; }
  virtual ~Shape() = default;
};
struct Loud {
  const char *name;
  explicit Loud(const char *n) : name(n) { std::printf("+%s\n", name); }
  ~Loud() { std::printf("-%s\n", name); }
};
