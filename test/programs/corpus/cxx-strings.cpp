// std::string and string_view: building, searching, numbers, streams into strings.
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>

static std::string join(std::initializer_list<std::string_view> parts, std::string_view by) {
  std::string out;
  for (auto p : parts) { if (!out.empty()) out += by; out += p; }
  return out;
}

int main() {
  std::string s = join({"alpha", "beta", "gamma"}, ", ");
  std::printf("%s %zu %zu\n", s.c_str(), s.size(), s.find("beta"));
  s.replace(s.find("beta"), 4, "a much longer replacement");
  s.insert(0, "<").push_back('>');
  std::printf("%s\n", s.substr(0, 20).c_str());
  std::printf("%d %g %s\n", std::stoi("42abc"), std::stod("2.5"), std::to_string(-17).c_str());
  std::ostringstream out;
  out << "x=" << 42 << " y=" << 2.5 << ' ' << std::hex << 255 << ' ' << true;
  std::printf("%s\n", out.str().c_str());
  std::istringstream in("7 words and 3.5");
  int n;
  std::string a, b;
  double d;
  in >> n >> a >> b >> d;
  std::printf("%d %s %s %g %d\n", n, a.c_str(), b.c_str(), d, in.eof());
  std::string_view view = "key=value";
  auto at = view.find('=');
  std::printf("%.*s|%.*s\n", (int)at, view.data(), (int)(view.size() - at - 1), view.data() + at + 1);
  std::printf("%d %d\n", std::string("abc") < std::string("abd"), s.rfind('>') == s.size() - 1);
}
