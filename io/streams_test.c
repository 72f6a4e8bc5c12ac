#include <srflx/streams.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* What a child sees that was started without the three: bits of what is wrong. */
static int look_without_streams(void)
{
    int fd, wrong = 0;

    for (fd = 0; fd <= 2; fd++)
        close(fd);
    srflx_streams_reserve();
    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) wrong |= 1 << fd;
    if (write(1, "x", 1) >= 0 || errno != EBADF) wrong |= 8;
    fd = open("/dev/null", O_RDONLY);
    return fd > 2 ? wrong : wrong | 16;
}

TEST(no_file_gets_their_numbers)
{
    int status;
    const pid_t child = fork();

    if (!child) _exit(look_without_streams());
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(open_streams_are_left_alone)
{
    const int before = fcntl(1, F_GETFL);

    srflx_streams_reserve();
    CHECK_INT(fcntl(1, F_GETFL), before);
}

RUN(TEST_OF(no_file_gets_their_numbers), TEST_OF(open_streams_are_left_alone))
