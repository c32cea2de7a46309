// operator new and delete of the program's own, with a header before each block: the library's code must use them too.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

static int news, deletes, wrong;
struct Header { std::size_t size, magic; };
void *operator new(std::size_t size) {
  Header *h = static_cast<Header *>(std::malloc(sizeof(Header) + size));
  *h = {size, 0x600d};
  news++;
  return h + 1;
}
void operator delete(void *p) noexcept {
  if (!p) return;
  Header *h = static_cast<Header *>(p) - 1;
  wrong += h->magic != 0x600d;
  deletes++;
  std::free(h);
}
void operator delete(void *p, std::size_t) noexcept { operator delete(p); }

int main() {
  {
    std::string s = "a string that does not fit into the object itself";
    for (int i = 0; i < 10; i++) s += s.substr(0, 40);
    std::vector<std::string> list(20, s);
    char *volatile array = new char[100];
    delete[] array;
    std::printf("%zu %zu\n", s.size(), list.size());
  }
  std::printf("%d %d %d\n", news > 20, news == deletes, wrong);
}
