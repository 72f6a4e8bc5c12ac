/* Asking: one request, its retransmissions, and its one outcome. No clock, no socket, no callback:
 * the caller feeds in packets and time, and takes out events. Sources: RFC 8489 sections 6.2, 6.3.3
 * and 6.3.4; RFC 5389 section 12.1; RFC 3489 sections 9.3 and 9.4; RFC 6298 (see rto.h). One thread
 * per transaction.
 *
 *     srflx_transaction_start(t, request, &server, SRFLX_UDP, now);
 *     for (;;) {
 *         struct srflx_event event;
 *         while (srflx_transaction_next_event(t, &event)) {
 *             if (event.kind == SRFLX_EVENT_SEND) send event.bytes to event.to
 *             if (event.kind == SRFLX_EVENT_ANSWER) return use(&event.answer)
 *             if (event.kind == SRFLX_EVENT_FAILED) return explain(event.error)
 *         }
 *         wait for a packet until srflx_transaction_next_deadline(t), then feed() it, else tick()
 *     }
 */
#ifndef SRFLX_TRANSACTION_H
#define SRFLX_TRANSACTION_H

#include <srflx/error.h>
#include <srflx/login.h>
#include <srflx/message.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_transaction;

/* When to send again and when to give up. In brackets: range; default; RFC 3489, if it differs. */
struct srflx_transaction_options {
    uint32_t size;        /* set by defaults(); the version of this structure */
    uint32_t rto_ms;      /* the first interval, doubling from then on (1 to 60000; 500; 100) */
    uint32_t rto_max_ms;  /* where the doubling stops, 0 for nowhere (any; 0; 1600) */
    uint32_t rc;          /* requests in all (1 to 32; 7; 9) */
    uint32_t rm;          /* the wait after the last one, in units of rto_ms (1 to 1000; 16) */
    uint32_t ti_ms;       /* the wait over TCP and TLS (1 to 3600000; 39500) */
    uint32_t limit_ms;    /* give up then, whatever the schedule says, 0 for never (any; 0) */
    uint32_t max_resends; /* new tries after an error of 500 to 599 (0 to 16; 4) */
};

/* RFC 8489: 500 ms, 7, 16; requests leave at 0, 500, 1500, 3500, 7500, 15500 and 31500 ms, and the
 * transaction has failed at 39500 ms. */
void srflx_transaction_options_defaults(struct srflx_transaction_options *ret_options);

/* RFC 3489 section 9.3: 100 ms doubling to 1600 ms, 9 requests, failed at 9500 ms. */
void srflx_transaction_options_classic(struct srflx_transaction_options *ret_options);

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_transaction_size(void);

/* Makes an idle transaction in the caller's memory. Copies `options`. Returns 0, SRFLX_ERROR_SPACE
 * (`len` too small) or SRFLX_ERROR_ARGUMENT (an option outside its range, `size` unknown). */
SRFLX_MUST_USE int srflx_transaction_init(void *memory, size_t len,
                                          const struct srflx_transaction_options *options,
                                          struct srflx_transaction **ret_transaction);

/* Has `login` judge the answers, which it does for one transaction at a time; NULL: nobody does. It is kept, and must outlive
 * the transaction. Call it before start(), with the login that wrote into the request. What it ignores is
 * as if it had never been received; if nothing else comes, the transaction fails with
 * SRFLX_ERROR_INTEGRITY, and over TCP and TLS it does so at once (RFC 8489 sections 9.1.4 and 9.2.5). */
void srflx_transaction_set_login(struct srflx_transaction *t, struct srflx_login *login);

/* Starts with `request`, a whole message of kind request, which is kept, not copied: its bytes must
 * not change before the transaction has ended. `transport` is an enum srflx_transport; over TCP and
 * TLS the request is sent once. A request without the magic cookie follows the rules of RFC 3489. A
 * transaction that has ended may be started again. Returns 0, SRFLX_ERROR_STATE (still running) or
 * SRFLX_ERROR_ARGUMENT (`request` is no request, `server` or `transport` is unknown, or RFC 3489
 * over DTLS). The first SEND is then waiting.
 *
 * Each interval is counted from the `now` of the call that made the SEND wait, so a request never
 * leaves earlier than a full interval behind the one before it, and a late tick() delays all that
 * follows. A SEND that is not taken before the next one is due is merged with it. */
SRFLX_MUST_USE int srflx_transaction_start(struct srflx_transaction *t, struct srflx_view request,
                                           const struct srflx_addr *server, uint8_t transport,
                                           struct srflx_time now);

/* Takes a packet. Returns true if it is an answer to this transaction (then it is used up), false
 * if it is somebody else's: another source, another id or method, no response, broken, a wrong
 * FINGERPRINT, none where the request has one, not authentic (over TCP and TLS that ends the transaction with
 * SRFLX_ERROR_INTEGRITY, as no better one will come), or nothing is running. An answer that
 * is fed before the tick() that would give up still counts. An error of 500 to 599 leads to a new
 * try: after the interval in force, the same bytes, with a schedule of its own. `packet->bytes` must
 * live until the events that follow have been taken. */
bool srflx_transaction_feed(struct srflx_transaction *t, const struct srflx_packet *packet,
                            struct srflx_time now);

/* Takes the time: sends again or gives up when it is due. Harmless when called early or often. */
void srflx_transaction_tick(struct srflx_transaction *t, struct srflx_time now);

/* Takes a hard error from the network for this request: ICMP port, protocol or host unreachable,
 * which a connected socket reports (srflx/socket_error.h); over TCP and TLS also the loss of the
 * connection. Ends the transaction with SRFLX_ERROR_UNREACHABLE. */
void srflx_transaction_unreachable(struct srflx_transaction *t, struct srflx_time now);

/* Ends the transaction and drops the event that may be waiting. */
void srflx_transaction_cancel(struct srflx_transaction *t);

enum srflx_event_kind {
    SRFLX_EVENT_SEND = 1,
    SRFLX_EVENT_ANSWER = 2,
    SRFLX_EVENT_FAILED = 3,
    SRFLX_EVENT_MOVED = 4 /* of exchange.h alone */
};

/* What is to be done, or has happened; fields that do not belong to the kind are zero. ANSWER and
 * FAILED end the transaction. Views live until the next call with this transaction. */
struct srflx_event {
    uint8_t kind;            /* enum srflx_event_kind */
    struct srflx_view bytes; /* SEND: the request */
    struct srflx_addr to;    /* SEND: the server */
    uint32_t sent;           /* requests sent so far, this one included */
    struct srflx_message
        answer; /* ANSWER: a success response; FAILED, REJECTED, CHALLENGED, REFUSED: the error response */
    struct srflx_addr
        mapped;           /* ANSWER: the mapped address; family 0 if the method is not Binding */
    uint64_t rtt_ns;      /* wherever there is an answer: since the last request was sent */
    bool rtt_is_sample;   /* it was sent once, so the time may enter an estimate (Karn) */
    uint64_t interval_ns; /* likewise: the wait that it cut short (srflx_rto_back_off()) */
    int error; /* FAILED: SRFLX_ERROR_TIMEOUT, _UNREACHABLE, _REJECTED, _RESPONSE, _INTEGRITY,
                           _CHALLENGED (ask again), _REFUSED (the login says why) */
    uint16_t
        code; /* FAILED, REJECTED, CHALLENGED, REFUSED: ERROR-CODE; INTEGRITY: that of the last answer ignored, or 0 */
};

/* Takes the next event. Returns false if there is none. */
bool srflx_transaction_next_event(struct srflx_transaction *t, struct srflx_event *ret_event);

/* When to call tick() at the latest: mono_ns, UINT64_MAX when nothing is running. Round it up,
 * never down, for a timer that is coarser. */
uint64_t srflx_transaction_next_deadline(const struct srflx_transaction *t);

/* Draws a new id: the magic cookie and 96 random bits; or 128 random bits whose first 32 are not
 * the cookie (RFC 3489). `random` must be cryptographically secure. */
void srflx_id_draw(srflx_random_fn *random, void *user, bool classic, struct srflx_id *ret_id);

#ifdef __cplusplus
}
#endif
#endif
