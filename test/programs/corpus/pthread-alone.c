// Mutexes and once-flags work in a program of one thread.
#include <pthread.h>
#include <stdio.h>
#include <threads.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int count;
static void initialize(void) { count += 10; }

int main(void) {
  pthread_once(&once, initialize);
  pthread_once(&once, initialize);
  printf("%d\n", pthread_mutex_lock(&lock));
  count++;
  printf("%d\n", pthread_mutex_unlock(&lock));
  pthread_key_t key;
  pthread_key_create(&key, NULL);
  pthread_setspecific(key, &count);
  printf("%d %d\n", *(int *)pthread_getspecific(key), pthread_equal(pthread_self(), pthread_self()) != 0);
  return 0;
}
