#define _XOPEN_SOURCE 700 /* realpath */

#include <srflx/secret_file.h>
#include <srflx/wipe.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A text that a long path cuts short still says the most; compilers shall not worry about it. */
static int say_errno(const char *path, const char *step, char *ret_text)
{
    const char *why = strerror(errno);

    if (snprintf(ret_text, SRFLX_FILE_TEXT, "%s: cannot %s: %s", path, step, why) < 0)
        ret_text[0] = '\0';
    return SRFLX_ERROR_SYSTEM;
}

static int say(const char *path, const char *what, char *ret_text)
{
    snprintf(ret_text, SRFLX_FILE_TEXT, "%s: %s", path, what);
    return SRFLX_ERROR_SYSTEM;
}

static int check_file(int fd, const char *path, size_t most, size_t *ret_len, char *ret_text)
{
    struct stat about;

    if (fstat(fd, &about)) return say_errno(path, "look at it", ret_text);
    if (!S_ISREG(about.st_mode)) return say(path, "is no regular file", ret_text);
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return say(path, "holds secrets that others may read: chmod 600 it", ret_text);
    if (about.st_size < 0 || (uint64_t)about.st_size > most)
        return say(path, "is larger than any such file", ret_text);
    *ret_len = (size_t)about.st_size;
    return 0;
}

/* Reads up to `len` bytes; fewer if the file has shrunk. */
static int read_all(int fd, const char *path, uint8_t *bytes, size_t *len, char *ret_text)
{
    size_t done = 0;

    while (done < *len) {
        ssize_t part = read(fd, bytes + done, *len - done);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return say_errno(path, "read it", ret_text);
        if (part == 0) break;
        done += (size_t)part;
    }
    *len = done;
    bytes[done] = '\0';
    return 0;
}

/* Not waiting for a writer, should it be a pipe. */
int srflx_secret_file_read(const char *path, size_t most, uint8_t **ret_bytes, size_t *ret_len,
                           char *ret_text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    uint8_t *bytes;
    size_t len, reserved;
    int error;

    if (fd < 0) return say_errno(path, "open it", ret_text);
    error = check_file(fd, path, most, &len, ret_text);
    if (error) {
        close(fd);
        return error;
    }
    reserved = len;
    bytes = malloc(len + 1);
    error =
        bytes ? read_all(fd, path, bytes, &len, ret_text) : say_errno(path, "read it", ret_text);
    close(fd);
    if (error) {
        srflx_secret_file_free(bytes, reserved);
        return error;
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}

void srflx_secret_file_free(uint8_t *bytes, size_t len)
{
    if (bytes) srflx_wipe(bytes, len);
    free(bytes);
}

static int write_all(int fd, struct srflx_view bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t part = write(fd, bytes.ptr + done, bytes.len - done);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return -1;
        done += (size_t)part;
    }
    return fsync(fd);
}

/* Writes and closes, whatever comes of it. */
static int finish(int fd, struct srflx_view bytes)
{
    int error = write_all(fd, bytes);
    int number = errno;

    if (close(fd)) return -1;
    errno = number;
    return error;
}

/* So that the new name survives a crash as well. */
static int sync_folder(const char *path)
{
    char folder[SRFLX_FILE_TEXT];
    char *slash;
    int fd, error;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = '\0';
    fd = open(slash ? folder : ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0) return -1;
    error = fsync(fd);
    close(fd);
    return error;
}

/* The file itself where `path` is a symbolic link to it, so that the link stays. What is not there yet has this name. */
static char *find_file(const char *path)
{
    struct stat about;
    char *file = realpath(path, NULL);

    if (file || errno != ENOENT || !lstat(path, &about)) return file;
    return strdup(path);
}

/* What root writes stays readable to the one who reads it. */
static int keep_owner(int fd, const char *file)
{
    struct stat old, new;

    if (stat(file, &old)) return errno == ENOENT ? 0 : -1;
    if (fstat(fd, &new)) return -1;
    return old.st_uid == new.st_uid ? 0 : fchown(fd, old.st_uid, old.st_gid);
}

static int write_beside(const char *file, struct srflx_view bytes, char *beside, char *ret_text)
{
    int fd = mkstemp(beside);

    if (fd < 0) return say_errno(file, "make a file beside it", ret_text);
    if (keep_owner(fd, file)) {
        say_errno(file, "keep its owner", ret_text);
        close(fd);
        return SRFLX_ERROR_SYSTEM;
    }
    return finish(fd, bytes) ? say_errno(beside, "write it", ret_text) : 0;
}

static int replace(const char *file, struct srflx_view bytes, char *ret_text)
{
    char beside[SRFLX_FILE_TEXT];
    int error, len = snprintf(beside, sizeof beside, "%s.XXXXXX", file);

    if (len < 0 || (size_t)len >= sizeof beside) return say(file, "has too long a name", ret_text);
    error = write_beside(file, bytes, beside, ret_text);
    if (!error && rename(beside, file)) error = say_errno(file, "replace it", ret_text);
    if (error) {
        unlink(beside);
        return error;
    }
    return sync_folder(file) ? say_errno(file, "sync its folder", ret_text) : 0;
}

int srflx_secret_file_replace(const char *path, struct srflx_view bytes, char *ret_text)
{
    char *file = find_file(path);
    int error;

    if (!file) return say_errno(path, "find it", ret_text);
    error = replace(file, bytes, ret_text);
    free(file);
    return error;
}
