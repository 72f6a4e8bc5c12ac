/* The requests that the measurements send, and what is right as an answer to each. Written and
 * checked by hand, not with libsrflx: what is measured does not judge itself. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_kind {
    REQUEST_PLAIN,       /* the bare header */
    REQUEST_CLASSIC,     /* the same without the magic cookie: RFC 3489 */
    REQUEST_FINGERPRINT, /* FINGERPRINT, and so it must be in the answer */
    REQUEST_CHANGE,      /* CHANGE-REQUEST without a flag: as if it were not there */
    REQUEST_ICE,         /* a connectivity check of 100 bytes: 420 for PRIORITY and USE-CANDIDATE */
    REQUEST_UNKNOWN,     /* two comprehension-required types that nobody knows: 420 */
    REQUEST_MALFORMED,   /* an attribute that reaches beyond the end: silence */
    REQUEST_KINDS
};

enum { REQUEST_ID = 12, REQUEST_MAX = 100 };

const char *request_name(enum request_kind kind);

/* Writes a request with these last 96 bits of the header. Returns its length. */
size_t request_write(enum request_kind kind, const uint8_t id[REQUEST_ID],
                     uint8_t ret_bytes[REQUEST_MAX]);

/* True if an answer is due. */
bool request_is_answered(enum request_kind kind);

/* Port and IP address of a sender, in network order as they stand in a mapped address. */
struct request_source {
    uint8_t bytes[18];
    size_t len; /* 6 for IPv4, 18 for IPv6 */
};

/* NULL if this is the right answer to the request, sent from `me`; else what is wrong with it. */
const char *request_check(enum request_kind kind, const uint8_t id[REQUEST_ID],
                          const uint8_t *answer, size_t len, const struct request_source *me);

#endif
