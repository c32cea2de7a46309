#include "shared.h"
#include <typeinfo>

struct Square : Shape {
  int sides() const override { return 4; }
};
static Loud third("third");

int *other_counter() { return &counter(); }
int *other_shared() { return shared<int>(); }
int *other_global() { return &global; }
Shape *make() { return new Square; }
const std::type_info &other_type() { return typeid(Shape); }
