extern const char *last_shape;
extern int constructed;
int area(int width, int height);
int volume(int width, int height, int depth) { int result = area(width, height) * depth; last_shape = "box"; return result + constructed - 1; }
