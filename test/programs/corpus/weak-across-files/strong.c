__attribute__((weak)) int only_weak(void) { return 8; }
int chosen(void) { return 2; }
int number = 2;
int from_other(void) { return chosen() * 10 + number; }
