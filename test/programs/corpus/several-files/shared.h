struct pair { int x, y; };
extern int shared_counter, common_array[4];
extern struct pair origin;
extern int *pointer_to_origin;
extern int (*const operations[2])(int, int);
extern const char *const message;
extern _Thread_local int thread_value;
int even(unsigned n), odd(unsigned n), other_helper(void), read_common(void), read_thread_value(void), other_square(void);
void bump(void);
struct pair mirror(struct pair p);
int twice(int x), apply(int (*f)(int), int x), same_address(int (*f)(int));
static inline int inline_square(int x) { return x * x; }
