/* What the tests of the transaction share: one server, one request, answers from bytes, and a clock
 * that counts milliseconds from an odd origin. */
#ifndef TRANSACTION_FIXTURE_H
#define TRANSACTION_FIXTURE_H

#include "check.h"

#include <srflx/addr.h>
#include <srflx/transaction.h>

/* A whole message from a type, an id and attributes. */
struct fixture_message {
    uint8_t bytes[128];
    size_t len;
};

static const struct srflx_addr server = {{192, 0, 2, 1}, 0, 3478, SRFLX_IPV4};

static const uint8_t current_id[16] = {0x21, 0x12, 0xa4, 0x42, 1, 2,  3,  4,
                                       5,    6,    7,    8,    9, 10, 11, 12};
static const uint8_t classic_id[16] = {0x21, 0x12, 0xa4, 0x43, 1, 2,  3,  4,
                                       5,    6,    7,    8,    9, 10, 11, 12};

/* Attributes. The mapped addresses are 192.0.2.1:32853, plain and XORed. */
#define XOR_MAPPED "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
#define MAPPED "\x00\x01\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x01"
#define OTHER_MAPPED "\x00\x01\x00\x08\x00\x01\x80\x55\xc6\x33\x64\x07"
#define ERROR_CODE(hundreds, number) "\x00\x09\x00\x04\x00\x00" hundreds number
#define UNKNOWN_REQUIRED "\x7f\xff\x00\x00"
#define UNKNOWN_OPTIONAL "\xff\xff\x00\x00"

#define REJECTION ERROR_CODE("\x04", "\x00")
#define TROUBLE ERROR_CODE("\x05", "\x03")

enum { REQUEST = 0x0001, INDICATION = 0x0011, SUCCESS = 0x0101, ERROR = 0x0111 };

static const struct srflx_addr mapped = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};

static inline struct srflx_view view_of(const struct fixture_message *m)
{
    return (struct srflx_view){m->bytes, m->len};
}

static inline struct fixture_message make(uint16_t type, const uint8_t *id, struct srflx_view attrs)
{
    struct fixture_message m = {.len = 20 + attrs.len};

    CHECK(m.len <= sizeof m.bytes);
    m.bytes[0] = (uint8_t)(type >> 8);
    m.bytes[1] = (uint8_t)type;
    m.bytes[3] = (uint8_t)attrs.len;
    memcpy(m.bytes + 4, id, 16);
    memcpy(m.bytes + 20, attrs.ptr, attrs.len);
    return m;
}

static inline struct fixture_message current(uint16_t type, struct srflx_view attrs)
{
    return make(type, current_id, attrs);
}

static inline struct srflx_time at_ms(uint64_t ms)
{
    return (struct srflx_time){12345678901 + ms * 1000000, 0};
}

static inline uint64_t to_ns(uint64_t ms)
{
    return at_ms(ms).mono_ns;
}

static inline struct srflx_packet packet_of(const struct fixture_message *m)
{
    return (struct srflx_packet){.bytes = view_of(m), .from = server, .transport = SRFLX_UDP};
}

/* Feeds an answer from the right server, which must be taken. */
static inline void answer(struct srflx_transaction *t, const struct fixture_message *m, uint64_t ms)
{
    struct srflx_packet packet = packet_of(m);

    CHECK(srflx_transaction_feed(t, &packet, at_ms(ms)));
}

/* The next event, which must be there. */
static inline struct srflx_event next(struct srflx_transaction *t)
{
    struct srflx_event event;

    CHECK(srflx_transaction_next_event(t, &event));
    return event;
}

static inline void expect_nothing(struct srflx_transaction *t)
{
    struct srflx_event event;

    CHECK(!srflx_transaction_next_event(t, &event));
}

static inline void expect_send(struct srflx_transaction *t, uint32_t sent)
{
    struct srflx_event event = next(t);

    CHECK_INT(event.kind, SRFLX_EVENT_SEND);
    CHECK_INT(event.sent, sent);
    CHECK_INT(event.error, 0);
    expect_nothing(t);
}

static inline void expect_failed(struct srflx_transaction *t, int error)
{
    struct srflx_event event = next(t);

    CHECK_INT(event.kind, SRFLX_EVENT_FAILED);
    CHECK_INT(event.error, error);
    expect_nothing(t);
    CHECK(srflx_transaction_next_deadline(t) == UINT64_MAX);
}

/* Memory and request of one transaction. */
struct fixture {
    union {
        uint8_t bytes[1024];
        max_align_t align;
    } memory;
    struct fixture_message request;
    struct srflx_transaction *t;
};

static inline void prepare(struct fixture *f, const struct srflx_transaction_options *options)
{
    f->request = make(0x0001, current_id, VIEW(""));
    CHECK_INT(srflx_transaction_init(&f->memory, sizeof f->memory, options, &f->t), 0);
}

static inline void prepare_default(struct fixture *f)
{
    struct srflx_transaction_options options;

    srflx_transaction_options_defaults(&options);
    prepare(f, &options);
}

static inline void start(struct fixture *f, uint8_t transport, uint64_t ms)
{
    CHECK_INT(srflx_transaction_start(f->t, view_of(&f->request), &server, transport, at_ms(ms)),
              0);
}

/* A fresh fixture has rc 2, so that it gets to its last wait with one tick. All states are reached
 * before 1000 ms, and all but the idle ones are then due between 1000 ms and 10000 ms. */
static inline void enter_fresh(struct fixture *f)
{
    struct srflx_transaction_options options;

    srflx_transaction_options_defaults(&options);
    options.rc = 2;
    options.limit_ms = 60000;
    prepare(f, &options);
}

static inline void enter_trying(struct fixture *f)
{
    enter_fresh(f);
    start(f, SRFLX_UDP, 800);
    expect_send(f->t, 1);
}

static inline void enter_last_wait(struct fixture *f)
{
    enter_fresh(f);
    start(f, SRFLX_UDP, 0);
    expect_send(f->t, 1);
    srflx_transaction_tick(f->t, at_ms(500));
    expect_send(f->t, 2);
}

#endif
