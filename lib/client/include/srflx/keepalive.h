/* Keeping a flow through NATs alive over UDP or DTLS: Binding indications, which cost least, or Binding
 * requests, which also notice that the flow is dead or has moved. Sources: RFC 8445 section 11
 * (indications), RFC 5626 sections 4.4.2 and 8 (requests). No clock, no socket, no callback, as
 * transaction.h. One thread per keepalive.
 *
 *     srflx_keepalive_start(k, &peer, SRFLX_UDP, now);
 *     for (;;) {
 *         while (srflx_keepalive_next_event(k, &event)) {
 *             if (event.kind == SRFLX_KEEPALIVE_SEND) send event.bytes to event.to
 *             if (event.kind == SRFLX_KEEPALIVE_MOVED) make a new flow
 *             if (event.kind == SRFLX_KEEPALIVE_FAILED) make a new flow
 *         }
 *         wait for a packet until srflx_keepalive_next_deadline(k), then feed() it, else tick()
 *     }
 */
#ifndef SRFLX_KEEPALIVE_H
#define SRFLX_KEEPALIVE_H

#include <srflx/error.h>
#include <srflx/transaction.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_keepalive;

/* In brackets: range; default of indications; of requests. Each interval is drawn anew between the two
 * ends, so that many flows do not send at once. */
struct srflx_keepalive_options {
    uint32_t size;     /* set by defaults(); the version of this structure */
    bool requests;     /* requests, of which the peer must have said that it answers them */
    uint32_t least_ms; /* (indications 15000, requests 1000, to 3600000; 15000; 24000) */
    uint32_t most_ms;  /* (least_ms to 3600000; 16000; 29000) */
    struct srflx_transaction_options timing; /* of requests; no new tries after errors */
    srflx_random_fn *random;                 /* must be set */
    void *random_user;                       /* its argument */
};

/* With `requests`, an error response, or none after 7 transmissions, ends the flow. */
void srflx_keepalive_options_defaults(bool requests, struct srflx_keepalive_options *ret_options);

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_keepalive_size(void);

/* Makes an idle one in the caller's memory. Copies `options`. Returns 0, SRFLX_ERROR_SPACE (`len` too small)
 * or SRFLX_ERROR_ARGUMENT (an option outside its range, `size` unknown). */
SRFLX_MUST_USE int srflx_keepalive_init(void *memory, size_t len,
                                        const struct srflx_keepalive_options *options,
                                        struct srflx_keepalive **ret_keepalive);

/* Begins with a flow on which something has just been sent. A request leaves at once, to learn the mapped
 * address; an indication when nothing else was sent for an interval. What was running before is
 * forgotten. Returns 0 or SRFLX_ERROR_ARGUMENT (`peer` is unknown, or `transport` is neither SRFLX_UDP nor
 * SRFLX_DTLS). */
SRFLX_MUST_USE int srflx_keepalive_start(struct srflx_keepalive *k, const struct srflx_addr *peer,
                                         uint8_t transport, struct srflx_time now);

/* Something else was sent on the flow, so an indication can wait for another interval. Requests ask what
 * only an answer can tell, and do not wait. */
void srflx_keepalive_touch(struct srflx_keepalive *k, struct srflx_time now);

/* As those of transaction.h: true if the packet was the answer to a request of this keepalive. */
bool srflx_keepalive_feed(struct srflx_keepalive *k, const struct srflx_packet *packet,
                          struct srflx_time now);
void srflx_keepalive_tick(struct srflx_keepalive *k, struct srflx_time now);

/* Takes a hard error from the network, and ends with SRFLX_ERROR_UNREACHABLE. */
void srflx_keepalive_unreachable(struct srflx_keepalive *k, struct srflx_time now);

/* Ends it without an event. */
void srflx_keepalive_stop(struct srflx_keepalive *k);

enum srflx_keepalive_event_kind {
    SRFLX_KEEPALIVE_SEND = 1,
    SRFLX_KEEPALIVE_ALIVE = 2, /* a request was answered */
    SRFLX_KEEPALIVE_MOVED = 3, /* and the mapped address is another one: the flow has failed */
    SRFLX_KEEPALIVE_FAILED = 4
};

/* MOVED and FAILED end the keepalive. Fields that do not belong to the kind are zero. */
struct srflx_keepalive_event {
    uint8_t kind;             /* enum srflx_keepalive_event_kind */
    struct srflx_view bytes;  /* SEND; until the next call with this keepalive */
    struct srflx_addr to;     /* SEND */
    struct srflx_addr mapped; /* ALIVE, MOVED: the mapped address now */
    struct srflx_addr before; /* MOVED: that of the first answer */
    uint64_t rtt_ns;          /* ALIVE, MOVED */
    bool rtt_is_sample;       /* as in struct srflx_event */
    int error;                /* FAILED: SRFLX_ERROR_TIMEOUT, _UNREACHABLE, _REJECTED, _RESPONSE */
    uint16_t code;            /* FAILED, REJECTED: ERROR-CODE */
};

bool srflx_keepalive_next_event(struct srflx_keepalive *k, struct srflx_keepalive_event *ret_event);

/* When to call tick() at the latest: mono_ns, UINT64_MAX when nothing is running. */
uint64_t srflx_keepalive_next_deadline(const struct srflx_keepalive *k);

#ifdef __cplusplus
}
#endif
#endif
