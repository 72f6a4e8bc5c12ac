/* One way to one server: a socket, over TCP a connection, over TLS and DTLS the handshake as well. It never
 * waits and calls nobody back.
 * Sources: RFC 8489 sections 6.2.1 to 6.2.3, RFC 7350 section 3. One thread per link.
 *
 *     srflx_link_options_defaults(&options);
 *     options.transport = SRFLX_TCP;
 *     options.server = server;
 *     if (srflx_link_new(&options, &link)) return complain();
 *     for (;;) {
 *         while ((got = srflx_link_next(link, &message)) > 0)
 *             use(message);
 *         if (got < 0) return complain(srflx_link_explain(link, text));
 *         if (srflx_link_state(link) == SRFLX_LINK_READY) srflx_link_send(link, request);
 *         wait for srflx_link_fd(link) and srflx_link_events(link), until srflx_link_next_deadline(link)
 *     }
 */
#ifndef SRFLX_LINK_H
#define SRFLX_LINK_H

#include <srflx/error.h>
#include <srflx/secure.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_link;

struct srflx_link_options {
    uint32_t size;            /* set by defaults(); the version of this structure */
    uint8_t transport;        /* enum srflx_transport (SRFLX_UDP) */
    struct srflx_addr server; /* must be set */
    struct srflx_addr local;  /* from here; its port may be 0 (family 0: the system's choice) */
    struct srflx_secure_context *secure; /* TLS, DTLS: must be set, a client's; kept by the link */
    const char *name; /* TLS, DTLS: as srflx_secure_new() takes it; copied (NULL) */
};

void srflx_link_options_defaults(struct srflx_link_options *ret_options);

/* Opens the socket and begins to connect. Returns 0, SRFLX_ERROR_ARGUMENT (an option) or SRFLX_ERROR_SYSTEM
 * (memory). Whatever the network or the system refuses makes a link that has failed, and can be asked why. */
SRFLX_MUST_USE int srflx_link_new(const struct srflx_link_options *options,
                                  struct srflx_link **ret_link);

/* Closes it in good order, TLS and DTLS with a last word to the server, and frees it. NULL is nothing. */
void srflx_link_destroy(struct srflx_link *link);

/* The same for a connection that no longer works: TCP sends a reset (RFC 8489 section 6.2.2). */
void srflx_link_abort(struct srflx_link *link);

enum srflx_link_state {
    SRFLX_LINK_CONNECTING = 1,
    SRFLX_LINK_HANDSHAKING = 2,
    SRFLX_LINK_READY = 3, /* messages can be sent */
    SRFLX_LINK_FAILED = 4
};
enum srflx_link_state srflx_link_state(const struct srflx_link *link);

/* Does all that can be done without waiting: connects, shakes hands, sends what has not left yet, receives.
 * Returns
 *   1  a message came, which lives until the next call: call again, there may be more. Over TCP and TLS it
 *      is cut as its header says (frame.h), over UDP and DTLS it is a whole datagram, whatever is in it;
 *   0  nothing more can be done before srflx_link_fd() is ready or srflx_link_next_deadline() has come;
 *   SRFLX_ERROR_SYSTEM, _UNREACHABLE, _TIMEOUT, _CLOSED, _SECURITY, or _RESPONSE for bytes that are no
 *      STUN where a message should begin: the link has failed, and stays so. */
SRFLX_MUST_USE int srflx_link_next(struct srflx_link *link, struct srflx_view *ret_message);

/* Sends a message of 1 to SRFLX_LINK_MESSAGE bytes (DTLS: SRFLX_SECURE_PLAIN_MAX). Over TCP and TLS it leaves
 * as soon as the network takes it; over UDP and DTLS now or never. Returns 0; SRFLX_ERROR_STATE if the link
 * is not ready; SRFLX_ERROR_SPACE if too much waits to be sent; SRFLX_ERROR_ARGUMENT (length); or as
 * srflx_link_next(). */
enum { SRFLX_LINK_MESSAGE = 4096 };
SRFLX_MUST_USE int srflx_link_send(struct srflx_link *link, struct srflx_view message);

/* The socket, -1 if there is none, and what to wait for: POLLIN, with POLLOUT if something wants to leave. */
int srflx_link_fd(const struct srflx_link *link);
short srflx_link_events(const struct srflx_link *link);

/* When to call srflx_link_next() at the latest: mono_ns, UINT64_MAX for never. DTLS repeats what was lost in
 * the handshake; a limit for connecting and for the handshake is the caller's. */
uint64_t srflx_link_next_deadline(const struct srflx_link *link, struct srflx_time now);

/* The caller's patience is over: the step that the link is at has failed with SRFLX_ERROR_TIMEOUT. Does
 * nothing to a link that has failed. */
void srflx_link_give_up(struct srflx_link *link);

/* The two ends as the system names them. The local one has family 0 before it is known. */
void srflx_link_ends(const struct srflx_link *link, struct srflx_addr *ret_server,
                     struct srflx_addr *ret_local);

/* TLS and DTLS: the connection, for srflx_secure_version() and its kin; else NULL. It is the link's. */
const struct srflx_secure *srflx_link_secure(const struct srflx_link *link);

/* What failed. X(name, when) */
#define SRFLX_LINK_STEP_MAP(X)                   \
    X(NONE, "nothing has failed")                \
    X(SOCKET, "opening the socket")              \
    X(BIND, "binding to the local address")      \
    X(CONNECT, "connecting")                     \
    X(HANDSHAKE, "the handshake of TLS or DTLS") \
    X(TALK, "sending and receiving")

enum srflx_link_step {
#define SRFLX_LINK_STEP_ENUM(name, text) SRFLX_LINK_STEP_##name,
    SRFLX_LINK_STEP_MAP(SRFLX_LINK_STEP_ENUM)
#undef SRFLX_LINK_STEP_ENUM
};

struct srflx_link_failure {
    int error;  /* as srflx_link_next() returns it; 0: none */
    int number; /* errno if there is one, else 0 */
    enum srflx_link_step step;
    enum srflx_secure_fault fault; /* of _SECURITY */
};
void srflx_link_failure(const struct srflx_link *link, struct srflx_link_failure *ret_failure);

/* One sentence without a full stop: where, what and why. `ret_text` has SRFLX_LINK_TEXT bytes and gets printable
 * ASCII. Returns `ret_text`. */
enum { SRFLX_LINK_TEXT = SRFLX_SECURE_TEXT + 128 };
char *srflx_link_explain(const struct srflx_link *link, char *ret_text);

/* "UDP", "TCP", "TLS", "DTLS". Static text. */
const char *srflx_transport_name(uint8_t transport);

#ifdef __cplusplus
}
#endif
#endif
