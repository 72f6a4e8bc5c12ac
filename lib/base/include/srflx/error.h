/* Every error code of the library: number, name and a sentence for people.
 * A function that can fail returns 0 (or a documented non-negative result) or one of these negative
 * codes, and leaves its outputs untouched. What a protocol decides (answer with 420, ignore, give
 * up) is not an error: verdicts and events are enums of their own.
 *
 *     int error = srflx_message_parse(bytes, &message);
 *     if (error) fprintf(stderr, "%s\n", srflx_error_text(error));
 */
#ifndef SRFLX_ERROR_H
#define SRFLX_ERROR_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, text). Bands: -1 to -99 the caller's mistake, -100 to -199 the peer's bytes,
 * -200 to -299 the protocol, -300 to -399 the system. */
#define SRFLX_ERROR_MAP(X)                                                                    \
    X(ARGUMENT, -1, "an argument is outside its documented range")                            \
    X(SPACE, -2, "the buffer is too small")                                                   \
    X(STATE, -3, "the call is not allowed in this state")                                     \
    X(ORDER, -4, "nothing may follow the attribute written before")                           \
    X(TEXT, -5, "the text is no address of the form 192.0.2.1:3478 or [2001:db8::1]:3478")    \
    X(UTF8, -6, "the text is not well-formed UTF-8")                                          \
    X(CHARACTER, -7, "the text has a character that credentials must not have")               \
    X(DIRECTION, -8, "the text mixes left-to-right and right-to-left writing")                \
    X(EMPTY, -9, "the text is empty, or all of it is left out when it is prepared")           \
    X(LONG, -10, "the text is too long")                                                      \
    X(URI, -11, "the text is no URI of the form stun:host:port or stuns:host:port")           \
    X(NAMELESS, -12, "a stuns URI with an IP address names nobody whose certificate counts")  \
    X(SHORT, -100, "shorter than a STUN header (20 bytes)")                                   \
    X(TOP_BITS, -101, "the two top bits of the first byte are not zero, so this is not STUN") \
    X(LENGTH_ALIGN, -102, "the message length is not a multiple of 4")                        \
    X(LENGTH_MISMATCH, -103, "the message length differs from the number of bytes received")  \
    X(ATTR_OVERRUN, -104, "an attribute reaches beyond the end of the message")               \
    X(ABSENT, -105, "the attribute is not in the message")                                    \
    X(VALUE, -106, "the attribute is there, but its value is unusable")                       \
    X(TIMEOUT, -200, "no answer before the time limit")                                       \
    X(UNREACHABLE, -201, "the network reported that the server cannot be reached")            \
    X(REJECTED, -202, "the server answered with an error")                                    \
    X(RESPONSE, -203, "the server's answer cannot be used")                                   \
    X(INTEGRITY, -204, "message integrity is missing or wrong")                               \
    X(CHALLENGED, -205, "the server asks for credentials, or for a newer nonce")              \
    X(REFUSED, -206, "the server's demand for credentials cannot be met")                     \
    X(REDIRECT, -207, "the server sends us on, to where we must not or cannot go")            \
    X(CLOSED, -208, "the peer has closed the connection")                                     \
    X(SECURITY, -209, "TLS or DTLS failed, or the peer cannot be trusted")                    \
    X(CANCELLED, -210, "the caller has cancelled it")                                         \
    X(SYSTEM, -300, "the operating system refused")                                           \
    X(NAME, -301, "the host name cannot be looked up")                                        \
    X(ASCII_ONLY, -302, "the text is not ASCII, and this build knows no other characters")

enum srflx_error {
#define SRFLX_ERROR_ENUM(name, number, text) SRFLX_ERROR_##name = number,
    SRFLX_ERROR_MAP(SRFLX_ERROR_ENUM)
#undef SRFLX_ERROR_ENUM
        SRFLX_OK = 0
};

/* The sentence of a code, without a full stop; "no error" for 0 and above, "unknown error" for
 * other numbers. Static text, any thread. */
const char *srflx_error_text(int code);

/* The code's short name, as in the list above ("ATTR_OVERRUN"); "OK" and "UNKNOWN" likewise. */
const char *srflx_error_name(int code);

#ifdef __cplusplus
}
#endif
#endif
