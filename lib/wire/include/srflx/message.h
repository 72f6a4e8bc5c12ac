/* Reading a message: one bounded pass over the bytes, then look-ups in the borrowed view.
 * Sources: RFC 8489 sections 5, 6.3, 7, 9 and 14; RFC 3489 section 11.
 * Nothing here allocates or copies; a message may be read from any number of threads.
 *
 *     struct srflx_message m;
 *     struct srflx_addr mapped;
 *     if (srflx_message_parse(bytes, &m)) return; // not STUN, or broken: ignore it
 *     if (m.kind == SRFLX_SUCCESS &&
 *         !srflx_message_get_addr(&m, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &mapped))
 *         use(&mapped);
 */
#ifndef SRFLX_MESSAGE_H
#define SRFLX_MESSAGE_H

#include <srflx/attr.h>
#include <srflx/types.h>
#include <srflx/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SRFLX_MAGIC_COOKIE 0x2112A442u

enum { SRFLX_HEADER_SIZE = 20, SRFLX_MESSAGE_MAX = 20 + 65532 };

/* The class of a message; not named `class` for the sake of C++. */
enum srflx_kind { SRFLX_REQUEST = 0, SRFLX_INDICATION = 1, SRFLX_SUCCESS = 2, SRFLX_ERROR = 3 };

enum srflx_method { SRFLX_METHOD_BINDING = 0x001, SRFLX_METHOD_SHARED_SECRET = 0x002 };

/* What FINGERPRINT says. WRONG: the checksum differs, its length is not 4, or it is not the last
 * attribute; such a message is to be dropped (RFC 8489 section 6.3). Messages without the magic
 * cookie have none: 0x8028 means nothing there. */
enum srflx_fingerprint {
    SRFLX_FINGERPRINT_ABSENT,
    SRFLX_FINGERPRINT_RIGHT,
    SRFLX_FINGERPRINT_WRONG
};

enum { SRFLX_MESSAGE_SLOTS = 36 };

/* A parsed message. Borrows `bytes`; the rest is an index into them. Read the first six fields and
 * leave the others to the functions. Attributes behind an integrity attribute are not indexed, but
 * for MESSAGE-INTEGRITY-SHA256 behind MESSAGE-INTEGRITY, and FINGERPRINT (RFC 8489 section 9). */
struct srflx_message {
    struct srflx_view bytes; /* header and attributes, exactly */
    uint16_t type;           /* the first two bytes */
    uint16_t method;         /* 0x000 to 0xFFF */
    uint8_t kind;            /* enum srflx_kind */
    uint8_t fingerprint;     /* enum srflx_fingerprint */
    bool classic;            /* no magic cookie: RFC 3489 */
    bool foreign_required;   /* a comprehension-required attribute that is not in the table */
    uint64_t seen;           /* one bit for each indexed attribute */
    uint16_t at[SRFLX_MESSAGE_SLOTS]; /* where it starts, in units of 4 bytes */
};

/* Reads `bytes`, which must be exactly one message (a datagram, or what the length in a stream's
 * header delimits). Verifies FINGERPRINT if it is there. Borrows `bytes`: they must outlive the
 * message. Returns 0, or why this is no message: SRFLX_ERROR_SHORT, _TOP_BITS, _LENGTH_ALIGN,
 * _LENGTH_MISMATCH or _ATTR_OVERRUN, on each of which RFC 8489 section 6.3 asks for silence. */
SRFLX_MUST_USE int srflx_message_parse(struct srflx_view bytes, struct srflx_message *ret_message);

/* Cookie and transaction id as they stand in the header. */
void srflx_message_get_id(const struct srflx_message *m, struct srflx_id *ret_id);

/* True if the attribute is there and counts: not hidden behind integrity; FINGERPRINT only if
 * right. */
bool srflx_message_has(const struct srflx_message *m, uint16_t attr);

/* The first occurrence that counts. Each returns 0, SRFLX_ERROR_ABSENT, SRFLX_ERROR_VALUE if the value
 * makes no sense (value.h says when), or SRFLX_ERROR_ARGUMENT if `attr` has another shape than the
 * getter is for. O(1) for INDEXED attributes of the table; get_bytes also finds others, by walking, and
 * those outside the table have no limits. Views borrow the message's bytes. */
SRFLX_MUST_USE int srflx_message_get_bytes(const struct srflx_message *m, uint16_t attr,
                                           struct srflx_view *ret_value);
/* Any attribute of shape ADDR or XOR_ADDR; XOR is undone. The first byte is ignored. */
SRFLX_MUST_USE int srflx_message_get_addr(const struct srflx_message *m, uint16_t attr,
                                          struct srflx_addr *ret_addr);
SRFLX_MUST_USE int srflx_message_get_u32(const struct srflx_message *m, uint16_t attr,
                                         uint32_t *ret_value);
SRFLX_MUST_USE int srflx_message_get_u64(const struct srflx_message *m, uint16_t attr,
                                         uint64_t *ret_value);

/* RESPONSE-PORT, of either length. */
SRFLX_MUST_USE int srflx_message_get_port(const struct srflx_message *m, uint16_t attr,
                                          uint16_t *ret_port);
/* UNKNOWN-ATTRIBUTES: the first `cap` types of the list. `ret_count` is how many there are in it, which
 * may be more. */
SRFLX_MUST_USE int srflx_message_get_types(const struct srflx_message *m, uint16_t attr,
                                           uint16_t *ret_types, size_t cap, size_t *ret_count);
/* ERROR-CODE */
SRFLX_MUST_USE int srflx_message_get_error(const struct srflx_message *m,
                                           struct srflx_error_code *ret_error);

/* A set of comprehension-required attributes that the reader understands. Start with all zero. */
struct srflx_known {
    uint64_t slots;
};
/* Adds an attribute of the table; others are ignored. */
void srflx_known_add(struct srflx_known *known, uint16_t attr);

/* True if every comprehension-required attribute that counts is in `known`. O(1). */
bool srflx_message_understood(const struct srflx_message *m, const struct srflx_known *known);

/* One attribute as the iterator meets it. */
struct srflx_attr {
    struct srflx_view value; /* without padding */
    uint32_t offset;         /* of its header, from the start of the message */
    uint16_t type;
    bool counts;   /* false behind an integrity attribute that hides it */
    bool repeated; /* of the table, and not its first occurrence */
};

/* Walks the attributes in wire order, also those that do not count. Caller's memory, no clean-up.
 */
struct srflx_iter {
    const struct srflx_message *message;
    uint32_t next;
    uint8_t hidden;
};
void srflx_iter_begin(struct srflx_iter *it, const struct srflx_message *m);
/* Returns false at the end, and then leaves `ret_attr` alone. */
bool srflx_iter_next(struct srflx_iter *it, struct srflx_attr *ret_attr);

/* The 14 bits of a type from method and kind (RFC 8489 section 5). `method` 0 to 0xFFF. */
uint16_t srflx_type(uint16_t method, uint8_t kind);

#ifdef __cplusplus
}
#endif
#endif
