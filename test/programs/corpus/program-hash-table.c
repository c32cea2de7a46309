// An open addressing hash table that grows, with deletions, against a plain array.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { uint32_t *keys; int *values; uint8_t *state; int size, used; } Table;
static uint32_t hash(uint32_t x) { x ^= x >> 16; x *= 0x7feb352dU; x ^= x >> 15; x *= 0x846ca68bU; return x ^ x >> 16; }
static void put(Table *t, uint32_t key, int value);
static void grow(Table *t) {
  Table old = *t;
  t->size = old.size ? old.size * 2 : 8, t->used = 0;
  t->keys = malloc(t->size * sizeof *t->keys), t->values = malloc(t->size * sizeof *t->values), t->state = calloc(t->size, 1);
  for (int i = 0; i < old.size; i++) if (old.state[i] == 1) put(t, old.keys[i], old.values[i]);
  free(old.keys), free(old.values), free(old.state);
}
static int find(Table *t, uint32_t key) {
  for (int i = hash(key) & (t->size - 1);; i = (i + 1) & (t->size - 1)) if (t->state[i] == 0 || (t->state[i] == 1 && t->keys[i] == key)) return i;
}
static void put(Table *t, uint32_t key, int value) {
  if ((t->used + 1) * 4 > t->size * 3) grow(t);
  int i = find(t, key);
  if (t->state[i] == 0) t->used++;
  t->state[i] = 1, t->keys[i] = key, t->values[i] = value;
}

int main(void) {
  Table t = {0};
  static int mirror[5000];
  uint32_t seed = 7;
  grow(&t);
  for (int i = 0; i < 200000; i++) {
    uint32_t key = (seed = seed * 1664525u + 1013904223u) >> 8;
    key %= 5000;
    if (seed & 0x80000000u && mirror[key]) { int at = find(&t, key); t.state[at] = 2; mirror[key] = 0; }
    else put(&t, key, i + 1), mirror[key] = i + 1;
  }
  int wrong = 0, present = 0;
  for (uint32_t key = 0; key < 5000; key++) {
    int i = find(&t, key);
    wrong += (t.state[i] == 1 ? t.values[i] : 0) != mirror[key];
    present += mirror[key] != 0;
  }
  printf("%d %d\n", wrong, present);
  return 0;
}
