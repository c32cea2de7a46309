// Containers: vector, map, unordered_map, set, deque, list, with algorithms over them.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <list>
#include <map>
#include <numeric>
#include <set>
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
  std::set<int> s(v.begin(), v.begin() + 50);
  std::deque<int> d;
  for (int i = 0; i < 20; i++) i % 2 ? d.push_back(i) : d.push_front(i);
  std::list<int> l(d.begin(), d.end());
  l.remove_if([](int x) { return x % 3 == 0; });
  l.sort();
  std::printf("%d %d %d %zu\n", *s.rbegin(), d.front(), l.back(), l.size());
  std::printf("%d\n", std::accumulate(v.begin(), v.end(), 0));
  v.erase(std::unique(v.begin(), v.end(), [](int a, int b) { return a % 10 == b % 10; }), v.end());
  std::printf("%zu\n", v.size());
}
