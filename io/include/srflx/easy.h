/* One question, one call: under which address does a STUN server see this machine?
 * Sources: RFC 8489 sections 6.2.1 and 8.1 (without SRV records), RFC 7064 (stun: URIs).
 * Any thread may call it, any number of them at a time. It blocks; programs with a loop of their
 * own use transaction.h.
 *
 *     struct srflx_query_options options;
 *     struct srflx_query_result me;
 *     srflx_query_options_defaults(&options);
 *     if (srflx_query("stun:stun.example.net", &options, &me)) return complain(me.text);
 *     puts(srflx_addr_write(&me.mapped, text));
 */
#ifndef SRFLX_EASY_H
#define SRFLX_EASY_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In brackets: range; default. */
struct srflx_query_options {
    uint32_t size;           /* set by defaults(); the version of this structure */
    uint32_t timeout_ms;     /* for all addresses of the name (1 to 3600000; 10000) */
    uint8_t family;          /* SRFLX_IPV4, SRFLX_IPV6, or SRFLX_NO_FAMILY for either (the last) */
    uint8_t transport;       /* SRFLX_UDP is the only one for now */
    struct srflx_addr local; /* ask from here; its port may be 0 (family 0: the system's choice) */
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

/* Sends a Binding request to `uri`, which is "stun:host", "stun:host:port" or the same without
 * "stun:"; IPv6 with a port is "[address]:port". Tries the addresses of a name in the system's
 * order until one of them answers, and sends each of them requests as RFC 8489 section 6.2.1 spaces
 * them. timeout_ms begins when the name has been looked up.
 *
 * Returns 0, SRFLX_ERROR_ARGUMENT (the URI or an option), _NAME, _SYSTEM (a socket, memory),
 * _TIMEOUT, _UNREACHABLE, _REJECTED or _RESPONSE. `ret_result` is written in any case: on failure,
 * all but `text` is zero. */
SRFLX_MUST_USE int srflx_query(const char *uri, const struct srflx_query_options *options,
                               struct srflx_query_result *ret_result);

#ifdef __cplusplus
}
#endif
#endif
