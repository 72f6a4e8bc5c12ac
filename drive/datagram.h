/* What the two socket drivers share: the memory of one received datagram, the way from a received
 * msghdr to a packet, and the counting of answers that did not leave. */
#ifndef SRFLX_DRIVE_DATAGRAM_H
#define SRFLX_DRIVE_DATAGRAM_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "pktinfo.h"
#include "udp.h"

/* The small parts come first: so the beginnings of consecutive slots fall on different cache sets.
 */
struct srflx_slot {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name;
    union srflx_pktinfo control;
    uint8_t bytes[SRFLX_UDP_SLOT];
};

/* Points `message` at the slot, ready to receive. `ret_bytes` is the message's iovec. */
void srflx_slot_prepare(struct srflx_slot *slot, struct iovec *ret_bytes,
                        struct msghdr *ret_message);

/* Makes a message ready again that has received: only the lengths have changed. */
void srflx_slot_reuse(struct msghdr *message);

/* Makes a packet of a received message of `len` bytes, and turns its control message around for the
 * answer. Returns false for a datagram that is to be dropped, which is then counted. */
bool srflx_datagram_read(struct msghdr *message, size_t len, struct srflx_udp_socket *socket,
                         struct srflx_packet *ret_packet);

/* Sends one datagram that nothing just received belongs to. Counts it, or why it could not be sent. */
void srflx_datagram_send(struct srflx_udp_socket *socket, const struct srflx_addr *from,
                         const struct srflx_addr *to, struct srflx_view bytes);

/* Counts an answer that could not be sent, by its errno. */
void srflx_datagram_count_lost(struct srflx_udp_counters *counters, int error);

#endif
