/* Taking any bytes apart, right or broken, into facts: what stands where, and what is wrong with
 * it. For tools that explain messages; programs that act on them use srflx_message_parse().
 * Sources: RFC 8489 sections 5, 6.3, 9 and 14; RFC 3489 section 11.
 * Caller's memory, no clean-up; nothing is copied. One thread per dissection.
 *
 *     srflx_dissect_begin(&d, bytes);
 *     while (srflx_dissect_next(&d, &fact))
 *         print(fact.offset, fact.len, fact.row ? fact.row->name : "?", fact.problems);
 */
#ifndef SRFLX_DISSECT_H
#define SRFLX_DISSECT_H

#include <srflx/message.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, fatal, text). Fatal: a receiver must not take these bytes for a message, or has to drop
 * it. */
#define SRFLX_PROBLEM_MAP(X)                                                      \
    X(SHORT, true, "shorter than a header of 20 bytes")                           \
    X(TOP_BITS, true, "the two top bits are not zero")                            \
    X(LENGTH_ALIGN, true, "the length is not a multiple of 4")                    \
    X(LENGTH_BEYOND, true, "the length says more bytes than there are")           \
    X(TRAILING, true, "bytes behind the end that the length states")              \
    X(CUT_HEADER, true, "fewer than the 4 bytes that an attribute starts with")   \
    X(OVERRUN, true, "the attribute reaches beyond the end of the message")       \
    X(FINGERPRINT_WRONG, true, "the checksum does not match the bytes before it") \
    X(FINGERPRINT_NOT_LAST, true, "FINGERPRINT is not the last attribute")        \
    X(FINGERPRINT_LENGTH, true, "FINGERPRINT has not 4 bytes")                    \
    X(VALUE, false, "the value is unusable")                                      \
    X(HIDDEN, false, "ignored: it stands behind an integrity attribute")          \
    X(REPEATED, false, "ignored: not the first of its type")                      \
    X(UNKNOWN_REQUIRED, false, "unknown, and comprehension-required")             \
    X(PADDING, false, "padding that is not zero (allowed before RFC 8489)")       \
    X(NO_PADDING, false, "no multiple of 4, which RFC 3489 asks for")

enum srflx_problem {
#define SRFLX_PROBLEM_ENUM(name, fatal, text) SRFLX_PROBLEM_##name,
    SRFLX_PROBLEM_MAP(SRFLX_PROBLEM_ENUM)
#undef SRFLX_PROBLEM_ENUM
        SRFLX_PROBLEM_COUNT
};

/* The name of a problem ("OVERRUN"), its sentence, and whether it is fatal. Static text. */
const char *srflx_problem_name(enum srflx_problem problem);
const char *srflx_problem_text(enum srflx_problem problem);
bool srflx_problem_is_fatal(enum srflx_problem problem);

enum srflx_fact_kind {
    SRFLX_FACT_TYPE = 1,  /* 2 bytes: class and method */
    SRFLX_FACT_LENGTH,    /* 2 bytes */
    SRFLX_FACT_ID,        /* 16 bytes: cookie and id, or the id of RFC 3489 */
    SRFLX_FACT_ATTRIBUTE, /* header, value and padding */
    SRFLX_FACT_REST       /* bytes that belong to nothing */
};

struct srflx_fact {
    uint32_t offset;                  /* from the start of the bytes */
    uint32_t len;                     /* as far as the bytes reach */
    const struct srflx_attr_row *row; /* ATTRIBUTE: NULL if the type has no meaning here */
    struct srflx_view bytes;  /* the value: without header and padding, as far as it reaches */
    struct srflx_value value; /* ATTRIBUTE: set unless the value is unusable or cut */
    uint32_t problems;        /* bit 1 << enum srflx_problem */
    uint16_t type;            /* TYPE, ATTRIBUTE */
    uint16_t stated_len;      /* LENGTH: the number; ATTRIBUTE: the length in its header */
    uint8_t kind;             /* enum srflx_fact_kind */
};

/* Leave the fields to the functions. */
struct srflx_dissection {
    struct srflx_view bytes;
    struct srflx_id id;
    uint64_t seen;
    size_t next; /* offset of the next fact */
    size_t end;  /* where the attributes end */
    uint8_t hidden;
    bool classic;
};

/* Borrows `bytes`, up to 4 GiB of them. */
void srflx_dissect_begin(struct srflx_dissection *d, struct srflx_view bytes);

/* The next fact, in wire order; the facts together cover every byte once. Returns false at the end,
 * and then leaves `ret_fact` alone. If no fact has a fatal problem, srflx_message_parse() takes the
 * bytes and FINGERPRINT is not wrong; and the other way round. No bytes at all give one fact,
 * SHORT. */
bool srflx_dissect_next(struct srflx_dissection *d, struct srflx_fact *ret_fact);

#ifdef __cplusplus
}
#endif
#endif
