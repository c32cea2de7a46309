// unique_ptr, shared_ptr, weak_ptr, moves, custom deleters, a list that owns itself.
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

static int alive;
struct Item { int value; explicit Item(int v) : value(v) { alive++; } Item(const Item &o) : value(o.value) { alive++; } ~Item() { alive--; } };
struct Node { int value; std::unique_ptr<Node> next; };
struct Deleter { void operator()(int *p) const { std::printf("deleted %d\n", *p); delete p; } };

int main() {
  auto one = std::make_unique<Item>(1);
  auto moved = std::move(one);
  std::printf("%d %d %d\n", one == nullptr, moved->value, alive);
  std::shared_ptr<Item> shared = std::make_shared<Item>(2), copy = shared;
  std::weak_ptr<Item> weak = shared;
  std::printf("%ld %d\n", shared.use_count(), weak.expired());
  shared.reset();
  copy.reset();
  std::printf("%d %d\n", weak.lock() == nullptr, alive);
  { std::unique_ptr<int, Deleter> owned(new int(5)); }
  std::vector<std::unique_ptr<Item>> list;
  for (int i = 0; i < 100; i++) list.push_back(std::make_unique<Item>(i));
  list.erase(list.begin(), list.begin() + 50);
  std::printf("%zu %d %d\n", list.size(), list[0]->value, alive);
  std::unique_ptr<Node> head;
  for (int i = 0; i < 5; i++) head = std::make_unique<Node>(Node{i, std::move(head)});
  int sum = 0;
  for (Node *n = head.get(); n; n = n->next.get()) sum = sum * 10 + n->value;
  std::printf("%d\n", sum);
  list.clear();
  moved.reset();
  std::printf("%d\n", alive);
}
