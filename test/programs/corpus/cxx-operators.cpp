// Operators, conversions, copy and move, placement new, new and delete of one's own, references, friend functions.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

static int news, deletes;
void *operator new(std::size_t n) { news++; return std::malloc(n); }
void operator delete(void *p) noexcept { deletes++; std::free(p); }
void operator delete(void *p, std::size_t) noexcept { deletes++; std::free(p); }

class Text {
  char *data;
public:
  static inline int copies = 0, moves = 0;
  Text(const char *s = "") : data(std::strcpy(new char[std::strlen(s) + 1], s)) {}
  Text(const Text &o) : Text(o.data) { copies++; }
  Text(Text &&o) noexcept : data(std::exchange(o.data, nullptr)) { moves++; }
  Text &operator=(Text o) { std::swap(data, o.data); return *this; }
  ~Text() { delete[] data; }
  char &operator[](int i) { return data[i]; }
  operator const char *() const { return data; }
  friend Text operator+(const Text &a, const Text &b) { char buffer[100]; std::snprintf(buffer, 100, "%s%s", a.data, b.data); return buffer; }
  bool operator==(const Text &o) const { return !std::strcmp(data, o.data); }
};
struct Vec { double x, y; Vec operator*(double k) const { return {x * k, y * k}; } Vec &operator+=(Vec o) { x += o.x; y += o.y; return *this; } double operator()(double t) const { return x * t + y; } explicit operator bool() const { return x || y; } Vec operator-() const { return {-x, -y}; } Vec &operator++() { x++; return *this; } Vec operator++(int) { Vec old = *this; x++; return old; } };
static Text make(bool which) { Text a("first"), b("second"); return which ? std::move(a) : std::move(b); }

int main() {
  Text a("hello"), b = a, c;
  b[0] = 'J';
  c = std::move(b);
  std::printf("%s %s\n", (const char *)a, (const char *)c);
  std::printf("%s %d %d\n", (const char *)(a + Text(" ") + c), Text::copies, Text::moves);
  std::printf("%s %d\n", (const char *)make(false), a == Text("hello"));
  Vec v{1, 2};
  v += v * 3;
  Vec old = v++;
  ++v;
  std::printf("%g %g %g %d\n", v.x, old.x, (-v).y, (bool)Vec{0, 0});
  std::printf("%g\n", v(10));
  alignas(Text) unsigned char storage[sizeof(Text)];
  Text *placed = new (storage) Text("placed");
  std::printf("%s\n", (const char *)*placed);
  placed->~Text();
  int before = news;
  int *volatile number = new int(5);
  delete number;
  std::printf("%d %d\n", news - before, deletes > 0);
  int x = 1;
  int &&rvalue = x + 1;
  rvalue++;
  const int &bound = 7;
  std::printf("%d %d\n", rvalue, bound);
  std::printf("%d\n", new (std::nothrow) char[16] != nullptr);
}
