// main's result modulo 256.
int main(void) { return 0x1234; }
