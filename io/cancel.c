#include <srflx/cancel.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static void configure(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

int srflx_cancel_init(struct srflx_cancel *ret_cancel)
{
    int ends[2];

    if (pipe(ends)) return SRFLX_ERROR_SYSTEM;
    configure(ends[0]);
    configure(ends[1]);
    ret_cancel->wait_fd = ends[0];
    ret_cancel->trigger_fd = ends[1];
    return 0;
}

/* A pipe that is full has been triggered often enough. */
void srflx_cancel_trigger(const struct srflx_cancel *cancel)
{
    const int before = errno;
    const ssize_t written = write(cancel->trigger_fd, "", 1);

    (void)written;
    errno = before;
}

bool srflx_cancel_is_triggered(const struct srflx_cancel *cancel)
{
    struct pollfd readable = {.fd = cancel->wait_fd, .events = POLLIN};

    return poll(&readable, 1, 0) == 1;
}

void srflx_cancel_clean_up(struct srflx_cancel *cancel)
{
    close(cancel->wait_fd);
    close(cancel->trigger_fd);
    cancel->wait_fd = cancel->trigger_fd = -1;
}
