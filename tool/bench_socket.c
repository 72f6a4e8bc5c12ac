#define _GNU_SOURCE /* recvmmsg, sendmmsg, struct in_pktinfo */
#include "bench_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>

enum { BUFFER = 4 << 20, SEND_TRIES = 3 };

_Static_assert(sizeof(struct in_pktinfo) <= 20 && sizeof(struct in6_pktinfo) <= 20,
               "the control buffer holds either");

static int set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value);
}

static int open_socket(uint8_t family)
{
    return socket(family == SRFLX_IPV4 ? AF_INET : AF_INET6,
                  SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void prepare_source(struct bench_batch *batch, size_t i)
{
    struct msghdr *message = &batch->out[i].msg_hdr;
    bool v4 = batch->server.family == SRFLX_IPV4;
    size_t size = v4 ? sizeof(struct in_pktinfo) : sizeof(struct in6_pktinfo);
    struct cmsghdr *control;

    message->msg_control = &batch->source[i];
    message->msg_controllen = CMSG_SPACE(size);
    control = CMSG_FIRSTHDR(message);
    control->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    control->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
    control->cmsg_len = CMSG_LEN(size);
}

void bench_batch_prepare(struct bench_batch *batch, const struct srflx_addr *server, bool sources)
{
    socklen_t len;

    memset(batch, 0, sizeof *batch);
    batch->server = *server;
    len = srflx_addr_to_sockaddr(server, &batch->server_name);
    for (size_t i = 0; i < BENCH_BATCH; i++) {
        batch->request_bytes[i].iov_base = batch->requests[i];
        batch->answer_bytes[i] = (struct iovec){batch->answers[i], BENCH_ANSWER_MAX};
        batch->out[i].msg_hdr.msg_iov = &batch->request_bytes[i];
        batch->out[i].msg_hdr.msg_iovlen = 1;
        batch->in[i].msg_hdr.msg_iov = &batch->answer_bytes[i];
        batch->in[i].msg_hdr.msg_iovlen = 1;
        if (!sources) continue;
        batch->out[i].msg_hdr.msg_name = &batch->server_name;
        batch->out[i].msg_hdr.msg_namelen = len;
        batch->in[i].msg_hdr.msg_name = &batch->senders[i];
        prepare_source(batch, i);
    }
}

void bench_batch_set_source(struct bench_batch *batch, size_t i, const struct srflx_addr *source)
{
    uint8_t *data = CMSG_DATA(CMSG_FIRSTHDR(&batch->out[i].msg_hdr));

    if (source->family == SRFLX_IPV4)
        memcpy(data + offsetof(struct in_pktinfo, ipi_spec_dst), source->ip, 4);
    else
        memcpy(data + offsetof(struct in6_pktinfo, ipi6_addr), source->ip, 16);
}

/* Less room than asked for is no failure: the kernel then drops sooner. FREEBIND: an address of a
 * local route is not one of an interface, and IPv6 tells them apart. */
static int configure(int fd, uint8_t family, bool sources)
{
    bool v4 = family == SRFLX_IPV4;

    if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)) (void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
    if (sources && !v4 && set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)) return -1;
    if (!v4 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return -1;
    return v4 ? set(fd, IPPROTO_IP, IP_RECVERR, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

static int bind_and_connect(int fd, const struct srflx_addr *server, const struct srflx_addr *from,
                            bool sources)
{
    struct sockaddr_storage name;
    struct srflx_addr any = {.family = server->family};
    socklen_t len = srflx_addr_to_sockaddr(from->family ? from : &any, &name);

    if (bind(fd, (struct sockaddr *)&name, len)) return -1;
    if (sources) return 0;
    len = srflx_addr_to_sockaddr(server, &name);
    return connect(fd, (struct sockaddr *)&name, len);
}

int bench_port_open(const struct srflx_addr *server, const struct srflx_addr *from, bool sources,
                    struct bench_port *ret_port)
{
    struct bench_port port = {.fd = open_socket(server->family)};
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    int error;

    if (port.fd < 0) return -1;
    if (configure(port.fd, server->family, sources) ||
        bind_and_connect(port.fd, server, from, sources) ||
        getsockname(port.fd, (struct sockaddr *)&name, &len)) {
        error = errno;
        close(port.fd);
        errno = error;
        return -1;
    }
    srflx_addr_from_sockaddr((struct sockaddr *)&name, &port.local);
    port.local.scope = 0;
    *ret_port = port;
    return 0;
}

/* Errors of earlier datagrams, which sending and receiving report once. */
static bool is_from_the_network(int error)
{
    return srflx_socket_error_kind(error) != SRFLX_SOCKET_LOCAL;
}

int bench_port_send(struct bench_batch *batch, const struct bench_port *port, size_t count)
{
    size_t done = 0;
    int sent, tries = 0;

    while (done < count) {
        sent = sendmmsg(port->fd, batch->out + done, (unsigned)(count - done), 0);
        if (sent > 0) {
            done += (size_t)sent;
            tries = 0;
            continue;
        }
        if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) break;
        if (errno != EINTR && (!is_from_the_network(errno) || ++tries == SEND_TRIES)) return -1;
    }
    return (int)done;
}

int bench_port_receive(struct bench_batch *batch, const struct bench_port *port, size_t most)
{
    bool named = batch->in[0].msg_hdr.msg_name != NULL;
    int got;

    if (most > BENCH_BATCH) most = BENCH_BATCH;
    for (size_t i = 0; named && i < most; i++)
        batch->in[i].msg_hdr.msg_namelen = sizeof batch->senders[i];
    got = recvmmsg(port->fd, batch->in, (unsigned)most, MSG_DONTWAIT, NULL);
    if (got >= 0) return got;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

struct srflx_view bench_batch_answer(const struct bench_batch *batch, size_t i)
{
    return (struct srflx_view){batch->answers[i], batch->in[i].msg_len};
}

bool bench_batch_is_from_server(const struct bench_batch *batch, size_t i)
{
    struct srflx_addr sender;

    if (!batch->in[i].msg_hdr.msg_name) return true; /* the socket is connected */
    return srflx_addr_from_sockaddr((const struct sockaddr *)&batch->senders[i], &sender) &&
           srflx_addr_equal(&sender, &batch->server);
}

bool bench_port_take_error(const struct bench_port *port, uint8_t space[BENCH_REQUEST_MAX],
                           struct srflx_view *ret_request, unsigned *ret_verdict)
{
    union {
        struct cmsghdr alignment;
        uint8_t bytes[512];
    } control;
    struct iovec bytes = {space, BENCH_REQUEST_MAX};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct sock_extended_err error = {.ee_errno = 0};
    struct cmsghdr *one;
    ssize_t len = recvmsg(port->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);

    if (len < 0) return false;
    for (one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one))
        if ((one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_RECVERR) ||
            (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_RECVERR))
            memcpy(&error, CMSG_DATA(one), sizeof error);
    *ret_request = (struct srflx_view){space, (size_t)len};
    *ret_verdict = error.ee_errno == ECONNREFUSED ? BENCH_ERROR_REFUSED : BENCH_ERROR_UNREACHABLE;
    return true;
}
