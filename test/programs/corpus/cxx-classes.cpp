// Virtual functions, multiple and virtual inheritance, pure virtual bases, dynamic_cast, typeid, order of construction.
#include <cstdio>
#include <cstring>
#include <typeinfo>

static int depth;
struct Noisy { const char *name; Noisy(const char *n) : name(n) { std::printf("+%s ", name); depth++; } ~Noisy() { std::printf("-%s ", name); depth--; } };
struct Shape { virtual double area() const = 0; virtual const char *name() const { return "shape"; } virtual ~Shape() {} };
struct Square : Shape { double side; Square(double s) : side(s) {} double area() const override { return side * side; } const char *name() const override { return "square"; } };
struct Circle final : Shape { double r; Circle(double r) : r(r) {} double area() const override { return 3 * r * r; } };
struct Base { int b = 1; virtual int get() { return b; } virtual ~Base() = default; };
struct Left : virtual Base { int l = 2; int get() override { return b + l; } };
struct Right : virtual Base { int r = 3; virtual int other() { return r; } };
struct Both : Left, Right { Noisy n{"both"}; int get() override { return Left::get() * 10 + other(); } int other() override { return 9; } };

int main() {
  Shape *shapes[] = {new Square(2), new Circle(1), new Square(3)};
  double total = 0;
  for (auto s : shapes) total += s->area(), std::printf("%s ", s->name());
  std::printf("%g\n", total);
  std::printf("%d %d\n", dynamic_cast<Circle *>(shapes[0]) == nullptr, dynamic_cast<Circle *>(shapes[1]) != nullptr);
  for (auto s : shapes) delete s;
  {
    Both both;
    Base *base = &both;
    Right *right = &both;
    std::printf("%d %d %d\n", base->get(), right->other(), dynamic_cast<Left *>(right) == &both);
    std::printf("%d %d\n", typeid(*base) == typeid(Both), std::strcmp(typeid(*right).name(), typeid(Both).name()));
    Noisy a("a"), b("b");
  }
  std::printf("%d\n", depth);
  Noisy *list = new Noisy[2]{{"x"}, {"y"}};
  delete[] list;
  std::puts("");
  int (Base::*member)() = &Base::get;
  Both again;
  std::printf("%d\n", (again.*member)());
}
