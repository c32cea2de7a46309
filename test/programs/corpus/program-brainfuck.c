// A brainfuck interpreter on a jump table, run on a program that prints squares.
#include <stdio.h>
#include <string.h>

int main(void) {
  static const char program[] = "++++[>+++++<-]>[<+++++>-]+<+[>[>+>+<<-]++>>[<<+>>-]>>>[-]++>[-]+>>>+[[-]++++++>>>]<<<[[<++++++++<++>>-]+<.<[>----<-]<]<<[>>>>>[>>>[-]+++++++++<[>-<-]+++++++++>[-[<->-]+[<<<]]<[>+<-]>]<<-]<<-]";
  static int jump[sizeof program], stack[64];
  static unsigned char cells[300];
  int depth = 0;
  for (int i = 0; program[i]; i++) {
    if (program[i] == '[') stack[depth++] = i;
    else if (program[i] == ']') { int open = stack[--depth]; jump[i] = open; jump[open] = i; }
  }
  unsigned char *p = cells + 10;
  long long steps = 0;
  for (int i = 0; program[i]; i++, steps++) switch (program[i]) {
    case '>': p++; break;
    case '<': p--; break;
    case '+': ++*p; break;
    case '-': --*p; break;
    case '.': putchar(*p); break;
    case '[': if (!*p) i = jump[i]; break;
    case ']': if (*p) i = jump[i]; break;
  }
  printf("%lld\n", steps);
  return 0;
}
