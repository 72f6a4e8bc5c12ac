#define _GNU_SOURCE /* SOCK_CLOEXEC, SO_RCVBUFFORCE, IP_MTU_DISCOVER */
#include "udp_socket.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pktinfo.h"
#include "socket_steps.h"
#include "steering.h"

/* The FORCE forms pass the administrator's limit, and need CAP_NET_ADMIN. Less is no failure: the
 * kernel then drops sooner under load. */
static void enlarge_buffers(int fd)
{
    if (srflx_socket_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SRFLX_UDP_BUFFER))
        (void)srflx_socket_set(fd, SOL_SOCKET, SO_RCVBUF, SRFLX_UDP_BUFFER);
    if (srflx_socket_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SRFLX_UDP_BUFFER))
        (void)srflx_socket_set(fd, SOL_SOCKET, SO_SNDBUF, SRFLX_UDP_BUFFER);
}

/* Answers are small and carry no retransmission of their own: they must not be lost to a path MTU that
 * somebody else may have forged. All three settings ignore what the kernel has learnt. PROBE also forbids
 * fragments, and an answer over IPv4 is never longer than the 576 bytes that every path carries
 * (lib/server/answer.c). A packet that may be fragmented needs an identification, which for a client's
 * first packet costs the kernel two cache misses, 4 to 7 % of the whole answer (docs/performance.md). */
static int ignore_path_mtu(int fd, uint8_t family)
{
    if (family == SRFLX_IPV4)
        return srflx_socket_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (!srflx_socket_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)) return 0;
    return srflx_socket_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
}

static int configure(int fd, uint8_t family)
{
    enlarge_buffers(fd);
    if (family == SRFLX_IPV6 && srflx_socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return SRFLX_ERROR_SYSTEM;
    if (ignore_path_mtu(fd, family)) return SRFLX_ERROR_SYSTEM;
    return srflx_pktinfo_enable(fd, family);
}

/* `join`: the address already belongs to sockets that have SO_REUSEPORT. */
static int open_socket(const struct srflx_addr *local, bool join,
                       struct srflx_udp_socket *ret_socket)
{
    const int domain = local->family == SRFLX_IPV6 ? AF_INET6 : AF_INET;
    struct srflx_udp_socket opened = {.local = *local};

    opened.fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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

/* A flight of a handshake is longer than what every path carries. IPv6 never forbids to fragment (above). */
static int allow_fragments(const struct srflx_udp_socket *socket)
{
    if (socket->local.family == SRFLX_IPV6) return 0;
    return srflx_socket_set(socket->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
}

/* Bound with SO_REUSEPORT from the start, the first socket would join the group of whoever was
 * there before. Without it, a port in use is an error; the option then opens the group to the
 * others. */
static int open_others(struct srflx_udp_socket *sockets, unsigned workers, unsigned dtls,
                       unsigned *opened)
{
    const struct srflx_addr local = sockets[0].local;
    const unsigned count = workers + dtls;

    if (count == 1) return 0;
    if (srflx_socket_set(sockets[0].fd, SOL_SOCKET, SO_REUSEPORT, 1)) return SRFLX_ERROR_SYSTEM;
    for (; *opened < count; ++*opened)
        if (open_socket(&local, true, &sockets[*opened])) return SRFLX_ERROR_SYSTEM;
    for (unsigned i = workers; i < count; i++)
        if (allow_fragments(&sockets[i])) return SRFLX_ERROR_SYSTEM;
    return srflx_steering_attach(sockets[0].fd, local.family, workers, dtls);
}

int srflx_udp_open_group(const struct srflx_addr *local, unsigned workers, unsigned dtls,
                         struct srflx_udp_socket *ret_sockets)
{
    unsigned opened = 1;

    if (open_socket(local, false, &ret_sockets[0])) return SRFLX_ERROR_SYSTEM;
    if (open_others(ret_sockets, workers, dtls, &opened)) {
        const int error = errno;
        srflx_udp_close_group(ret_sockets, opened);
        errno = error;
        return SRFLX_ERROR_SYSTEM;
    }
    return 0;
}

void srflx_udp_close_group(struct srflx_udp_socket *sockets, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        close(sockets[i].fd);
}

size_t srflx_udp_receive_buffer(const struct srflx_udp_socket *socket)
{
    int doubled = 0; /* by the kernel, for its own bookkeeping */
    socklen_t len = sizeof doubled;

    if (getsockopt(socket->fd, SOL_SOCKET, SO_RCVBUF, &doubled, &len)) return 0;
    return (size_t)doubled / 2;
}

uint64_t srflx_udp_overflows(const struct srflx_udp_socket *socket)
{
    uint32_t figures[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof figures;

    if (getsockopt(socket->fd, SOL_SOCKET, SO_MEMINFO, figures, &len)) return 0;
    return figures[SK_MEMINFO_DROPS];
}
