#define _POSIX_C_SOURCE 200809L
#include "socket_steps.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/sockaddr.h>

int srflx_socket_set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) ? SRFLX_ERROR_SYSTEM : 0;
}

int srflx_socket_bind(int fd, struct srflx_addr *local)
{
    struct sockaddr_storage name;
    socklen_t len = srflx_addr_to_sockaddr(local, &name);

    if (bind(fd, (struct sockaddr *)&name, len)) return SRFLX_ERROR_SYSTEM;
    len = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &len)) return SRFLX_ERROR_SYSTEM;
    srflx_addr_from_sockaddr((struct sockaddr *)&name, local);
    return 0;
}

void srflx_socket_close(int fd)
{
    const int error = errno;

    close(fd);
    errno = error;
}
