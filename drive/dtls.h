/* DTLS for a server: which datagram belongs to whom, what is kept of a client, and for how long. Datagrams come in by
 * srflx_dtls_feed() and leave by a function of the caller's; no socket, no clock. Nothing is kept of a client who has
 * not sent back a cookie. One thread per object.
 * Sources: RFC 7350 section 3; RFC 6347 sections 4.2.1 (cookies), 4.2.4 (timers) and 4.2.8 (a client that begins
 * anew); RFC 8489 section 13.
 *
 *     srflx_dtls_new(&options, &dtls);
 *     srflx_dtls_set_security(dtls, context);
 *     for (;;) {
 *         wait for a datagram, for srflx_dtls_tick(dtls, now) milliseconds at most
 *         srflx_dtls_feed(dtls, &path, datagram, now);
 *     }
 */
#ifndef SRFLX_DRIVE_DTLS_H
#define SRFLX_DRIVE_DTLS_H

#include "handler.h"

struct srflx_secure_context; /* srflx/secure.h */
struct srflx_dtls;

enum {
    SRFLX_DTLS_ASSOCIATIONS_MOST = 1 << 20,
    SRFLX_DTLS_HANDSHAKES = 256 /* under way at a time; for one more the oldest is given up */
};

/* The way of a datagram. `client` and `asked` are `peer` and `local` unless a proxy stands between; `socket` is the
 * caller's, and comes back with what is to be sent. */
struct srflx_dtls_path {
    struct srflx_addr peer, local;
    struct srflx_addr client, asked;
    unsigned socket;
};

typedef void srflx_dtls_send_fn(void *user, const struct srflx_dtls_path *path,
                                struct srflx_view datagram);

struct srflx_dtls_options {
    uint32_t associations; /* at a time, at most; the one idle for longest makes room; 4096 */
    uint32_t per_address;  /* of one IPv4 address or IPv6 /64; 0: any number; 256 */
    uint32_t handshake_ms; /* from the cookie to the end of the handshake; 5000 */
    uint32_t idle_ms;      /* between messages; 30000 */
    struct srflx_handler handler;
    srflx_dtls_send_fn *send;
    void *send_user;
};

void srflx_dtls_options_defaults(struct srflx_dtls_options *ret_options);

/* Copies the options. Returns 0, SRFLX_ERROR_ARGUMENT (a number outside its range, a function is missing) or
 * SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int srflx_dtls_new(const struct srflx_dtls_options *options,
                                  struct srflx_dtls **ret_dtls);

/* Says goodbye to nobody: the clients' next requests go unanswered, as over UDP. NULL is allowed. */
void srflx_dtls_destroy(struct srflx_dtls *dtls);

/* What new associations begin with; NULL, as in the beginning: nobody is answered. Borrowed until it is replaced;
 * associations keep what they began with. */
void srflx_dtls_set_security(struct srflx_dtls *dtls, struct srflx_secure_context *security);

/* Takes one datagram, and sends what is to be answered. */
void srflx_dtls_feed(struct srflx_dtls *dtls, const struct srflx_dtls_path *path,
                     struct srflx_view datagram, struct srflx_time now);

/* Sends again and gives up what is due. Returns for how many milliseconds at most it need not be called again, -1:
 * not before the next datagram. */
int srflx_dtls_tick(struct srflx_dtls *dtls, struct srflx_time now);

/* X(field, text) */
#define SRFLX_DTLS_EVENT_MAP(X)                                              \
    X(cookies, "DTLS clients asked to show that they receive our answers")   \
    X(begun, "DTLS handshakes begun")                                        \
    X(completed, "DTLS handshakes completed")                                \
    X(failed, "DTLS handshakes failed")                                      \
    X(late, "DTLS handshakes given up: not in time, or too many at a time")  \
    X(messages, "messages taken from DTLS associations")                     \
    X(answers, "answers to messages on DTLS associations")                   \
    X(closed, "DTLS associations closed by the client")                      \
    X(broken, "DTLS associations ended by an error")                         \
    X(idle, "DTLS associations ended: idle for too long")                    \
    X(evicted, "DTLS associations ended, the longest idle: too many in all") \
    X(refused_address, "DTLS clients refused: too many from one address")    \
    X(strays, "DTLS datagrams dropped: of no association, and no new one")   \
    X(no_certificate, "DTLS datagrams dropped: there is no certificate")     \
    X(lost, "DTLS associations not begun or answers not made: no memory")

struct srflx_dtls_counters {
    uint32_t open; /* associations at this moment, those in a handshake included */
#define SRFLX_DTLS_FIELD(field, text) uint64_t field;
    SRFLX_DTLS_EVENT_MAP(SRFLX_DTLS_FIELD)
#undef SRFLX_DTLS_FIELD
};

/* From its own thread, or accept figures that are a moment old. */
const struct srflx_dtls_counters *srflx_dtls_counters(const struct srflx_dtls *dtls);

#endif
