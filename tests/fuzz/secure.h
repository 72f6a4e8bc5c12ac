/* What the targets of TLS and DTLS share: a server whose certificate is made when they start. */
#ifndef FUZZ_SECURE_H
#define FUZZ_SECURE_H

#include <srflx/secure.h>

/* Made once. */
struct srflx_secure_context *fuzz_server(void);

/* The first flight of our own client, over SRFLX_TLS or SRFLX_DTLS, into `ret_bytes`; returns its length. */
size_t fuzz_first_flight(uint8_t transport, uint8_t *ret_bytes, size_t cap);

#endif
