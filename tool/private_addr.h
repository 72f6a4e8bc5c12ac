/* Which addresses are nobody else's: the guard of what sends load. */
#ifndef PRIVATE_ADDR_H
#define PRIVATE_ADDR_H

#include <srflx/types.h>

/* True for loopback (127.0.0.0/8, ::1), private networks (RFC 1918, RFC 6598, RFC 4193) and link-local
 * addresses. */
bool addr_is_private(const struct srflx_addr *addr);

#endif
