/* PKTINFO: which of our addresses a datagram was sent to, and sending the answer from it.
 * Sources: ip(7), RFC 3542 section 6. The one place where the two socket drivers meet a system's
 * own structures. */
#ifndef SRFLX_DRIVE_PKTINFO_H
#define SRFLX_DRIVE_PKTINFO_H

#include <sys/socket.h>

#include <srflx/types.h>

/* Room for the control message of either family, and for nothing else. */
union srflx_pktinfo {
    size_t alignment; /* that of struct cmsghdr, which begins with one */
    uint8_t bytes[40];
};

/* Asks the system for the control message. `family` is SRFLX_IPV4 or SRFLX_IPV6. Returns 0 or
 * SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int srflx_pktinfo_enable(int fd, uint8_t family);

/* Reads the address that a received datagram was sent to, without a port, and turns the control
 * message around in place: sent back with the answer, it makes the answer leave from that address.
 * Returns false, with `ret_to` untouched, for a broadcast or multicast address, or if the system
 * has not said. */
bool srflx_pktinfo_turn(struct msghdr *message, struct srflx_addr *ret_to);

/* Writes a control message that makes a datagram leave from `from`, and returns its length. Where there is no
 * datagram to turn around. */
size_t srflx_pktinfo_write(const struct srflx_addr *from, union srflx_pktinfo *ret_control);

#endif
