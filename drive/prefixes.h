/* Prefixes of IP addresses, as an operator writes them: "10.0.0.0/8", "2001:db8::/32", or one host,
 * "192.0.2.1". Sources: RFC 4632 section 3.1, RFC 4291 sections 2.3 and 2.5.5.2 (an IPv4-mapped
 * address counts as IPv4). Any thread may call any of these. */
#ifndef SRFLX_DRIVE_PREFIXES_H
#define SRFLX_DRIVE_PREFIXES_H

#include <srflx/types.h>

struct srflx_prefix {
    struct srflx_addr addr; /* without port and scope; bits behind the prefix are zero */
    uint8_t bits;           /* 0 to 32 or 128 */
};

/* Reads one. Returns NULL, or what is wrong with the text, with `ret_prefix` untouched. */
SRFLX_MUST_USE const char *srflx_prefix_parse(const char *text, struct srflx_prefix *ret_prefix);

/* Is the address in one of them? Port and scope do not count; an unknown address is in none. */
bool srflx_prefixes_match(const struct srflx_prefix *list, size_t count,
                          const struct srflx_addr *addr);

/* ::ffff:192.0.2.1 as 192.0.2.1, with its port; any other address as it is. */
struct srflx_addr srflx_prefix_unmapped(const struct srflx_addr *addr);

#endif
