/* A question with all the transactions that it takes: the first request, one more for each challenge or
 * stale nonce, and others at the server to which the first one sends us.
 * Sources: RFC 8489 sections 9 and 10; RFC 5389 section 11. As transaction.h: no clock, no socket, no
 * callback. One thread per exchange.
 *
 *     srflx_exchange_start(x, &server, SRFLX_UDP, now);
 *     for (;;) {
 *         while (srflx_exchange_next_event(x, &event)) {
 *             if (event.kind == SRFLX_EVENT_SEND) send event.bytes to event.to
 *             if (event.kind == SRFLX_EVENT_MOVED) turn to event.to, then srflx_exchange_resume(x, now)
 *             if (event.kind == SRFLX_EVENT_ANSWER) return use(&event.mapped)
 *             if (event.kind == SRFLX_EVENT_FAILED) return explain(event.error)
 *         }
 *         wait for a packet until srflx_exchange_next_deadline(x), then feed() it, else tick()
 *     }
 */
#ifndef SRFLX_EXCHANGE_H
#define SRFLX_EXCHANGE_H

#include <srflx/transaction.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_REDIRECTS_MAX = 8 };

/* In brackets: range; default. */
struct srflx_exchange_options {
    uint32_t size;
    struct srflx_transaction_options timing; /* of each transaction; limit_ms is for all together */
    struct srflx_login
        *login;        /* kept, and must outlive the exchange; NULL: no credentials (NULL) */
    bool classic;      /* ask as RFC 3489 does (false) */
    bool fingerprint;  /* add FINGERPRINT (false) */
    uint8_t redirects; /* how often to follow a 300 (0 to SRFLX_REDIRECTS_MAX; 5) */
};
void srflx_exchange_options_defaults(struct srflx_exchange_options *ret_options);

struct srflx_exchange;

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_exchange_size(void);

/* Copies `options`; keeps `random` and `user`, which draw transaction ids. Returns 0, SRFLX_ERROR_SPACE or
 * SRFLX_ERROR_ARGUMENT (an option outside its range; RFC 3489 with credentials). */
SRFLX_MUST_USE int srflx_exchange_init(void *memory, size_t len,
                                       const struct srflx_exchange_options *options,
                                       srflx_random_fn *random, void *user,
                                       struct srflx_exchange **ret_exchange);

/* Sends a Binding request to `server`. Returns 0, SRFLX_ERROR_STATE (still running) or
 * SRFLX_ERROR_ARGUMENT (no such server or transport). The first SEND is then waiting. */
SRFLX_MUST_USE int srflx_exchange_start(struct srflx_exchange *x, const struct srflx_addr *server,
                                        uint8_t transport, struct srflx_time now);

/* These do for the exchange what their namesakes do for a transaction. */
bool srflx_exchange_feed(struct srflx_exchange *x, const struct srflx_packet *packet,
                         struct srflx_time now);
void srflx_exchange_tick(struct srflx_exchange *x, struct srflx_time now);
void srflx_exchange_unreachable(struct srflx_exchange *x, struct srflx_time now);
void srflx_exchange_cancel(struct srflx_exchange *x);
uint64_t srflx_exchange_next_deadline(const struct srflx_exchange *x);

/* Moves the limit of all transactions together, which timing.limit_ms has set at the start: it is at
 * `limit_ns` of the monotonic clock, UINT64_MAX for none. Of no effect when nothing is running. */
void srflx_exchange_set_limit(struct srflx_exchange *x, uint64_t limit_ns);

/* Behind a MOVED event: the new server can be sent to now. Does nothing at other times. */
void srflx_exchange_resume(struct srflx_exchange *x, struct srflx_time now);

/* Beside the events of a transaction there is MOVED: `to` is the server to turn to, over the same transport;
 * `answer` is the 300, whose ALTERNATE-DOMAIN, if there is one, is the name to check a certificate against.
 * `sent` counts the requests of all transactions. FAILED has SRFLX_ERROR_REDIRECT for a 300 that is not
 * followed: it was not signed, names no server of the family in use, one that was asked already, or there were too
 * many. */
bool srflx_exchange_next_event(struct srflx_exchange *x, struct srflx_event *ret_event);

#ifdef __cplusplus
}
#endif
#endif
