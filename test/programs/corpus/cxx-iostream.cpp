// cin and cout: reading numbers and lines, formatting, cerr.
#include <iomanip>
#include <iostream>
#include <string>

int main() {
  int count, sum = 0;
  std::cin >> count;
  for (int i = 0, x; i < count && std::cin >> x; i++) sum += x;
  std::cin.ignore();
  std::string line;
  std::getline(std::cin, line);
  std::cout << sum << ' ' << line << '\n';
  std::cout << std::setw(8) << std::setfill('*') << 42 << std::left << std::setw(6) << 7 << '|' << std::endl;
  std::cout << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::scientific << 12345.678 << '\n';
  std::cout << std::boolalpha << true << ' ' << std::hex << std::showbase << 255 << std::dec << '\n';
  while (std::getline(std::cin, line)) std::cout << line.size() << ' ';
  std::cout << std::cin.eof() << std::endl;
  std::cerr << "to the error stream" << std::endl;
  return 4;
}
