int does_not_exist(void);
int optional(void) { return does_not_exist(); }
