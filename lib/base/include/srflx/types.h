/* The values that cross every interface of srflx: borrowed bytes, transport addresses, time,
 * packets. Sources: RFC 8489 section 5 (transaction id), section 6.2 (transports); RFC 4291
 * (scope). Every type here is a plain value: copy it freely, no function frees it, any thread may
 * hold one.
 *
 *     struct srflx_view text = {(const uint8_t *)"stun", 4};
 *     struct srflx_addr peer = {{192, 0, 2, 1}, 0, 3478, SRFLX_IPV4};
 */
#ifndef SRFLX_TYPES_H
#define SRFLX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SRFLX_MUST_USE __attribute__((warn_unused_result))
#else
#define SRFLX_MUST_USE
#endif

/* Borrowed bytes. `ptr` may be NULL only when `len` is 0. */
struct srflx_view {
    const uint8_t *ptr;
    size_t len;
};

/* `family` of a transport address. On the wire they are 0x01 and 0x02 (RFC 8489 section 14.1). */
enum { SRFLX_NO_FAMILY = 0, SRFLX_IPV4 = 4, SRFLX_IPV6 = 6 };

/* A transport address. Numbers are in host order; `ip` holds 4 or 16 bytes in network order, the
 * rest of it is zero. `scope` is the interface index of an IPv6 link-local address, else 0.
 * `family` 0 means that the address is not known; then nothing else counts. */
struct srflx_addr {
    uint8_t ip[16];
    uint32_t scope;
    uint16_t port;
    uint8_t family;
};

/* Both clocks at one moment: timers use the first, dates the second. */
struct srflx_time {
    uint64_t mono_ns; /* monotonic, any origin, nanoseconds */
    uint64_t unix_ms; /* milliseconds since 1970-01-01 UTC */
};

/* Bytes 4 to 19 of a header: magic cookie and 96-bit transaction id, or the 128-bit id of RFC 3489.
 */
struct srflx_id {
    uint8_t bytes[16];
};

enum srflx_transport { SRFLX_UDP = 1, SRFLX_TCP = 2, SRFLX_TLS = 3, SRFLX_DTLS = 4 };

/* One message as it came. `bytes` is borrowed for the length of the call that takes the packet.
 * `to` is the local address the sender asked, family 0 if it is not known. A program that receives
 * with plain recvfrom() on a wildcard socket does not know it, and its answers may leave from
 * another address than the one that was asked (RFC 8489 section 6.3.1.2): use PKTINFO, or bind one
 * address. */
struct srflx_packet {
    struct srflx_view bytes;
    struct srflx_addr from;
    struct srflx_addr to;
    uint8_t transport; /* enum srflx_transport */
};

/* Fills `len` bytes with cryptographically secure random bits. Must not fail. */
typedef void srflx_random_fn(void *user, uint8_t *ret_bytes, size_t len);

#ifdef __cplusplus
}
#endif
#endif
