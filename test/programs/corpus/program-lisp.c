// A Lisp in eighty lines: reader, environments, closures, recursion, lists.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Cell Cell;
typedef Cell *(*Primitive)(Cell *);
struct Cell {
  enum { number, symbol, pair, primitive, closure } kind;
  union { long long n; const char *name; struct { Cell *head, *tail; }; Primitive call; struct { Cell *parameters, *body, *scope; }; };
};
static Cell *make(int kind) { Cell *c = calloc(1, sizeof *c); c->kind = kind; return c; }
static Cell *num(long long n) { Cell *c = make(number); c->n = n; return c; }
static Cell *cons(Cell *a, Cell *b) { Cell *c = make(pair); c->head = a, c->tail = b; return c; }
static Cell *symbols;
static Cell *intern(const char *name) {
  for (Cell *s = symbols; s; s = s->tail) if (!strcmp(s->head->name, name)) return s->head;
  Cell *c = make(symbol);
  c->name = strdup(name);
  symbols = cons(c, symbols);
  return c;
}
static const char *in;
static Cell *read_list(void);
static Cell *read_one(void) {
  while (isspace((unsigned char)*in)) in++;
  if (*in == '(') { in++; return read_list(); }
  char token[32];
  int n = 0;
  while (*in && !isspace((unsigned char)*in) && *in != '(' && *in != ')') token[n++] = *in++;
  token[n] = 0;
  return isdigit((unsigned char)token[0]) ? num(atoll(token)) : intern(token);
}
static Cell *read_list(void) {
  while (isspace((unsigned char)*in)) in++;
  if (*in == ')') { in++; return NULL; }
  Cell *head = read_one();
  return cons(head, read_list());
}
static Cell *global;
static Cell *lookup(Cell *name, Cell *scope) {
  for (Cell *s = scope; s; s = s->tail) if (s->head->head == name) return s->head;
  for (Cell *s = global; s; s = s->tail) if (s->head->head == name) return s->head;
  printf("unbound %s\n", name->name);
  exit(1);
}
static Cell *eval(Cell *e, Cell *scope);
static Cell *eval_all(Cell *list, Cell *scope) { return list ? cons(eval(list->head, scope), eval_all(list->tail, scope)) : NULL; }
static Cell *apply(Cell *f, Cell *arguments) {
  if (f->kind == primitive) return f->call(arguments);
  Cell *scope = f->scope;
  for (Cell *p = f->parameters; p; p = p->tail, arguments = arguments->tail) scope = cons(cons(p->head, arguments->head), scope);
  return eval(f->body, scope);
}
static Cell *eval(Cell *e, Cell *scope) {
  if (!e || e->kind == number) return e;
  if (e->kind == symbol) return lookup(e, scope)->tail;
  const char *head = e->head && e->head->kind == symbol ? e->head->name : "";
  if (!strcmp(head, "quote")) return e->tail->head;
  if (!strcmp(head, "if")) { Cell *test = eval(e->tail->head, scope); return eval(test && !(test->kind == number && test->n == 0) ? e->tail->tail->head : e->tail->tail->tail->head, scope); }
  if (!strcmp(head, "lambda")) { Cell *c = make(closure); c->parameters = e->tail->head, c->body = e->tail->tail->head, c->scope = scope; return c; }
  if (!strcmp(head, "define")) { global = cons(cons(e->tail->head, NULL), global); return global->head->tail = eval(e->tail->tail->head, scope); }
  return apply(eval(e->head, scope), eval_all(e->tail, scope));
}
static Cell *add(Cell *a) { return num(a->head->n + a->tail->head->n); }
static Cell *sub(Cell *a) { return num(a->head->n - a->tail->head->n); }
static Cell *mul(Cell *a) { return num(a->head->n * a->tail->head->n); }
static Cell *less(Cell *a) { return num(a->head->n < a->tail->head->n); }
static Cell *pcons(Cell *a) { return cons(a->head, a->tail->head); }
static Cell *car(Cell *a) { return a->head->head; }
static Cell *cdr(Cell *a) { return a->head->tail; }
static void print(Cell *c) {
  if (!c) printf("()");
  else if (c->kind == number) printf("%lld", c->n);
  else if (c->kind == symbol) printf("%s", c->name);
  else if (c->kind != pair) printf("<function>");
  else { printf("("); for (; c; c = c->tail) { print(c->head); if (c->tail) printf(" "); } printf(")"); }
}

int main(void) {
  static const struct { const char *name; Primitive call; } built_in[] = {{"+", add}, {"-", sub}, {"*", mul}, {"<", less}, {"cons", pcons}, {"car", car}, {"cdr", cdr}};
  for (int i = 0; i < 7; i++) { Cell *p = make(primitive); p->call = built_in[i].call; global = cons(cons(intern(built_in[i].name), p), global); }
  static const char *const program[] = {
    "(define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))", "(fact 20)",
    "(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))", "(fib 18)",
    "(define map (lambda (f l) (if l (cons (f (car l)) (map f (cdr l))) (quote ()))))",
    "(map (lambda (x) (* x x)) (quote (1 2 3 4 5)))",
    "(define adder (lambda (n) (lambda (x) (+ x n))))", "((adder 5) 37)", "(quote (a (b c) 3))", "car"};
  for (unsigned i = 0; i < sizeof program / sizeof *program; i++) { in = program[i]; print(eval(read_one(), NULL)); puts(""); }
  return 0;
}
