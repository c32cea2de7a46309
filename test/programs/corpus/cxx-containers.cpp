// Containers: vector, map and unordered_map, with algorithms over them.
#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

int main() {
  std::vector<int> v(1000);
  std::iota(v.begin(), v.end(), 0);
  std::reverse(v.begin(), v.end());
  std::sort(v.begin(), v.end(), [](int a, int b) { return a % 10 != b % 10 ? a % 10 < b % 10 : a < b; });
  std::printf("%d %d %d\n", v[0], v[100], v[999]);
  std::map<std::string, int> counts;
  for (const char *w : {"the", "cat", "the", "dog", "the", "cat"}) counts[w]++;
  for (const auto &[word, n] : counts) std::printf("%s=%d ", word.c_str(), n);
  std::unordered_map<int, std::string> names;
  for (int i = 0; i < 500; i++) names[i * 7919] = std::to_string(i);
  std::printf("%s %zu\n", names[7919 * 42].c_str(), names.size());
  std::printf("%d\n", std::accumulate(v.begin(), v.end(), 0));
  v.erase(std::unique(v.begin(), v.end(), [](int a, int b) { return a % 10 == b % 10; }), v.end());
  std::printf("%zu\n", v.size());
}
