/* Between struct srflx_addr and the system's socket addresses.
 * Sources: RFC 4291 section 2.5.5.2 (IPv4-mapped addresses), RFC 4007 section 11 (scopes).
 * Any thread may call either.
 *
 *     struct sockaddr_storage to;
 *     socklen_t len = srflx_addr_to_sockaddr(&addr, &to);
 *     sendto(fd, bytes, count, 0, (struct sockaddr *)&to, len);
 */
#ifndef SRFLX_SOCKADDR_H
#define SRFLX_SOCKADDR_H

#include <sys/socket.h>

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the address as the system wants it: struct sockaddr_in for IPv4, struct sockaddr_in6 with
 * its scope for IPv6. Returns the number of bytes that count, or 0, with `ret_sockaddr` untouched,
 * if the family is unknown. */
socklen_t srflx_addr_to_sockaddr(const struct srflx_addr *addr,
                                 struct sockaddr_storage *ret_sockaddr);

/* Reads an address that the system has filled in, as long as its family demands.
 * ::ffff:192.0.2.1 becomes 192.0.2.1; link-local addresses keep their scope,
 * all others have 0. Returns false, with `ret_addr` untouched, unless it is AF_INET or AF_INET6. */
bool srflx_addr_from_sockaddr(const struct sockaddr *sockaddr, struct srflx_addr *ret_addr);

#ifdef __cplusplus
}
#endif
#endif
