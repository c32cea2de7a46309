// Directories and descriptors: mkdir, opendir, stat, open, lseek, pread, ftruncate, access, unlink, rmdir, getcwd.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void) {
  printf("%d\n", mkdir("folder", 0777));
  int again = mkdir("folder", 0777);
  printf("%d %d\n", again, errno == EEXIST);
  const char *names[] = {"folder/b", "folder/a", "folder/c"};
  for (int i = 0; i < 3; i++) {
    int fd = open(names[i], O_CREAT | O_RDWR | O_TRUNC, 0666);
    if (fd < 0) return 1;
    if (write(fd, "0123456789", 10) != 10) return 2;
    ftruncate(fd, 5 + i);
    char text[4] = {0};
    pread(fd, text, 3, 1);
    printf("%s %d\n", text, (int)lseek(fd, 0, SEEK_END));
    close(fd);
  }
  struct stat status;
  stat("folder/b", &status);
  printf("%d %d\n", (int)status.st_size, S_ISREG(status.st_mode) != 0);
  stat("folder", &status);
  printf("%d %d\n", S_ISDIR(status.st_mode) != 0, access("folder/zzz", F_OK));
  char *found[8];
  int count = 0;
  DIR *directory = opendir("folder");
  for (struct dirent *e; (e = readdir(directory));) if (e->d_name[0] != '.') found[count++] = strdup(e->d_name);
  closedir(directory);
  qsort(found, count, sizeof *found, by_name);
  for (int i = 0; i < count; i++) printf("%s ", found[i]), free(found[i]);
  puts("");
  printf("%d\n", rmdir("folder"));
  for (int i = 0; i < 3; i++) unlink(names[i]);
  printf("%d\n", rmdir("folder"));
  char here[1024];
  printf("%d\n", getcwd(here, sizeof here) != NULL);
  int closed = close(99);
  printf("%d %d\n", closed, errno == EBADF);
  return 0;
}
