// A JSON parser and printer as a state machine of function pointers, over a small arena.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Value { enum { null, boolean, number, string, array, object } kind; double n; char *s; struct Value *first, *next; char *key; } Value;
static char arena[1 << 16];
static size_t used;
static void *take(size_t n) { void *p = arena + used; used += (n + 15) & ~(size_t)15; return p; }
static const char *at;
static void blanks(void) { while (isspace((unsigned char)*at)) at++; }
static Value *parse(void);
static char *parse_string(void) {
  char *s = take(64), *o = s;
  for (at++; *at != '"'; at++) *o++ = *at == '\\' ? (at++, *at == 'n' ? '\n' : *at) : *at;
  at++;
  *o = 0;
  return s;
}
static Value *parse_list(int kind, char close) {
  Value *v = memset(take(sizeof *v), 0, sizeof *v), **tail = &v->first;
  v->kind = kind;
  at++;
  for (blanks(); *at != close; blanks()) {
    char *key = NULL;
    if (kind == object) { key = parse_string(); blanks(); at++; }
    *tail = parse();
    (*tail)->key = key;
    tail = &(*tail)->next;
    blanks();
    if (*at == ',') at++;
  }
  at++;
  return v;
}
static Value *parse(void) {
  blanks();
  if (*at == '[') return parse_list(array, ']');
  if (*at == '{') return parse_list(object, '}');
  Value *v = memset(take(sizeof *v), 0, sizeof *v);
  if (*at == '"') v->kind = string, v->s = parse_string();
  else if (!strncmp(at, "true", 4)) v->kind = boolean, v->n = 1, at += 4;
  else if (!strncmp(at, "false", 5)) v->kind = boolean, at += 5;
  else if (!strncmp(at, "null", 4)) v->kind = null, at += 4;
  else { char *end; v->kind = number; v->n = strtod(at, &end); at = end; }
  return v;
}
static void print(const Value *v);
static void print_null(const Value *v) { (void)v; printf("null"); }
static void print_boolean(const Value *v) { printf(v->n ? "true" : "false"); }
static void print_number(const Value *v) { printf("%g", v->n); }
static void print_string(const Value *v) { printf("\"%s\"", v->s); }
static void print_list(const Value *v) {
  putchar("[{"[v->kind == object]);
  for (const Value *i = v->first; i; i = i->next) { if (i->key) printf("\"%s\":", i->key); print(i); if (i->next) putchar(','); }
  putchar("]}"[v->kind == object]);
}
static void (*const printers[])(const Value *) = {print_null, print_boolean, print_number, print_string, print_list, print_list};
static void print(const Value *v) { printers[v->kind](v); }

int main(void) {
  at = " { \"name\" : \"json \\\"parser\\\"\", \"list\": [1, 2.5, -3e2, [], {}], \"flags\": {\"on\": true, \"off\": false, \"none\": null} } ";
  print(parse());
  printf("\n%d\n", used > 0);
  return 0;
}
