#define _DEFAULT_SOURCE /* mkdtemp, fchmod */

#include <srflx/secret_file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/srflx-secret-XXXXXX";
static char path[64];

static void make_file(const char *content, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0);
    CHECK_INT(write(fd, content, strlen(content)), strlen(content));
    CHECK_INT(fchmod(fd, mode), 0);
    CHECK_INT(close(fd), 0);
}

static void check_refused(const char *what)
{
    char message[SRFLX_FILE_TEXT], wanted[SRFLX_FILE_TEXT];
    uint8_t *bytes = NULL;
    size_t len = 77;

    CHECK_INT(srflx_secret_file_read(path, 8, &bytes, &len, message), SRFLX_ERROR_SYSTEM);
    snprintf(wanted, sizeof wanted, "%s: %s", path, what);
    CHECK_STR(message, wanted);
    CHECK_NULL(bytes);
    CHECK_INT(len, 77);
}

TEST(reads_what_nobody_else_can)
{
    char message[SRFLX_FILE_TEXT];
    uint8_t *bytes;
    size_t len;

    make_file("12345678", 0400);
    CHECK_INT(srflx_secret_file_read(path, 8, &bytes, &len, message), 0);
    CHECK_INT(len, 8);
    CHECK_MEM(bytes, "12345678", 9);
    srflx_secret_file_free(bytes, len);
    CHECK_INT(unlink(path), 0);
}

TEST(refuses_the_rest_without_waiting)
{
    make_file("123456789", 0600);
    check_refused("is larger than any such file");
    CHECK_INT(chmod(path, 0604), 0);
    check_refused("holds secrets that others may read: chmod 600 it");
    CHECK_INT(chmod(path, 0620), 0);
    check_refused("holds secrets that others may read: chmod 600 it");
    CHECK_INT(unlink(path), 0);
    check_refused("cannot open it: No such file or directory");
    CHECK_INT(mkdir(path, 0700), 0);
    check_refused("is no regular file");
    CHECK_INT(rmdir(path), 0);
    CHECK_INT(mkfifo(path, 0600), 0);
    check_refused("is no regular file");
    CHECK_INT(unlink(path), 0);
}

TEST(replaces_whole_and_privately)
{
    char message[SRFLX_FILE_TEXT];
    struct stat about;
    uint8_t *bytes;
    size_t len;

    make_file("old", 0644);
    CHECK_INT(srflx_secret_file_replace(path, VIEW("new"), message), 0);
    CHECK_INT(stat(path, &about), 0);
    CHECK_INT(about.st_mode & 07777, 0600);
    CHECK_INT(srflx_secret_file_read(path, 8, &bytes, &len, message), 0);
    CHECK_MEM(bytes, "new", 4);
    srflx_secret_file_free(bytes, len);
    CHECK_INT(unlink(path), 0);
}

TEST(a_symbolic_link_stays_one)
{
    char message[SRFLX_FILE_TEXT], link[80], wanted[SRFLX_FILE_TEXT];
    struct stat about;
    uint8_t *bytes;
    size_t len;

    snprintf(link, sizeof link, "%s.link", path);
    CHECK_INT(symlink(path, link), 0);
    snprintf(wanted, sizeof wanted, "%s: cannot find it: No such file or directory", link);
    CHECK_INT(srflx_secret_file_replace(link, VIEW("new"), message), SRFLX_ERROR_SYSTEM);
    CHECK_STR(message, wanted);
    make_file("old", 0600);
    CHECK_INT(srflx_secret_file_replace(link, VIEW("new"), message), 0);
    CHECK_INT(lstat(link, &about), 0);
    CHECK(S_ISLNK(about.st_mode));
    CHECK_INT(srflx_secret_file_read(path, 8, &bytes, &len, message), 0);
    CHECK_MEM(bytes, "new", 4);
    srflx_secret_file_free(bytes, len);
    CHECK_INT(unlink(link), 0);
    CHECK_INT(unlink(path), 0);
}

TEST(the_owner_stays)
{
    char message[SRFLX_FILE_TEXT];
    struct stat about;

    if (geteuid() != 0) return; /* nobody else can give files away */
    make_file("old", 0600);
    CHECK_INT(chown(path, 4321, 4322), 0);
    CHECK_INT(srflx_secret_file_replace(path, VIEW("new"), message), 0);
    CHECK_INT(stat(path, &about), 0);
    CHECK_INT(about.st_uid, 4321);
    CHECK_INT(about.st_gid, 4322);
    CHECK_INT(about.st_mode & 07777, 0600);
    CHECK_INT(unlink(path), 0);
}

/* Nothing is left behind. */
TEST(a_failed_replacement_changes_nothing)
{
    char message[SRFLX_FILE_TEXT], long_path[SRFLX_FILE_TEXT + 8];

    CHECK_INT(mkdir(path, 0700), 0);
    CHECK_INT(srflx_secret_file_replace(path, VIEW("new"), message), SRFLX_ERROR_SYSTEM);
    CHECK(strstr(message, "cannot replace it: ") != NULL);
    CHECK_INT(rmdir(path), 0);
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    CHECK_INT(srflx_secret_file_replace(long_path, VIEW("new"), message), SRFLX_ERROR_SYSTEM);
    CHECK_INT(srflx_secret_file_replace("/nonexistent/file", VIEW("new"), message),
              SRFLX_ERROR_SYSTEM);
    CHECK_STR(message,
              "/nonexistent/file: cannot make a file beside it: No such file or directory");
    CHECK_INT(rmdir(folder), 0);
    CHECK_INT(mkdir(folder, 0700), 0);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/secret", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST_OF(reads_what_nobody_else_can),
                                       TEST_OF(refuses_the_rest_without_waiting),
                                       TEST_OF(replaces_whole_and_privately),
                                       TEST_OF(a_symbolic_link_stays_one),
                                       TEST_OF(the_owner_stays),
                                       TEST_OF(a_failed_replacement_changes_nothing)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
