// Inline functions and variables, templates, virtual tables and type information exist once, however many files have them.
#include "shared.h"
#include <typeinfo>

int *other_counter(), *other_shared(), *other_global();
Shape *make();
const std::type_info &other_type();
static Loud first("first"), second("second");

int main() {
  counter()++;
  *shared<int>() = 7;
  global = 6;
  std::printf("%d %d %d\n", *other_counter(), *other_shared(), *other_global());
  std::printf("%d %d\n", &counter() == other_counter(), shared<int>() == other_shared());
  Shape *shape = make();
  std::printf("%d %d %d\n", shape->sides(), dynamic_cast<Shape *>(shape) == shape, typeid(Shape) == other_type());
  delete shape;
}
