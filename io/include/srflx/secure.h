/* TLS and DTLS as bytes in and out: no socket, no thread. OpenSSL does the work, none of it shows.
 * Sources: RFC 8489 section 6.2.3 (suites, who is verified), RFC 7350 (DTLS), RFC 7443 (ALPN), RFC 6347
 * section 4.2.1 (cookies), RFC 9325 (BCP 195), RFC 9525 (names).
 *
 *     server: srflx_secure_server_new(&options, &context, text);
 *             srflx_secure_new(context, SRFLX_TLS, NULL, &s);   // DTLS: srflx_secure_listen()
 *     client: srflx_secure_client_new(&options, &context, text);
 *             srflx_secure_new(context, SRFLX_TLS, "stun.example.net", &s);
 *
 *     for each piece from the network (client: first an empty one, which begins the handshake):
 *         do {
 *             while ((got = srflx_secure_read(s, &piece, &out, plain, sizeof plain)) > 0)
 *                 use(plain, got);
 *             send out.bytes; out.len = 0; out.count = 0;
 *         } while (!got && srflx_secure_is_full(s));
 *         if (got < 0) close; // why: srflx_secure_explain(s, text)
 *     srflx_secure_write(s, message, &out);
 *     send out.bytes; out.len = 0; out.count = 0;
 */
#ifndef SRFLX_SECURE_H
#define SRFLX_SECURE_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What all connections of a kind share: certificates, policy, keys. Never changes, any number of threads
 * and connections use it at a time. */
struct srflx_secure_context;
/* One connection, used by one thread at a time. */
struct srflx_secure;
/* DTLS: what stands before the cookie. One thread at a time; each thread may have its own. */
struct srflx_secure_listener;

enum {
    SRFLX_SECURE_SECRET = 48,     /* bytes of `secret` in options */
    SRFLX_SECURE_TEXT = 512,      /* bytes of every text that says what is wrong, with its NUL */
    SRFLX_SECURE_DATAGRAMS = 16,  /* as many are put into `out` at a time */
    SRFLX_SECURE_DATAGRAM = 1200, /* the longest that is ever made: fits IPv6's 1280 */
    SRFLX_SECURE_PLAIN_MAX = 1072 /* the longest message that goes into one of them */
};

/* Room that a message of so many bytes always finds enough, in `out` of srflx_secure_write(). */
#define SRFLX_SECURE_ROOM(len) ((len) + 128 * (1 + (len) / 16384))

/* Where bytes for the network go: appended to the caller's array. The caller sends `len` bytes and sets
 * `len` and `count` to 0. In DTLS datagram i ends before ends[i] and begins where the one before it
 * ends; TLS leaves `ends` and `count` alone. TLS does with any `cap` above 0, DTLS needs
 * SRFLX_SECURE_DATAGRAM. */
struct srflx_secure_out {
    uint8_t *bytes;
    size_t cap, len;
    size_t ends[SRFLX_SECURE_DATAGRAMS];
    unsigned count;
};

/* Servers */

/* Names of PEM files. The certificate's file may go on with what issued it, the key must not be encrypted.
 * `key` NULL: it is in the same file. Files with a key must not be readable by everybody. */
struct srflx_secure_identity {
    const char *certificate, *key;
};

struct srflx_secure_server_options {
    uint32_t size; /* of this struct: set by _defaults() */
    /* At least one. A client that names a server (SNI) gets the first one that has this name; who names
     * none, or another, gets the first of all. Two with the same first name and different kinds of keys
     * (ECDSA, RSA) serve that name together. */
    const struct srflx_secure_identity *identities;
    size_t identity_count;
    uint16_t minimum;    /* 0x0303 (TLS 1.2) or 0x0304 (TLS 1.3). DTLS is 1.2 whatever this says */
    const char *ciphers; /* of (D)TLS 1.2, in OpenSSL's notation; NULL: io/secure/policy.c */
    const char *suites;  /* of TLS 1.3, likewise */
    const char *groups;  /* of key exchange, likewise */
    bool tickets;        /* let clients resume, for an hour or two; false */
    /* SRFLX_SECURE_SECRET random bytes that DTLS cookies and tickets are made with: those of another context
     * with the same bytes are as good. NULL: drawn. Copied */
    const uint8_t *secret;
    bool legacy; /* TLS 1.0, 1.1 and AES128-SHA for clients of RFC 3489, not over DTLS; false.
                          * `minimum` and `ciphers` do not count then. A risk: say so in the log */
};

void srflx_secure_server_options_defaults(struct srflx_secure_server_options *ret_options);

/* Reads the files; nothing of `options` is kept. Returns 0, SRFLX_ERROR_ARGUMENT (an option) or
 * SRFLX_ERROR_SYSTEM (a file, or memory); `ret_text` (SRFLX_SECURE_TEXT bytes) then says in one line
 * which file, what is wrong, and what to do. Certificates out of their dates are refused. */
SRFLX_MUST_USE int srflx_secure_server_new(const struct srflx_secure_server_options *options,
                                           struct srflx_secure_context **ret_context,
                                           char *ret_text);

/* Clients */

struct srflx_secure_client_options {
    uint32_t size;
    const char *ca; /* PEM file, or folder as of `openssl rehash`; NULL: the system's. The file's
                     * revocation lists (CRL) are obeyed if it has any */
    /* "sha256/" (may be left out) and the Base64 of the SHA-256 of the server's SubjectPublicKeyInfo. If
     * there are any, the server's key must be one of them, besides everything else. */
    const char *const *pins;
    size_t pin_count;
    bool insecure;    /* do not verify: pins, if any, decide alone; false */
    uint16_t minimum; /* as above */
    bool alpn;        /* offer stun.nat-discovery; true */
};

void srflx_secure_client_options_defaults(struct srflx_secure_client_options *ret_options);

/* As srflx_secure_server_new(). */
SRFLX_MUST_USE int srflx_secure_client_new(const struct srflx_secure_client_options *options,
                                           struct srflx_secure_context **ret_context,
                                           char *ret_text);

/* Connections and listeners that were made of it live on. NULL is nothing. */
void srflx_secure_context_destroy(struct srflx_secure_context *context);

/* Connections */

/* `transport` is SRFLX_TLS or SRFLX_DTLS. Client: `name` is the host of the URI, a name in A-labels or an IP
 * address, which the certificate must have, and no other (never the target of an SRV record); a name is
 * sent too (SNI). NULL only if the context is `insecure`. Server: `name` is NULL, and `transport`
 * SRFLX_TLS, because DTLS begins with srflx_secure_listen(). The caller destroys `ret_s`. Returns 0,
 * SRFLX_ERROR_ARGUMENT or SRFLX_ERROR_SYSTEM (memory). */
SRFLX_MUST_USE int srflx_secure_new(struct srflx_secure_context *context, uint8_t transport,
                                    const char *name, struct srflx_secure **ret_s);

/* Says nothing to the peer. NULL is nothing. */
void srflx_secure_destroy(struct srflx_secure *s);

/* Takes bytes of the network off the front of `input` (DTLS: one datagram, and an empty one is none),
 * appends to `out` what must be sent, and puts what the peer said into `plain`, which has `cap` bytes (1 to
 * INT_MAX). Returns
 *   > 0  so many bytes in `plain`: call again, there may be more;
 *   0    more input is needed, and `input` is empty; or srflx_secure_is_full(): send, and call again;
 *   SRFLX_ERROR_CLOSED    the peer closed in good order. srflx_secure_close() answers it;
 *   SRFLX_ERROR_SECURITY  the connection is over, srflx_secure_fault() says why. `out` may have one alert.
 * Both errors stay. */
SRFLX_MUST_USE int srflx_secure_read(struct srflx_secure *s, struct srflx_view *input,
                                     struct srflx_secure_out *out, uint8_t *ret_plain, size_t cap);

/* Did the last call lack room in `out`? Nothing is lost: send `out`, then read on, with what is left
 * of the input or without any. (An alert that does not fit is lost.) */
bool srflx_secure_is_full(const struct srflx_secure *s);

/* Appends the message, which is not empty, to `out`. DTLS: of at most SRFLX_SECURE_PLAIN_MAX bytes, in a datagram
 * of its own. Returns 0; SRFLX_ERROR_SPACE if `out` has less room than SRFLX_SECURE_ROOM(plain.len), or
 * srflx_secure_is_full(), or all `ends` are taken: then nothing was done; SRFLX_ERROR_STATE if it is not open;
 * SRFLX_ERROR_ARGUMENT (length); SRFLX_ERROR_SECURITY. */
SRFLX_MUST_USE int srflx_secure_write(struct srflx_secure *s, struct srflx_view plain,
                                      struct srflx_secure_out *out);

/* Appends close_notify, once, if the connection is open or the peer has closed it. Nothing can be written
 * afterwards. If there was not enough room, srflx_secure_is_full(): send `out` and call it again. */
void srflx_secure_close(struct srflx_secure *s, struct srflx_secure_out *out);

/* Has the handshake gone well, and has neither side closed? */
bool srflx_secure_is_open(const struct srflx_secure *s);

/* DTLS: in how many milliseconds srflx_secure_tick() is due, UINT32_MAX: there is no timer, as always in
 * TLS. Changes with every other call. */
uint32_t srflx_secure_wait_ms(struct srflx_secure *s);

/* DTLS: sends the last flight again if its time has come. Returns 0, or SRFLX_ERROR_SECURITY when it has been
 * sent too often (minutes; callers have deadlines of their own). */
SRFLX_MUST_USE int srflx_secure_tick(struct srflx_secure *s, struct srflx_secure_out *out);

/* What is wrong with a connection. X(name, when). */
#define SRFLX_SECURE_FAULT_MAP(X)                                          \
    X(NONE, "nothing is wrong")                                            \
    X(NAME, "the certificate is another name's")                           \
    X(EXPIRED, "the certificate has expired")                              \
    X(NOT_YET_VALID, "the certificate is not valid yet")                   \
    X(UNKNOWN_ISSUER, "nobody whom we trust has issued the certificate")   \
    X(SELF_SIGNED, "the certificate is self-signed")                       \
    X(REVOKED, "the certificate has been revoked")                         \
    X(CERTIFICATE, "the certificate cannot be used for something else")    \
    X(PIN, "the key of the certificate is none of the pinned ones")        \
    X(NO_ALPN, "the peer does not speak STUN (ALPN)")                      \
    X(VERSION, "both sides have no version, suite or algorithm in common") \
    X(PROTOCOL, "the peer's bytes are no good (D)TLS")                     \
    X(ALERT, "the peer refused")                                           \
    X(TIMEOUT, "the peer does not answer the handshake")                   \
    X(MEMORY, "memory is short")

enum srflx_secure_fault {
#define SRFLX_SECURE_FAULT_ENUM(name, text) SRFLX_SECURE_##name,
    SRFLX_SECURE_FAULT_MAP(SRFLX_SECURE_FAULT_ENUM)
#undef SRFLX_SECURE_FAULT_ENUM
        SRFLX_SECURE_FAULTS
};

enum srflx_secure_fault srflx_secure_fault(const struct srflx_secure *s);

/* The short name, as in the list above ("UNKNOWN_ISSUER"); "UNKNOWN" for other numbers. Static text. */
const char *srflx_secure_fault_name(enum srflx_secure_fault fault);

/* One sentence without a full stop, with names and dates: what is wrong. `ret_text` has SRFLX_SECURE_TEXT
 * bytes. What a certificate says is in it as printable ASCII. */
void srflx_secure_explain(const struct srflx_secure *s, char *ret_text);

/* "TLSv1.3", "DTLSv1.2"; and the cipher suite as OpenSSL calls it. "none" before they are agreed on. Static
 * text. */
const char *srflx_secure_version(const struct srflx_secure *s);
const char *srflx_secure_suite(const struct srflx_secure *s);

/* Client, of an open connection: does the server's certificate have this name, or IP address, as well (the
 * ALTERNATE-DOMAIN of a redirection)? Returns 0, SRFLX_ERROR_SECURITY if not, SRFLX_ERROR_STATE, or
 * SRFLX_ERROR_ARGUMENT for no name at all. The connection stays as it is. Always 0 if it is `insecure`. */
SRFLX_MUST_USE int srflx_secure_check_name(const struct srflx_secure *s, const char *name);

/* DTLS servers */

/* Listeners of one context take each other's cookies. The caller destroys it. Returns 0,
 * SRFLX_ERROR_ARGUMENT (a client's context) or SRFLX_ERROR_SYSTEM (memory). */
SRFLX_MUST_USE int srflx_secure_listener_new(struct srflx_secure_context *context,
                                             struct srflx_secure_listener **ret_listener);

/* NULL is nothing. */
void srflx_secure_listener_destroy(struct srflx_secure_listener *listener);

/* For a datagram of a peer who has no connection yet. Returns
 *   1  it begins with a ClientHello with a cookie that this peer has got from us within the last minute or two.
 *      `ret_s` is a connection that has taken it in, and the answer is in `out`. The caller destroys it;
 *   0  it does not. For a ClientHello without a cookie or with an old one, `out` has a HelloVerifyRequest
 *      of SRFLX_SECURE_HELLO_VERIFY bytes, if there was room; for one with the right cookie that cannot be
 *      served otherwise, an alert. For everything else it has nothing: other records and versions, a
 *      ClientHello in fragments, a foreign cookie, and a ClientHello of less than 100 bytes, of which the
 *      answer would be more than half at the IP layer (an ordinary one has 200: 0.28). All these answers
 *      together have at most 0.3 of the bytes that ask for them, but for a hundred a second;
 *   SRFLX_ERROR_SYSTEM (memory).
 * Nothing is allocated, and OpenSSL does not see the datagram, before the cookie is right. */
SRFLX_MUST_USE int srflx_secure_listen(struct srflx_secure_listener *listener,
                                       struct srflx_view datagram, const struct srflx_addr *peer,
                                       struct srflx_secure_out *out, struct srflx_secure **ret_s);

enum { SRFLX_SECURE_HELLO_VERIFY = 36 };

#ifdef __cplusplus
}
#endif
#endif
