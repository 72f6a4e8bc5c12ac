#define _XOPEN_SOURCE 700 /* realpath */

#include "file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <srflx/secret_file.h>

static int open_folder(const char *path)
{
    char *file = realpath(path, NULL);
    int fd;

    if (!file) file = strdup(path);
    if (!file) return -1;
    fd = open(dirname(file), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    free(file);
    return fd;
}

/* flock() is no part of POSIX, but every Unix has it; fcntl() cannot lock what is not open for writing, as
 * no folder is. */
static int lock(int fd, const char *path)
{
    int error;

    if (fd < 0) return -1;
    error = flock(fd, LOCK_EX | LOCK_NB);
    if (!error || errno != EWOULDBLOCK) return error;
    fprintf(stderr, "srflx: %s: waiting for another program that has locked its folder\n", path);
    do
        error = flock(fd, LOCK_EX);
    while (error && errno == EINTR);
    return error;
}

int file_lock(const char *path, char *ret_text)
{
    const int fd = open_folder(path);

    if (!lock(fd, path)) return fd;
    snprintf(ret_text, SRFLX_FILE_TEXT, "%s: cannot lock its folder: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return -1;
}
