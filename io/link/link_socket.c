/* The socket of a link: what the system is asked, and what its errors mean. */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>

/* Who the ends are in truth: asking 0.0.0.0 is asking 127.0.0.1. */
static void read_ends(struct srflx_link *link)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;

    if (!getpeername(link->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &link->server);
    len = sizeof storage;
    if (!getsockname(link->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &link->local);
}

static int bind_socket(int fd, const struct srflx_addr *local)
{
    struct sockaddr_storage storage;
    const socklen_t len = srflx_addr_to_sockaddr(local, &storage);

    return len ? bind(fd, (struct sockaddr *)&storage, len) : 0;
}

static int connect_socket(int fd, const struct srflx_addr *server)
{
    struct sockaddr_storage storage;
    const socklen_t len = srflx_addr_to_sockaddr(server, &storage);

    return connect(fd, (struct sockaddr *)&storage, len);
}

/* A message is small, whole, and must not wait for another. */
static void configure(const struct srflx_link *link)
{
    const int on = 1;

    fcntl(link->fd, F_SETFD, FD_CLOEXEC);
    fcntl(link->fd, F_SETFL, O_NONBLOCK);
    if (link->reliable) (void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Connected over UDP too, so that the kernel keeps strangers away and reports ICMP errors.
 * spec: R8489-6.2.2-01 */
int srflxi_link_open(struct srflx_link *link)
{
    const struct srflx_addr *server = &link->options.server, *local = &link->options.local;

    link->fd = socket(server->family == SRFLX_IPV6 ? AF_INET6 : AF_INET,
                      link->reliable ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (link->fd < 0)
        return srflxi_link_fail(link, SRFLX_LINK_STEP_SOCKET, SRFLX_ERROR_SYSTEM, errno);
    configure(link);
    if (bind_socket(link->fd, local))
        return srflxi_link_fail(link, SRFLX_LINK_STEP_BIND, SRFLX_ERROR_SYSTEM, errno);
    if (!connect_socket(link->fd, server)) {
        read_ends(link);
        return 0;
    }
    if (errno == EINPROGRESS) return 0;
    return srflxi_link_fail(link, SRFLX_LINK_STEP_CONNECT,
                            errno == ECONNREFUSED ? SRFLX_ERROR_UNREACHABLE : SRFLX_ERROR_SYSTEM,
                            errno);
}

/* What an errno of the network means. 0: nothing, what was sent may be lost.
 * spec: R8489-6.2.1-17 R8489-6.2.2-07 */
static int error_of(const struct srflx_link *link, int number)
{
    if (number == ETIMEDOUT) return SRFLX_ERROR_TIMEOUT;
    if (link->reliable && (number == ECONNRESET || number == EPIPE)) return SRFLX_ERROR_CLOSED;
    switch (srflx_socket_error_kind(number)) {
    case SRFLX_SOCKET_PASSING:
        return 0;
    case SRFLX_SOCKET_HARD:
        return SRFLX_ERROR_UNREACHABLE;
    default:
        return SRFLX_ERROR_SYSTEM;
    }
}

/* The network or the system has said `number`. Returns 0 if that is of no consequence. */
static int take_errno(struct srflx_link *link, int number)
{
    const int error = error_of(link, number);
    enum srflx_link_step step = SRFLX_LINK_STEP_TALK;

    if (!error) return 0;
    if (link->state != SRFLX_LINK_READY)
        step = error == SRFLX_ERROR_CLOSED ? SRFLX_LINK_STEP_HANDSHAKE : SRFLX_LINK_STEP_CONNECT;
    return srflxi_link_fail(link, step, error, number);
}

int srflxi_link_connected(struct srflx_link *link)
{
    struct pollfd writable = {.fd = link->fd, .events = POLLOUT};
    int number = 0;
    socklen_t len = sizeof number;

    if (poll(&writable, 1, 0) < 1) return 0;
    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &number, &len)) number = errno;
    if (number) {
        const int error = take_errno(link, number);
        return error ? error
                     : srflxi_link_fail(link, SRFLX_LINK_STEP_CONNECT, SRFLX_ERROR_SYSTEM, number);
    }
    read_ends(link);
    return 1;
}

/* Datagrams leave or are lost: who wants an answer asks again. */
static int flush_datagrams(struct srflx_link *link)
{
    size_t start = 0;
    int error = 0;
    unsigned i;

    for (i = 0; i < link->out.count && !error; i++) {
        const size_t end = link->out.ends[i];
        if (send(link->fd, link->out.bytes + start, end - start, MSG_NOSIGNAL) < 0)
            error = take_errno(link, errno);
        start = end;
    }
    link->out.len = 0;
    link->out.count = 0;
    return error;
}

static int flush_stream(struct srflx_link *link)
{
    ssize_t sent;

    while (link->out.len) {
        sent = send(link->fd, link->out.bytes, link->out.len, MSG_NOSIGNAL);
        if (sent < 0) return take_errno(link, errno);
        link->out.len -= (size_t)sent;
        memmove(link->out.bytes, link->out.bytes + sent, link->out.len);
    }
    return 0;
}

int srflxi_link_flush(struct srflx_link *link)
{
    return link->reliable ? flush_stream(link) : flush_datagrams(link);
}

static int end_of_stream(struct srflx_link *link)
{
    const enum srflx_link_step step =
        link->state == SRFLX_LINK_READY ? SRFLX_LINK_STEP_TALK : SRFLX_LINK_STEP_HANDSHAKE;

    return srflxi_link_fail(link, step, SRFLX_ERROR_CLOSED, 0);
}

int srflxi_link_receive(struct srflx_link *link)
{
    const ssize_t got = recv(link->fd, link->raw_bytes, sizeof link->raw_bytes, 0);

    if (got < 0) return take_errno(link, errno);
    if (!got && link->reliable) return end_of_stream(link);
    link->raw.ptr = link->raw_bytes;
    link->raw.len = (size_t)got;
    return 1;
}

/* spec: R8489-6.2.2-11 */
void srflxi_link_close(struct srflx_link *link, bool reset)
{
    const struct linger at_once = {1, 0};

    if (link->fd < 0) return;
    if (reset && link->reliable)
        (void)setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(link->fd);
    link->fd = -1;
}
