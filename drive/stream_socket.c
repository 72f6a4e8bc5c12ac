#define _GNU_SOURCE /* SOCK_CLOEXEC, TCP_DEFER_ACCEPT */
#include "stream_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket_steps.h"
#include "steering.h"

/* What connections inherit. The kernel would let a client that reads nothing hold megabytes of
 * answers, and one that sends without end megabytes of requests. */
static int configure_inherited(int fd)
{
    if (srflx_socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1)) return SRFLX_ERROR_SYSTEM;
    if (srflx_socket_set(fd, SOL_SOCKET, SO_SNDBUF, SRFLX_STREAM_KERNEL)) return SRFLX_ERROR_SYSTEM;
    return srflx_socket_set(fd, SOL_SOCKET, SO_RCVBUF, SRFLX_STREAM_KERNEL);
}

/* SO_REUSEADDR lets a server start again while connections of the last one are in TIME_WAIT. */
static int configure(int fd, uint8_t family)
{
    if (family == SRFLX_IPV6 && srflx_socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return SRFLX_ERROR_SYSTEM;
    if (srflx_socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return SRFLX_ERROR_SYSTEM;
    if (srflx_socket_set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, SRFLX_STREAM_DEFER_S))
        return SRFLX_ERROR_SYSTEM;
    return configure_inherited(fd);
}

/* Binds, but does not listen yet. `join`: others with SO_REUSEPORT hold the address already. */
static int open_bound(const struct srflx_addr *local, bool join,
                      struct srflx_stream_socket *ret_socket)
{
    const int domain = local->family == SRFLX_IPV6 ? AF_INET6 : AF_INET;
    struct srflx_stream_socket opened = {.local = *local};

    opened.fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened.fd < 0) return SRFLX_ERROR_SYSTEM;
    if (configure(opened.fd, local->family) ||
        (join && srflx_socket_set(opened.fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
        srflx_socket_bind(opened.fd, &opened.local)) {
        srflx_socket_close(opened.fd);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_socket = opened;
    return 0;
}

static int start(const struct srflx_stream_socket *socket)
{
    return listen(socket->fd, SRFLX_STREAM_BACKLOG) ? SRFLX_ERROR_SYSTEM : 0;
}

/* The first socket binds without SO_REUSEPORT, so that it joins no stranger's group, and has the
 * option before it listens: then the kernel makes the group, whose sockets are numbered as they
 * begin to listen. */
static int open_rest(struct srflx_stream_socket *sockets, unsigned count, unsigned *opened)
{
    const struct srflx_addr local = sockets[0].local;

    if (count > 1 && srflx_socket_set(sockets[0].fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return SRFLX_ERROR_SYSTEM;
    if (start(&sockets[0])) return SRFLX_ERROR_SYSTEM;
    for (; *opened < count; ++*opened) {
        if (open_bound(&local, true, &sockets[*opened])) return SRFLX_ERROR_SYSTEM;
        if (start(&sockets[*opened])) {
            srflx_socket_close(sockets[*opened].fd);
            return SRFLX_ERROR_SYSTEM;
        }
    }
    return count > 1 ? srflx_steering_attach(sockets[0].fd, local.family, count, 0) : 0;
}

int srflx_stream_open_group(const struct srflx_addr *local, unsigned count,
                            struct srflx_stream_socket *ret_sockets)
{
    unsigned opened = 1;

    if (open_bound(local, false, &ret_sockets[0])) return SRFLX_ERROR_SYSTEM;
    if (open_rest(ret_sockets, count, &opened)) {
        const int error = errno;
        srflx_stream_close_group(ret_sockets, opened);
        errno = error;
        return SRFLX_ERROR_SYSTEM;
    }
    return 0;
}

void srflx_stream_close_group(struct srflx_stream_socket *sockets, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        close(sockets[i].fd);
}
