#include <srflx/streams.h>

#include <fcntl.h>
#include <unistd.h>

/* open() takes the lowest number that is free, which is `fd` if those below are in use. */
void srflx_streams_reserve(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) return;
}
