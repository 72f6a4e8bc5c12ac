/* One question, one call: under which address does a STUN server see this machine?
 * Sources: RFC 8489 sections 6.2 and 8.1, RFC 7064 (URIs), RFC 7350 (DTLS), RFC 8305.
 * Any thread may call it, any number of them at a time. It blocks, and another thread can end it; programs with
 * a loop of their own use ask.h.
 *
 *     struct srflx_query_options options;
 *     struct srflx_query_result me;
 *     srflx_query_options_defaults(&options);
 *     if (srflx_query("stun:stun.example.net", &options, &me)) return complain(me.text);
 *     puts(srflx_addr_write(&me.mapped, text));
 */
#ifndef SRFLX_EASY_H
#define SRFLX_EASY_H

#include <srflx/cancel.h>
#include <srflx/error.h>
#include <srflx/login.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In brackets: range; default. */
struct srflx_query_options {
    uint32_t size;       /* set by defaults(); the version of this structure */
    uint32_t timeout_ms; /* for all of it, the name included (1 to 3600000; 10000) */
    uint8_t family;      /* SRFLX_IPV4, SRFLX_IPV6, or SRFLX_NO_FAMILY for either (the last) */
    uint8_t transport; /* stun: SRFLX_UDP or _TCP, stuns: _TLS or _DTLS; 0: the first of them (0) */
    struct srflx_addr local; /* ask from here; its port may be 0 (family 0: the system's choice) */
    const char *dns;         /* DNS servers, as of srflx_resolver_options (NULL: the system's) */
    const struct srflx_credentials *credentials; /* prepared (prepare.h) (NULL: none) */
    const struct srflx_cancel *cancel;           /* who may end it (NULL: nobody) */

    /* TLS and DTLS, as of srflx_secure_client_options */
    const char *ca;          /* (NULL: whom the system trusts) */
    const char *const *pins; /* (NULL) */
    size_t pin_count;        /* (0) */
    bool insecure;           /* (false) */
    const char
        *name; /* what the certificate must be for, if not the URI's host; an IP address as host
                              * needs it, and it must be known as safely as the URI (NULL) */
};

void srflx_query_options_defaults(struct srflx_query_options *ret_options);

enum { SRFLX_QUERY_TEXT = 512 };

struct srflx_query_result {
    struct srflx_addr mapped;    /* as the server sees us */
    struct srflx_addr local;     /* our end of the socket */
    struct srflx_addr server;    /* the address that answered */
    uint64_t rtt_ns;             /* from the last request to the answer */
    uint32_t sent;               /* requests; above 1 some packets were lost or late */
    char text[SRFLX_QUERY_TEXT]; /* on failure: who, what, why, in one line of plain characters */
};

/* Sends a Binding request to `uri`, which is "stun:HOST" or "stuns:HOST", each with ":PORT" or without; "stun:" may be
 * left out, IPv6 with a port is "[ADDRESS]:PORT". Without a port the DNS is asked for SRV records. Addresses of one
 * server are tried side by side, a quarter of a second apart; other servers when one fails.
 *
 * Returns 0, SRFLX_ERROR_ARGUMENT (the URI or an option), _NAMELESS, or an error of srflx_ask_result. `ret_result` is
 * written in any case: on failure, all but `text` is zero. */
SRFLX_MUST_USE int srflx_query(const char *uri, const struct srflx_query_options *options,
                               struct srflx_query_result *ret_result);

#ifdef __cplusplus
}
#endif
#endif
