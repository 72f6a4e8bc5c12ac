/* One question to a URI, for any loop: finds the servers, opens ways to them, asks, logs in, follows
 * redirections, and turns to the next server where one fails. It never waits and calls nobody back, but for
 * whom wants to watch.
 * Sources: RFC 8489 sections 6.2, 8.1, 9 and 10, RFC 7350, RFC 8305 (attempts that overlap). One thread per
 * question, and per whatever several of them share. easy.h does it in one call.
 *
 *     srflx_ask_options_defaults(&options);
 *     if (srflx_uri_parse(text, &options.uri)) return complain();
 *     if (srflx_ask_new(&options, &ask)) return complain();
 *     while (!srflx_ask_result(ask)) {
 *         count = srflx_ask_fds(ask, fds);
 *         poll(fds, count, (int)srflx_ask_wait_ms(ask));
 *         srflx_ask_step(ask, fds, count);
 *     }
 *     if (srflx_ask_result(ask)->error) complain(srflx_ask_result(ask)->text);
 */
#ifndef SRFLX_ASK_H
#define SRFLX_ASK_H

#include <poll.h>

#include <srflx/exchange.h>
#include <srflx/gate.h>
#include <srflx/link.h>
#include <srflx/locate.h>
#include <srflx/resolve.h>
#include <srflx/rto.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_ask;

/* What happens on the way, for people who watch. */
enum srflx_ask_moment {
    SRFLX_ASK_TRIES = 1,   /* an attempt at `server` begins; others may be under way */
    SRFLX_ASK_SENDS = 2,   /* a request, `bytes`; `sent` of this attempt so far */
    SRFLX_ASK_HEARS = 3,   /* `bytes` are an answer */
    SRFLX_ASK_IGNORES = 4, /* `bytes` came, and count for nothing */
    SRFLX_ASK_MOVES = 5,   /* a 300 leads to `server` */
    SRFLX_ASK_FAILS = 6    /* the attempt is over, `text` says why; others may go on */
};
struct srflx_ask_view {
    enum srflx_ask_moment moment;
    struct srflx_addr server;
    uint8_t transport;
    uint64_t elapsed_ns; /* since the attempt began */
    uint32_t sent;
    struct srflx_view bytes;
    const char *text;
};
/* Must not call anything with the question that it watches. */
typedef void srflx_ask_watch_fn(void *user, const struct srflx_ask_view *view);

/* In brackets: range; default. What is *kept* must outlive the question. */
struct srflx_ask_options {
    uint32_t size;           /* set by defaults(); the version of this structure */
    struct srflx_uri uri;    /* of srflx_uri_parse(); must be set */
    uint8_t transports[4];   /* as of srflx_locate_options (UDP for stun, TLS for stuns) */
    uint8_t family;          /* SRFLX_IPV4, SRFLX_IPV6, or both (SRFLX_NO_FAMILY) */
    struct srflx_addr local; /* ask from here; its port may be 0 (family 0: the system's choice) */
    uint32_t limit_ms; /* for all of it, 0: what the schedules say, for each server (any; 10000) */
    struct srflx_transaction_options timing;     /* of each transaction; limit_ms does not count */
    bool classic, fingerprint;                   /* as of srflx_exchange_options (false) */
    uint8_t redirects;                           /* likewise (5) */
    const struct srflx_credentials *credentials; /* kept (NULL: none) */
    struct srflx_secure_context *secure;         /* kept; must be set for TLS and DTLS (NULL) */
    const char
        *verify; /* the name that a certificate must have, if not the URI's host; copied (NULL) */
    const char *dns;               /* as of srflx_resolver_options; kept (NULL) */
    struct srflx_dns_cache *names; /* kept (NULL) */
    struct srflx_rto_cache *rto;   /* kept; else each server begins with timing.rto_ms (NULL) */
    struct srflx_gate *gate;   /* kept; holds back what would be the eleventh at a server (NULL) */
    srflx_ask_watch_fn *watch; /* (NULL) */
    void *watch_user;
};

void srflx_ask_options_defaults(struct srflx_ask_options *ret_options);

/* Begins. Returns 0, SRFLX_ERROR_ARGUMENT (an option), SRFLX_ERROR_NAMELESS (stuns, an address, and no
 * `verify`) or SRFLX_ERROR_SYSTEM (memory). */
SRFLX_MUST_USE int srflx_ask_new(const struct srflx_ask_options *options,
                                 struct srflx_ask **ret_ask);

/* Wherever it stands. NULL is nothing. */
void srflx_ask_destroy(struct srflx_ask *ask);

/* A loop waits for these, at most for wait_ms(), and calls step() with what poll() says of them. All may change
 * with each step(); with a gate, also when another question ends. */
enum { SRFLX_ASK_ATTEMPTS = 8, SRFLX_ASK_FDS = SRFLX_RESOLVER_FDS + SRFLX_ASK_ATTEMPTS };

/* Writes up to SRFLX_ASK_FDS of them. Returns how many. */
size_t srflx_ask_fds(const struct srflx_ask *ask, struct pollfd *ret_fds);

/* Milliseconds, rounded up, at most INT_MAX; UINT32_MAX when it is over. */
uint32_t srflx_ask_wait_ms(const struct srflx_ask *ask);

/* Goes on. `fds` may be fewer than were written, or none; harmless when called early or often. */
void srflx_ask_step(struct srflx_ask *ask, const struct pollfd *fds, size_t count);

/* Ends it with SRFLX_ERROR_CANCELLED, unless it is over. */
void srflx_ask_cancel(struct srflx_ask *ask);

enum { SRFLX_ASK_TEXT = SRFLX_LINK_TEXT + 128, SRFLX_ASK_PHRASE = 763 };

/* What came of it. What does not belong to the outcome is zero. */
struct srflx_ask_result {
    /* 0; SRFLX_ERROR_NAME (`end` says why), _SYSTEM, _UNREACHABLE, _TIMEOUT, _CLOSED, _SECURITY, _REJECTED,
     * _RESPONSE, _INTEGRITY, _REFUSED, _REDIRECT or _CANCELLED. Of several servers that failed, it is the
     * last one's, unless there was one that could not be trusted. */
    int error;
    int number; /* errno of _SYSTEM, _UNREACHABLE, _CLOSED, if there is one */
    enum srflx_locate_end end;
    enum srflx_link_step step;     /* where the way to the server failed */
    enum srflx_secure_fault fault; /* of _SECURITY */
    enum srflx_refusal refusal;    /* of _REFUSED */
    uint16_t code;                 /* ERROR-CODE of _REJECTED, _INTEGRITY and _REDIRECT */
    uint16_t phrase_len;           /* of _REJECTED: what the server says, as it came */
    uint8_t phrase[SRFLX_ASK_PHRASE];

    uint8_t transport;
    struct srflx_addr server, local, mapped; /* who was asked, from where, and what we are to it */
    uint64_t rtt_ns;                         /* from the last request to the answer */
    uint64_t elapsed_ns;                     /* of this attempt */
    uint32_t sent;                           /* requests of this attempt */
    uint32_t redirected;                     /* times */
    const char *version, *suite; /* TLS and DTLS: srflx_secure_version() and _suite(); else NULL */
    char text[SRFLX_ASK_TEXT]; /* on failure, one sentence without a full stop in printable ASCII */
};

/* NULL while it goes on; lives until again() or destroy(). */
const struct srflx_ask_result *srflx_ask_result(const struct srflx_ask *ask);

/* The login that took part, NULL without credentials; as long as the result. */
const struct srflx_login *srflx_ask_login(const struct srflx_ask *ask);

/* Asks the server that has answered once more, over the same way to it if that still works; if none has, it
 * all begins anew. Returns 0, SRFLX_ERROR_STATE (it is not over) or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_ask_again(struct srflx_ask *ask);

#ifdef __cplusplus
}
#endif
#endif
