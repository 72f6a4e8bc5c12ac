/* stun: and stuns: URIs.
 * Sources: RFC 7064 section 3.1 (syntax), RFC 3986 sections 3.2.2 and 3.2.3 (host, port), RFC 1123
 * section 2.1 and RFC 1035 section 2.3.4 (names of hosts). Any thread may call any of these.
 *
 *     struct srflx_uri uri;
 *     size_t at;
 *     if (srflx_uri_parse(text, &uri)) {
 *         enum srflx_uri_fault fault = srflx_uri_explain(text, false, &at);
 *         complain(srflx_uri_fault_text(fault), at);
 *     }
 */
#ifndef SRFLX_URI_H
#define SRFLX_URI_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a DNS name as text, at most 253, with its NUL. */
enum { SRFLX_NAME_TEXT = 254 };

/* Enough for any URI that srflx_uri_write() makes, with its NUL. */
enum { SRFLX_URI_TEXT = 272 };

enum srflx_uri_kind { SRFLX_URI_NAME = 1, SRFLX_URI_IPV4 = 4, SRFLX_URI_IPV6 = 6 };

struct srflx_uri {
    char host[SRFLX_NAME_TEXT]; /* a name, or an address as srflx_addr_write_ip() has it */
    struct srflx_addr addr;     /* of an address, with `port`; of a name all zero */
    uint16_t port;              /* 0: none was given */
    uint8_t kind;               /* enum srflx_uri_kind */
    bool secure;                /* stuns */
};

/* Reads a URI. Names come out in lower case, percent-encoding decoded, without the one trailing dot
 * that they may have. They consist of letters, digits, hyphens and underscores in labels of at most
 * 63; other alphabets come as A-labels (xn--...). An empty port is as none. Text without a NUL, of any
 * length. Returns 0 or SRFLX_ERROR_URI. */
SRFLX_MUST_USE int srflx_uri_parse(struct srflx_view text, struct srflx_uri *ret_uri);

/* The same for what people type: the scheme may be missing, then `secure` stands for it; IPv6 may
 * come without brackets if no port follows, and with a numeric zone ("fe80::1%2"). */
SRFLX_MUST_USE int srflx_uri_parse_lenient(struct srflx_view text, bool secure,
                                           struct srflx_uri *ret_uri);

/* X(name, text): what is wrong with a URI. */
#define SRFLX_URI_FAULT_MAP(X)                                                                  \
    X(SCHEME, "want stun: or stuns:")                                                           \
    X(SLASHES, "nothing stands between the scheme and the host, no // either")                  \
    X(HOST, "there is no host")                                                                 \
    X(LETTER, "a host's name has letters, digits, hyphens and dots alone")                      \
    X(NON_ASCII, "a name beyond ASCII must come in its A-label form, as xn--bcher-kva.example") \
    X(PERCENT, "want two hexadecimal digits behind %")                                          \
    X(LABEL, "want labels of 1 to 63 letters between the dots")                                 \
    X(HYPHEN, "no label begins or ends with a hyphen")                                          \
    X(LONG, "no name is longer than 253 letters")                                               \
    X(NUMBER, "a name that ends in a number is no name, and this is no IPv4 address")           \
    X(IPV6, "want an IPv6 address between the brackets")                                        \
    X(BARE, "an IPv6 address stands between brackets, [2001:db8::1]")                           \
    X(FUTURE, "addresses later than IPv6 are not known")                                        \
    X(BRACKET, "want ] behind the IPv6 address, and then nothing but :port")                    \
    X(PORT, "want a port from 1 to 65535")                                                      \
    X(USERINFO, "there is no user in a STUN URI, so no @")                                      \
    X(PATH, "there is no path in a STUN URI, so no /")                                          \
    X(QUERY, "there is no query in a STUN URI, so no ?; ?transport= belongs to turn:")          \
    X(FRAGMENT, "there is no fragment in a STUN URI, so no #")

enum srflx_uri_fault {
    SRFLX_URI_GOOD = 0,
#define SRFLX_URI_FAULT_ENUM(name, text) SRFLX_URI_BAD_##name,
    SRFLX_URI_FAULT_MAP(SRFLX_URI_FAULT_ENUM)
#undef SRFLX_URI_FAULT_ENUM
};

/* What keeps one of the two functions above from reading `text`, and from which byte on; SRFLX_URI_GOOD,
 * with `ret_at` untouched, if nothing does. */
enum srflx_uri_fault srflx_uri_explain(struct srflx_view text, bool lenient, size_t *ret_at);

/* The sentence of a fault, without a full stop; "" for SRFLX_URI_GOOD and other numbers. Static. */
const char *srflx_uri_fault_text(enum srflx_uri_fault fault);

/* Writes the URI in its shortest form, which reads as the same again; IPv6 with a zone in the lenient
 * form alone. `uri` is as parse() makes it, `ret_text` has SRFLX_URI_TEXT bytes. Returns `ret_text`. */
char *srflx_uri_write(const struct srflx_uri *uri, char *ret_text);

#ifdef __cplusplus
}
#endif
#endif
