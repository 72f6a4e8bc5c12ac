/* Transport addresses as text, and their equality.
 * Sources: RFC 5952 (IPv6 text), RFC 3986 section 3.2.2 (brackets), RFC 4007 section 11 (zones).
 * Any thread may call any of these.
 *
 *     struct srflx_addr addr;
 *     char text[SRFLX_ADDR_TEXT];
 *     if (!srflx_addr_parse("[2001:db8::1]:3478", &addr)) puts(srflx_addr_write(&addr, text));
 */
#ifndef SRFLX_ADDR_H
#define SRFLX_ADDR_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enough for any address with port, brackets, a numeric zone and the final NUL. */
enum { SRFLX_ADDR_TEXT = 64 };

/* Writes "192.0.2.1:3478", "[2001:db8::1]:3478", "[fe80::1%2]:3478" or "unknown" (family 0).
 * `ret_text` has SRFLX_ADDR_TEXT bytes. Returns `ret_text`. */
char *srflx_addr_write(const struct srflx_addr *addr, char *ret_text);

/* As above, without port and brackets. */
char *srflx_addr_write_ip(const struct srflx_addr *addr, char *ret_text);

/* Reads an IP address, with or without a port: "192.0.2.1", "192.0.2.1:3478", "2001:db8::1",
 * "[2001:db8::1]", "[2001:db8::1]:3478", each IPv6 form also with a numeric zone ("fe80::1%2").
 * Without a port, `ret_addr->port` is 0. No names. Returns 0 or SRFLX_ERROR_TEXT. */
SRFLX_MUST_USE int srflx_addr_parse(const char *text, struct srflx_addr *ret_addr);

/* True if family, address, port and scope are the same. Two unknown addresses are not equal. */
bool srflx_addr_equal(const struct srflx_addr *a, const struct srflx_addr *b);

/* As above, ports aside. */
bool srflx_addr_same_ip(const struct srflx_addr *a, const struct srflx_addr *b);

/* True for 224.0.0.0/4, 255.255.255.255 and ff00::/8. */
bool srflx_addr_is_multicast(const struct srflx_addr *addr);

/* True for 0.0.0.0 and ::, and for an unknown address. */
bool srflx_addr_is_unspecified(const struct srflx_addr *addr);

#ifdef __cplusplus
}
#endif
#endif
