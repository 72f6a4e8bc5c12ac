#define _POSIX_C_SOURCE 200809L
#include "datagram.h"

#include <errno.h>
#include <string.h>

#include <srflx/sockaddr.h>

void srflx_slot_prepare(struct srflx_slot *slot, struct iovec *ret_bytes,
                        struct msghdr *ret_message)
{
    ret_bytes->iov_base = slot->bytes;
    ret_bytes->iov_len = sizeof slot->bytes;
    memset(ret_message, 0, sizeof *ret_message);
    ret_message->msg_name = &slot->name;
    ret_message->msg_iov = ret_bytes;
    ret_message->msg_iovlen = 1;
    ret_message->msg_control = &slot->control;
    srflx_slot_reuse(ret_message);
}

void srflx_slot_reuse(struct msghdr *message)
{
    message->msg_namelen = sizeof((struct srflx_slot *)0)->name;
    message->msg_controllen = sizeof((struct srflx_slot *)0)->control;
}

bool srflx_datagram_read(struct msghdr *message, size_t len, struct srflx_udp_socket *socket,
                         struct srflx_packet *ret_packet)
{
    if (message->msg_flags & MSG_TRUNC) {
        socket->counters.truncated++;
        return false;
    }
    if (!srflx_pktinfo_turn(message, &ret_packet->to)) {
        socket->counters.not_unicast++;
        return false;
    }
    if (!srflx_addr_from_sockaddr(message->msg_name, &ret_packet->from)) return false;
    ret_packet->to.port = socket->local.port;
    ret_packet->bytes.ptr = message->msg_iov->iov_base;
    ret_packet->bytes.len = len;
    ret_packet->transport = SRFLX_UDP;
    return true;
}

void srflx_datagram_count_lost(struct srflx_udp_counters *counters, int error)
{
    switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
        counters->send_full++;
        return;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
        counters->send_unreachable++;
        return;
    case EPERM:
    case EACCES:
        counters->send_forbidden++;
        return;
    default:
        counters->send_failed++;
        return;
    }
}

void srflx_datagram_send(struct srflx_udp_socket *socket, const struct srflx_addr *from,
                         const struct srflx_addr *to, struct srflx_view bytes)
{
    struct sockaddr_storage name;
    union srflx_pktinfo control;
    struct iovec part = {(void *)(uintptr_t)bytes.ptr, bytes.len}; /* only read */
    struct msghdr message = {.msg_name = &name, .msg_iov = &part, .msg_iovlen = 1};

    message.msg_namelen = srflx_addr_to_sockaddr(to, &name);
    message.msg_control = &control;
    message.msg_controllen = srflx_pktinfo_write(from, &control);
    if (sendmsg(socket->fd, &message, 0) < 0)
        srflx_datagram_count_lost(&socket->counters, errno);
    else
        socket->counters.answered++;
}
