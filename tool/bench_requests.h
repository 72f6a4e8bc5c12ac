/* What srflx bench sends, and what is right as an answer to each. */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include <srflx/types.h>

/* X(KIND, name) */
#define BENCH_KIND_MAP(X)                                                                        \
    X(PLAIN, "plain")             /* the bare header */                                          \
    X(CLASSIC, "classic")         /* the same without the magic cookie: RFC 3489 */              \
    X(FINGERPRINT, "fingerprint") /* and so it must be in the answer */                          \
    X(ICE, "ice")                 /* a connectivity check: 420 for its attributes, or success */ \
    X(GARBAGE, "garbage")         /* broken in one of four ways: silence */

enum bench_kind {
#define BENCH_KIND_ENUM(kind, name) BENCH_##kind,
    BENCH_KIND_MAP(BENCH_KIND_ENUM)
#undef BENCH_KIND_ENUM
        BENCH_KINDS
};

enum { BENCH_REQUEST_MAX = 128 };

/* What can be wrong: X(KIND, name, wrong, text). `wrong` ones are the server's fault, the others the
 * network's. */
#define BENCH_ERROR_MAP(X)                                                                    \
    X(MALFORMED, "malformed", true, "answers that are no STUN message")                       \
    X(ID, "id", true, "answers with an id that no request has")                               \
    X(SENDER, "sender", true, "answers from another address than the one that was asked")     \
    X(TYPE, "type", true, "answers that are no response to a Binding request")                \
    X(FINGERPRINT, "fingerprint", true, "answers without a right FINGERPRINT")                \
    X(ADDRESS, "address", true, "answers with another mapped address than the request's own") \
    X(GARBAGE, "garbage", true, "answers to garbage")                                         \
    X(DUPLICATE, "duplicate", true, "second answers to the same request")                     \
    X(LATE, "late", false, "answers that came after the timeout")                             \
    X(REFUSED, "refused", false, "requests that the host refused: nobody listens there")      \
    X(UNREACHABLE, "unreachable", false, "requests that the network could not deliver")

/* What an answer is: BENCH_RIGHT, one of the map, or from 100 to 699 the code of an error response that
 * is not right here. */
enum {
    BENCH_RIGHT = 0,
#define BENCH_ERROR_ENUM(kind, name, wrong, text) BENCH_ERROR_##kind,
    BENCH_ERROR_MAP(BENCH_ERROR_ENUM)
#undef BENCH_ERROR_ENUM
        BENCH_ERROR_KINDS,
    BENCH_ERROR_CODES = 100,
    BENCH_VERDICTS = 700
};

/* True if the server is to blame. */
bool bench_verdict_is_wrong(unsigned verdict);

/* Ids carry which request it is, and a tag that only the holder of the secret can write. */
struct bench_secret {
    uint64_t current, classic;
    uint8_t no_cookie[4]; /* what stands in the cookie's place in a classic request */
};

/* The same seed makes the same secret. */
void bench_secret_make(uint64_t seed, struct bench_secret *ret_secret);

/* Which request: `place` says where its record lies, or that it was garbage and has none. */
struct bench_number {
    uint32_t place;
    uint32_t serial;
};
enum { BENCH_NO_PLACE = UINT32_MAX };

/* Writes a request. Returns its length. */
size_t bench_request_write(enum bench_kind kind, const struct bench_secret *secret,
                           struct bench_number number, uint8_t ret_bytes[BENCH_REQUEST_MAX]);

/* Reads the number out of an answer's header, or out of a request of ours. False if no request was
 * written with this id. */
bool bench_number_read(struct srflx_view bytes, const struct bench_secret *secret,
                       struct bench_number *ret_number);

/* Whether an answer with a right id is right in all else. `source` is where the request came from,
 * without a scope. */
unsigned bench_answer_check(enum bench_kind kind, struct srflx_view answer,
                            const struct srflx_addr *source);

#endif
