/* The PROXY protocol's receiver: what a proxy writes in front of a connection or into a datagram to
 * tell whose it is. Source: proxy-protocol.txt of HAProxy, sections 2.1 (version 1, a line) and 2.2
 * (version 2, binary). Reads bytes only: whom to believe is the caller's affair (prefixes.h).
 *
 *     int len = srflx_proxy_parse(received, &header);
 *     if (len < 0) close the connection
 *     if (len > 0) what was sent begins at received.ptr + len
 */
#ifndef SRFLX_DRIVE_PROXY_H
#define SRFLX_DRIVE_PROXY_H

#include <srflx/types.h>

/* No header is longer: it fits into the smallest segment that every host takes. */
enum { SRFLX_PROXY_LONGEST = 536 };

enum srflx_proxy_refusal {
    SRFLX_PROXY_ABSENT = -1, /* the bytes begin no header: a client, or a proxy without a setting */
    SRFLX_PROXY_BROKEN = -2  /* they begin one, which breaks a rule or is of no use here */
};

struct srflx_proxy_header {
    bool local;             /* no addresses, the connection's own count: LOCAL, UNKNOWN or UNSPEC */
    bool datagram;          /* the proxy says that it has a datagram in hand; version 2 only */
    struct srflx_addr from; /* the client; family 0 if `local`. ::ffff:192.0.2.1 is 192.0.2.1 */
    struct srflx_addr to;   /* the address that the client asked; likewise */
};

/* Reads a header of either version at the beginning of a stream. Returns how many bytes it has; 0
 * if it has not ended yet; or enum srflx_proxy_refusal. Only a whole header writes to `ret_header`.
 * Addresses are as the proxy says: they may be zero, multicast or our own. */
SRFLX_MUST_USE int srflx_proxy_parse(struct srflx_view bytes,
                                     struct srflx_proxy_header *ret_header);

/* As above for one datagram: version 2 only, whole, and about a datagram. Never returns 0. */
SRFLX_MUST_USE int srflx_proxy_parse_datagram(struct srflx_view bytes,
                                              struct srflx_proxy_header *ret_header);

#endif
