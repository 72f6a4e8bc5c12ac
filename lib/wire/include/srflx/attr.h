/* The attribute table: one line per attribute that the library knows.
 * Sources: RFC 3489 section 11.2, RFC 8489 sections 14 and 18.3, RFC 5780 section 7, RFC 8445
 * section 16.1. The decoder, the tool and the known sets all read this one list.
 *
 *     const struct srflx_attr_row *row = srflx_attr_find(0x0020);
 *     if (row) puts(row->name);
 */
#ifndef SRFLX_ATTR_H
#define SRFLX_ATTR_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shape of a value. */
enum srflx_shape {
    SRFLX_SHAPE_BYTES,     /* opaque */
    SRFLX_SHAPE_TEXT,      /* UTF-8 */
    SRFLX_SHAPE_ADDR,      /* 0, family, port, address */
    SRFLX_SHAPE_XOR_ADDR,  /* the same, port and address XORed with the header */
    SRFLX_SHAPE_U32,       /* 32-bit number or flags */
    SRFLX_SHAPE_U64,       /* 64-bit number */
    SRFLX_SHAPE_ERROR,     /* class, number, reason phrase */
    SRFLX_SHAPE_TYPES,     /* list of 16-bit attribute types */
    SRFLX_SHAPE_EMPTY,     /* no value */
    SRFLX_SHAPE_PORT,      /* 16-bit port, with or without two bytes behind it */
    SRFLX_SHAPE_ALGORITHM, /* one password algorithm with its parameters */
    SRFLX_SHAPE_ALGORITHMS /* a list of them */
};

/* X(symbol, number, name, shape, shortest value, longest value, RFC).
 * Lengths are in bytes, before padding, and bound what is read; 0x0001 to 0x000B are all that
 * RFC 3489 knows. A message holds at most one *indexed* occurrence of each: the first. */
#define SRFLX_ATTR_MAP(X)                                                                \
    X(MAPPED_ADDRESS, 0x0001, "MAPPED-ADDRESS", ADDR, 8, 20, 8489)                       \
    X(RESPONSE_ADDRESS, 0x0002, "RESPONSE-ADDRESS", ADDR, 8, 20, 3489)                   \
    X(CHANGE_REQUEST, 0x0003, "CHANGE-REQUEST", U32, 4, 4, 5780)                         \
    X(SOURCE_ADDRESS, 0x0004, "SOURCE-ADDRESS", ADDR, 8, 20, 3489)                       \
    X(CHANGED_ADDRESS, 0x0005, "CHANGED-ADDRESS", ADDR, 8, 20, 3489)                     \
    X(USERNAME, 0x0006, "USERNAME", TEXT, 0, 763, 8489)                                  \
    X(PASSWORD, 0x0007, "PASSWORD", BYTES, 16, 763, 3489)                                \
    X(MESSAGE_INTEGRITY, 0x0008, "MESSAGE-INTEGRITY", BYTES, 20, 20, 8489)               \
    X(ERROR_CODE, 0x0009, "ERROR-CODE", ERROR, 4, 767, 8489)                             \
    X(UNKNOWN_ATTRIBUTES, 0x000A, "UNKNOWN-ATTRIBUTES", TYPES, 0, 65534, 8489)           \
    X(REFLECTED_FROM, 0x000B, "REFLECTED-FROM", ADDR, 8, 20, 3489)                       \
    X(REALM, 0x0014, "REALM", TEXT, 0, 763, 8489)                                        \
    X(NONCE, 0x0015, "NONCE", TEXT, 0, 763, 8489)                                        \
    X(MESSAGE_INTEGRITY_SHA256, 0x001C, "MESSAGE-INTEGRITY-SHA256", BYTES, 16, 32, 8489) \
    X(PASSWORD_ALGORITHM, 0x001D, "PASSWORD-ALGORITHM", ALGORITHM, 4, 763, 8489)         \
    X(USERHASH, 0x001E, "USERHASH", BYTES, 32, 32, 8489)                                 \
    X(XOR_MAPPED_ADDRESS, 0x0020, "XOR-MAPPED-ADDRESS", XOR_ADDR, 8, 20, 8489)           \
    X(PRIORITY, 0x0024, "PRIORITY", U32, 4, 4, 8445)                                     \
    X(USE_CANDIDATE, 0x0025, "USE-CANDIDATE", EMPTY, 0, 0, 8445)                         \
    X(PADDING, 0x0026, "PADDING", BYTES, 0, 65535, 5780)                                 \
    X(RESPONSE_PORT, 0x0027, "RESPONSE-PORT", PORT, 2, 4, 5780)                          \
    X(PASSWORD_ALGORITHMS, 0x8002, "PASSWORD-ALGORITHMS", ALGORITHMS, 4, 65532, 8489)    \
    X(ALTERNATE_DOMAIN, 0x8003, "ALTERNATE-DOMAIN", TEXT, 1, 255, 8489)                  \
    X(SOFTWARE, 0x8022, "SOFTWARE", TEXT, 0, 763, 8489)                                  \
    X(ALTERNATE_SERVER, 0x8023, "ALTERNATE-SERVER", ADDR, 8, 20, 8489)                   \
    X(FINGERPRINT, 0x8028, "FINGERPRINT", U32, 4, 4, 8489)                               \
    X(ICE_CONTROLLED, 0x8029, "ICE-CONTROLLED", U64, 8, 8, 8445)                         \
    X(ICE_CONTROLLING, 0x802A, "ICE-CONTROLLING", U64, 8, 8, 8445)                       \
    X(RESPONSE_ORIGIN, 0x802B, "RESPONSE-ORIGIN", ADDR, 8, 20, 5780)                     \
    X(OTHER_ADDRESS, 0x802C, "OTHER-ADDRESS", ADDR, 8, 20, 5780)

enum srflx_attr_type {
#define SRFLX_ATTR_ENUM(symbol, number, name, shape, shortest, longest, rfc) \
    SRFLX_ATTR_##symbol = number,
    SRFLX_ATTR_MAP(SRFLX_ATTR_ENUM)
#undef SRFLX_ATTR_ENUM
        SRFLX_ATTR_FIRST_OPTIONAL = 0x8000 /* below: comprehension-required; from here: optional */
};

struct srflx_attr_row {
    const char *name; /* as the RFC spells it */
    uint16_t number;
    uint16_t shortest, longest; /* bytes of value that can be used */
    uint16_t rfc;               /* the newest that defines it */
    uint8_t shape;              /* enum srflx_shape */
};

/* The row of an attribute type, or NULL if the library does not know it. O(1). Any thread. */
const struct srflx_attr_row *srflx_attr_find(uint16_t type);

#ifdef __cplusplus
}
#endif
#endif
