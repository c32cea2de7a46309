int constructed;
__attribute__((constructor)) static void construct(void) { constructed++; }
