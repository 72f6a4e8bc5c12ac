/* Answering: one packet in, at most one answer out.
 * Sources: RFC 8489 sections 6.3, 7, 9, 10 and 12; RFC 5389 section 12.2; RFC 3489 section 8.1.
 * A *server* is an immutable description; any number of threads may use one at a time. A *worker*
 * holds what one thread changes: give each thread its own. Neither owns memory: the caller does.
 *
 *     struct srflx_server_config config;
 *     srflx_server_config_defaults(&config);
 *     if (srflx_server_init(memory, srflx_server_size(&config), &config, &server)) return 1;
 *     if (srflx_worker_init(more, srflx_worker_size(), fill, NULL, &worker)) return 1;
 *     for each packet:
 *         struct srflx_reply reply = {out, sizeof out, 0};
 *         srflx_server_handle(server, worker, &packet, now, &reply);
 *         if (reply.len) send it to packet.from, from packet.to
 */
#ifndef SRFLX_SERVER_H
#define SRFLX_SERVER_H

#include <srflx/error.h>
#include <srflx/types.h>
#include <srflx/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the server decides about a packet, and the name of the counter that grows with it.
 * X(name, error code or 0, text). Down to CLASSIC_OVER_DTLS an answer leaves, below it none. */
#define SRFLX_VERDICT_MAP(X)                                                                 \
    X(SUCCESS, 0, "answered with the address")                                               \
    X(BAD_REQUEST, 400, "a value that matters is unusable: 400")                             \
    X(UNKNOWN_ATTRIBUTE, 420, "unknown comprehension-required attributes: 420")              \
    X(CHANGE_REFUSED, 420, "CHANGE-REQUEST, and there is no second address: 420")            \
    X(NO_CREDENTIALS, 401, "credentials are missing: 401")                                   \
    X(INCOMPLETE_CREDENTIALS, 400, "integrity without what belongs to it: 400")              \
    X(ALGORITHM_MISMATCH, 400, "a password algorithm that was not offered: 400")             \
    X(ALGORITHM_FORBIDDEN, 401, "an algorithm that the policy forbids: 401")                 \
    X(UNKNOWN_USER, 401, "a user that is not known: 401")                                    \
    X(EXPIRED_CREDENTIALS, 401, "a user or token whose time is over: 401")                   \
    X(BAD_TOKEN, 401, "a token that cannot be opened: 401")                                  \
    X(WRONG_INTEGRITY, 401, "the integrity is wrong: 401")                                   \
    X(STALE_NONCE, 438, "all is right but the nonce: 438")                                   \
    X(REDIRECTED, 300, "sent to the alternate server: 300")                                  \
    X(STALE_CREDENTIALS, 430, "RFC 3489 credentials that nobody issued: 430")                \
    X(WRONG_CLASSIC_INTEGRITY, 431, "RFC 3489 integrity that is wrong: 431")                 \
    X(MISSING_USERNAME, 432, "RFC 3489 integrity without a username: 432")                   \
    X(CLASSIC_OVER_DTLS, 500, "an RFC 3489 request over DTLS: 500")                          \
    X(NOT_STUN, 0, "not STUN by its first byte")                                             \
    X(NOT_ADMITTED, 0, "no answer can or may go to this source, or a length no message has") \
    X(MALFORMED, 0, "broken length or attributes")                                           \
    X(NO_REQUEST, 0, "an indication or a response")                                          \
    X(UNKNOWN_METHOD, 0, "a method that is not served")                                      \
    X(WRONG_FINGERPRINT, 0, "FINGERPRINT is wrong or not last")                              \
    X(GUESSING, 0, "too many wrong credentials from the source's prefix")                    \
    X(CLASSIC_OFF, 0, "no magic cookie, and RFC 3489 is switched off")                       \
    X(METERED, 0, "the source has had its share of answers")                                 \
    X(NO_SPACE, 0, "the reply buffer is too small")

enum srflx_verdict {
#define SRFLX_VERDICT_ENUM(name, code, text) SRFLX_VERDICT_##name,
    SRFLX_VERDICT_MAP(SRFLX_VERDICT_ENUM)
#undef SRFLX_VERDICT_ENUM
        SRFLX_VERDICT_COUNT
};

/* The sentence of a verdict, and its name ("UNKNOWN_ATTRIBUTE"). Static text. */
const char *srflx_verdict_text(enum srflx_verdict verdict);
const char *srflx_verdict_name(enum srflx_verdict verdict);

/* ALTERNATE-SERVER, one for each family (family 0: none), and ALTERNATE-DOMAIN, which goes to clients over TLS and DTLS:
 * a name in printable ASCII without blanks, of at most 255 bytes, or empty. */
struct srflx_alternate {
    struct srflx_addr ipv4, ipv6;
    struct srflx_view domain;
};

struct srflx_server_config {
    uint32_t size; /* set by defaults(); the version of this structure */
    /* SOFTWARE in answers: UTF-8, at most 127 characters, copied; empty: none. Left out of an
     * answer that it would push over the size limit. */
    struct srflx_view software;
    bool classic; /* answer clients of RFC 3489; on by default */
    /* Who may ask; NULL: anybody. Borrowed until no thread uses the server. */
    const struct srflx_guard *guard;
    /* Where authenticated requests are sent on to, with a signed 300; family 0: they are answered. Clients of
     * a family that has no alternate are answered as well. Copied. */
    struct srflx_alternate alternate;
    /* Wrong credentials that one prefix (an IPv4 address, an IPv6 /56) may send in a row, and how many more
     * each minute (1 to 65535; 20 and 20); 0 for either: no limit. Nor is there one where nothing shows who
     * guesses: over UDP without a nonce, as with short-term credentials and RFC 3489. */
    uint16_t guess_burst;
    uint16_t guesses_per_minute;
};

/* Fills in the defaults of DESIGN: smallest answers, RFC 3489 clients served, no credentials. */
void srflx_server_config_defaults(struct srflx_server_config *ret_config);

struct srflx_server;
struct srflx_worker;

/* Bytes that init() needs, at most 4 KiB for a server and 64 KiB for a worker; alignment as malloc gives
 * it. */
size_t srflx_server_size(const struct srflx_server_config *config);
size_t srflx_worker_size(void);

/* Checks and copies the configuration into `memory`, which the caller keeps until no thread uses
 * the server. Returns 0, SRFLX_ERROR_SPACE (`len` too small) or SRFLX_ERROR_ARGUMENT (SOFTWARE too
 * long or no UTF-8, an alternate of another family, without a port or with a domain that is no such name, `size`
 * unknown). */
SRFLX_MUST_USE int srflx_server_init(void *memory, size_t len,
                                     const struct srflx_server_config *config,
                                     struct srflx_server **ret_server);

/* Draws the key of the worker's tables from `random`, which is not kept. Returns 0 or SRFLX_ERROR_SPACE. */
SRFLX_MUST_USE int srflx_worker_init(void *memory, size_t len, srflx_random_fn *random, void *user,
                                     struct srflx_worker **ret_worker);

/* Where the answer goes: `buf` and `cap` are the caller's (1232 bytes are always enough for a
 * datagram), `len` is set by handle(), 0 for silence. The answer belongs to `packet->from`, and
 * must leave from `packet->to`. */
struct srflx_reply {
    uint8_t *buf;
    size_t cap;
    size_t len;
};

/* Decides about one packet and writes the answer, if there is one. Never blocks, never allocates;
 * time is bounded by the packet's length. Returns the verdict. One thread per worker. */
enum srflx_verdict srflx_server_handle(const struct srflx_server *server,
                                       struct srflx_worker *worker,
                                       const struct srflx_packet *packet, struct srflx_time now,
                                       struct srflx_reply *reply);

/* How often each verdict fell. Copied out; call it from the worker's thread, or accept figures that
 * are a moment old. */
struct srflx_counters {
    uint64_t verdicts[SRFLX_VERDICT_COUNT];
    uint64_t bytes_in;  /* of all packets */
    uint64_t bytes_out; /* of all answers */
};
void srflx_worker_counters(const struct srflx_worker *worker, struct srflx_counters *ret_counters);

#ifdef __cplusplus
}
#endif
#endif
