/* The first flight of DTLS: a ClientHello comes without a cookie, and is sent back for it, by hand.
 * Sources: RFC 6347 sections 4.1 and 4.2.1, RFC 5246 section 7.4.1.2. */
#ifndef SRFLX_IO_SECURE_FIRST_FLIGHT_H
#define SRFLX_IO_SECURE_FIRST_FLIGHT_H

#include <srflx/secure.h>

enum { SRFLXI_COOKIE = 8 };

/* Borrows the datagram. */
struct srflxi_hello {
    const uint8_t *sequence; /* 6 bytes: of the record */
    struct srflx_view cookie;
};

/* Is the datagram's first record all of a ClientHello of DTLS 1.2 or newer? Any thread. */
bool srflxi_hello_read(struct srflx_view datagram, struct srflxi_hello *ret_hello);

/* Writes SRFLX_SECURE_HELLO_VERIFY bytes. */
void srflxi_hello_verify_write(const struct srflxi_hello *hello, const uint8_t *cookie,
                               uint8_t *ret_bytes);

#endif
