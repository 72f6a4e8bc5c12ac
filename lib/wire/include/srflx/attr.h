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
    SRFLX_SHAPE_NAME,      /* domain name in ASCII */
    SRFLX_SHAPE_ADDR,      /* 0, family, port, address */
    SRFLX_SHAPE_XOR_ADDR,  /* the same, port and address XORed with the header */
    SRFLX_SHAPE_U8,        /* a number in the first byte; the others are reserved */
    SRFLX_SHAPE_U16,       /* a number in the first two; the others are reserved */
    SRFLX_SHAPE_U32,       /* 32-bit number or flags */
    SRFLX_SHAPE_U64,       /* 64-bit number */
    SRFLX_SHAPE_ERROR,     /* class, number, reason phrase */
    SRFLX_SHAPE_TYPES,     /* list of 16-bit attribute types */
    SRFLX_SHAPE_EMPTY,     /* no value */
    SRFLX_SHAPE_PORT,      /* 16-bit port, with or without two bytes behind it */
    SRFLX_SHAPE_ALGORITHM, /* one password algorithm with its parameters */
    SRFLX_SHAPE_ALGORITHMS /* a list of them */
};

/* X(symbol, number, name, shape, shortest value, longest value, RFC, use).
 * Lengths are in bytes, before padding, and bound what is read. 0x0001 to 0x000B are all that RFC
 * 3489 knows. RFC 0: registered without one. INDEXED attributes are found in a message in O(1), and
 * at most one occurrence of each counts, the first; NAMED ones (TURN and others) are known by name
 * and shape, so that they can be shown.
 * spec: R8489-14.3-04 R8489-18.3.1-01 R8489-18.3.2-01 R5389-15.6-01 R5389-15.8-01 */
/* clang-format off */
#define SRFLX_ATTR_MAP(X) \
    X(MAPPED_ADDRESS, 0x0001, "MAPPED-ADDRESS", ADDR, 8, 20, 8489, INDEXED) \
    X(RESPONSE_ADDRESS, 0x0002, "RESPONSE-ADDRESS", ADDR, 8, 20, 3489, INDEXED) \
    X(CHANGE_REQUEST, 0x0003, "CHANGE-REQUEST", U32, 4, 4, 5780, INDEXED) \
    X(SOURCE_ADDRESS, 0x0004, "SOURCE-ADDRESS", ADDR, 8, 20, 3489, INDEXED) \
    X(CHANGED_ADDRESS, 0x0005, "CHANGED-ADDRESS", ADDR, 8, 20, 3489, INDEXED) \
    X(USERNAME, 0x0006, "USERNAME", TEXT, 0, 763, 8489, INDEXED) \
    X(PASSWORD, 0x0007, "PASSWORD", BYTES, 16, 763, 3489, INDEXED) \
    X(MESSAGE_INTEGRITY, 0x0008, "MESSAGE-INTEGRITY", BYTES, 20, 20, 8489, INDEXED) \
    X(ERROR_CODE, 0x0009, "ERROR-CODE", ERROR, 4, 767, 8489, INDEXED) \
    X(UNKNOWN_ATTRIBUTES, 0x000A, "UNKNOWN-ATTRIBUTES", TYPES, 0, 65534, 8489, INDEXED) \
    X(REFLECTED_FROM, 0x000B, "REFLECTED-FROM", ADDR, 8, 20, 3489, INDEXED) \
    X(CHANNEL_NUMBER, 0x000C, "CHANNEL-NUMBER", U16, 4, 4, 8656, NAMED) \
    X(LIFETIME, 0x000D, "LIFETIME", U32, 4, 4, 8656, NAMED) \
    X(XOR_PEER_ADDRESS, 0x0012, "XOR-PEER-ADDRESS", XOR_ADDR, 8, 20, 8656, NAMED) \
    X(DATA, 0x0013, "DATA", BYTES, 0, 65535, 8656, NAMED) \
    X(REALM, 0x0014, "REALM", TEXT, 0, 763, 8489, INDEXED) \
    X(NONCE, 0x0015, "NONCE", TEXT, 0, 763, 8489, INDEXED) \
    X(XOR_RELAYED_ADDRESS, 0x0016, "XOR-RELAYED-ADDRESS", XOR_ADDR, 8, 20, 8656, NAMED) \
    X(REQUESTED_ADDRESS_FAMILY, 0x0017, "REQUESTED-ADDRESS-FAMILY", U8, 4, 4, 8656, NAMED) \
    X(EVEN_PORT, 0x0018, "EVEN-PORT", U8, 1, 1, 8656, NAMED) \
    X(REQUESTED_TRANSPORT, 0x0019, "REQUESTED-TRANSPORT", U8, 4, 4, 8656, NAMED) \
    X(DONT_FRAGMENT, 0x001A, "DONT-FRAGMENT", EMPTY, 0, 0, 8656, NAMED) \
    X(ACCESS_TOKEN, 0x001B, "ACCESS-TOKEN", BYTES, 2, 65535, 7635, INDEXED) \
    X(MESSAGE_INTEGRITY_SHA256, 0x001C, "MESSAGE-INTEGRITY-SHA256", BYTES, 16, 32, 8489, INDEXED) \
    X(PASSWORD_ALGORITHM, 0x001D, "PASSWORD-ALGORITHM", ALGORITHM, 4, 65535, 8489, INDEXED) \
    X(USERHASH, 0x001E, "USERHASH", BYTES, 32, 32, 8489, INDEXED) \
    X(XOR_MAPPED_ADDRESS, 0x0020, "XOR-MAPPED-ADDRESS", XOR_ADDR, 8, 20, 8489, INDEXED) \
    X(RESERVATION_TOKEN, 0x0022, "RESERVATION-TOKEN", BYTES, 8, 8, 8656, NAMED) \
    X(PRIORITY, 0x0024, "PRIORITY", U32, 4, 4, 8445, INDEXED) \
    X(USE_CANDIDATE, 0x0025, "USE-CANDIDATE", EMPTY, 0, 0, 8445, INDEXED) \
    X(PADDING, 0x0026, "PADDING", BYTES, 0, 65535, 5780, INDEXED) \
    X(RESPONSE_PORT, 0x0027, "RESPONSE-PORT", PORT, 2, 4, 5780, INDEXED) \
    X(CONNECTION_ID, 0x002A, "CONNECTION-ID", U32, 4, 4, 6062, NAMED) \
    X(ADDITIONAL_ADDRESS_FAMILY, 0x8000, "ADDITIONAL-ADDRESS-FAMILY", U8, 4, 4, 8656, NAMED) \
    X(ADDRESS_ERROR_CODE, 0x8001, "ADDRESS-ERROR-CODE", ERROR, 4, 767, 8656, NAMED) \
    X(PASSWORD_ALGORITHMS, 0x8002, "PASSWORD-ALGORITHMS", ALGORITHMS, 4, 65535, 8489, INDEXED) \
    X(ALTERNATE_DOMAIN, 0x8003, "ALTERNATE-DOMAIN", NAME, 1, 255, 8489, INDEXED) \
    X(ICMP, 0x8004, "ICMP", BYTES, 8, 8, 8656, NAMED) \
    X(SOFTWARE, 0x8022, "SOFTWARE", TEXT, 0, 763, 8489, INDEXED) \
    X(ALTERNATE_SERVER, 0x8023, "ALTERNATE-SERVER", ADDR, 8, 20, 8489, INDEXED) \
    X(TRANSACTION_TRANSMIT_COUNTER, 0x8025, "TRANSACTION_TRANSMIT_COUNTER", BYTES, 4, 4, 7982, NAMED) \
    X(CACHE_TIMEOUT, 0x8027, "CACHE-TIMEOUT", BYTES, 0, 65535, 5780, NAMED) \
    X(FINGERPRINT, 0x8028, "FINGERPRINT", U32, 4, 4, 8489, INDEXED) \
    X(ICE_CONTROLLED, 0x8029, "ICE-CONTROLLED", U64, 8, 8, 8445, INDEXED) \
    X(ICE_CONTROLLING, 0x802A, "ICE-CONTROLLING", U64, 8, 8, 8445, INDEXED) \
    X(RESPONSE_ORIGIN, 0x802B, "RESPONSE-ORIGIN", ADDR, 8, 20, 5780, INDEXED) \
    X(OTHER_ADDRESS, 0x802C, "OTHER-ADDRESS", ADDR, 8, 20, 5780, INDEXED) \
    X(ECN_CHECK, 0x802D, "ECN-CHECK STUN", BYTES, 0, 65535, 6679, NAMED) \
    X(THIRD_PARTY_AUTHORIZATION, 0x802E, "THIRD-PARTY-AUTHORIZATION", TEXT, 0, 763, 7635, INDEXED) \
    X(MOBILITY_TICKET, 0x8030, "MOBILITY-TICKET", BYTES, 0, 65535, 8016, NAMED) \
    X(CISCO_STUN_FLOWDATA, 0xC000, "CISCO-STUN-FLOWDATA", BYTES, 0, 65535, 0, NAMED) \
    X(ENF_FLOW_DESCRIPTION, 0xC001, "ENF-FLOW-DESCRIPTION", BYTES, 0, 65535, 0, NAMED) \
    X(ENF_NETWORK_STATUS, 0xC002, "ENF-NETWORK-STATUS", BYTES, 0, 65535, 0, NAMED) \
    X(CISCO_WEBEX_FLOW_INFO, 0xC003, "CISCO-WEBEX-FLOW-INFO", BYTES, 0, 65535, 0, NAMED) \
    X(CITRIX_TRANSACTION_ID, 0xC056, "CITRIX-TRANSACTION-ID", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_NETWORK_INFO, 0xC057, "GOOG-NETWORK-INFO", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_LAST_ICE_CHECK_RECEIVED, 0xC058, "GOOG-LAST-ICE-CHECK-RECEIVED", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_MISC_INFO, 0xC059, "GOOG-MISC-INFO", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_OBSOLETE_1, 0xC05A, "GOOG-OBSOLETE-1", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_CONNECTION_ID, 0xC05B, "GOOG-CONNECTION-ID", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_DELTA, 0xC05C, "GOOG-DELTA", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_DELTA_ACK, 0xC05D, "GOOG-DELTA-ACK", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_DELTA_SYNC_REQ, 0xC05E, "GOOG-DELTA-SYNC-REQ", BYTES, 0, 65535, 0, NAMED) \
    X(GOOG_MESSAGE_INTEGRITY_32, 0xC060, "GOOG-MESSAGE-INTEGRITY-32", BYTES, 0, 65535, 0, NAMED)
/* clang-format on */

enum srflx_attr_type {
#define SRFLX_ATTR_ENUM(symbol, number, name, shape, shortest, longest, rfc, use) \
    SRFLX_ATTR_##symbol = number,
    SRFLX_ATTR_MAP(SRFLX_ATTR_ENUM)
#undef SRFLX_ATTR_ENUM
        SRFLX_ATTR_FIRST_OPTIONAL = 0x8000 /* below: comprehension-required; from here: optional */
};

struct srflx_attr_row {
    const char *name; /* as the RFC spells it */
    uint16_t number;
    uint16_t shortest, longest; /* bytes of value that can be used */
    uint16_t rfc;               /* the newest that defines it, 0: none */
    uint8_t shape;              /* enum srflx_shape */
};

/* The row of an attribute type, or NULL if the library does not know it. O(1). Any thread. */
const struct srflx_attr_row *srflx_attr_find(uint16_t type);

#ifdef __cplusplus
}
#endif
#endif
