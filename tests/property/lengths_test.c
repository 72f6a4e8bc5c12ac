/* Messages of one attribute: every type with every length from 0 to 40, in both forms. A value is
 * usable exactly if its length is one that its shape and the table allow; nothing is read behind
 * it, and what cannot be read leaves the outputs alone. */
#include "exact.h"
#include "generate.h"

#include <srflx/error.h>
#include <srflx/message.h>

#include "check.h"

enum { LENGTHS = 41, ROUNDS = 100, POISON = 0xA5 };

static struct exact room;
static uint8_t message[SRFLX_HEADER_SIZE + 4 + LENGTHS + 3];
static unsigned long usable, unusable;

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static struct srflx_view one_attribute(uint16_t type, size_t len, bool classic)
{
    size_t total = 4 + (len + 3) / 4 * 4;

    put16(message, 0x0101);
    put16(message + 2, total);
    memcpy(message + 4, classic ? "\xA1\xB2\xC3\xD4" : "\x21\x12\xA4\x42", 4);
    put16(message + SRFLX_HEADER_SIZE, type);
    put16(message + SRFLX_HEADER_SIZE + 2, len);
    return exact_copy(&room, (struct srflx_view){message, SRFLX_HEADER_SIZE + total});
}

/* Content that makes the most of its length, so that the length alone decides. */
static void put_best_content(uint8_t shape, size_t len)
{
    uint8_t *value = message + SRFLX_HEADER_SIZE + 4;

    memset(value, 'a', LENGTHS);
    switch (shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        value[1] = len == 20 ? 0x02 : 0x01;
        return;
    case SRFLX_SHAPE_ERROR:
        memcpy(value, "\0\0\4\24", 4);
        return;
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        put16(value + 2, len > 4 ? len - 4 : 0);
        return;
    default:
        return;
    }
}

/* The lengths of a shape that is not bounded by the table alone. */
static bool shape_has_length(const struct srflx_attr_row *row, size_t len)
{
    switch (row->shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return len == 8 || len == 20;
    case SRFLX_SHAPE_U8:
        return len == 1 || len == 4;
    case SRFLX_SHAPE_U16:
    case SRFLX_SHAPE_U32:
        return len == 4;
    case SRFLX_SHAPE_U64:
        return len == 8;
    case SRFLX_SHAPE_ERROR:
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        return len >= 4;
    case SRFLX_SHAPE_TYPES:
        return len % 2 == 0;
    case SRFLX_SHAPE_EMPTY:
        return len == 0;
    case SRFLX_SHAPE_PORT:
        return len == 2 || len == 4;
    default:
        return row->number != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 || len % 4 == 0;
    }
}

/* What get_bytes must say. A type without a meaning in this form has no limits; a FINGERPRINT that
 * is not right is as good as absent. */
static int verdict_about(uint16_t type, size_t len, bool classic)
{
    const struct srflx_attr_row *row = srflx_attr_find(type);

    if (!row || (classic && type > SRFLX_ATTR_REFLECTED_FROM)) return 0;
    if (type == SRFLX_ATTR_FINGERPRINT) return SRFLX_ERROR_ABSENT;
    if (len < row->shortest || len > row->longest) return SRFLX_ERROR_VALUE;
    return shape_has_length(row, len) ? 0 : SRFLX_ERROR_VALUE;
}

/* What a typed getter must say, where get_bytes says `error`. */
static int typed_verdict(const struct srflx_message *m, uint16_t type, uint8_t shape, int error)
{
    const struct srflx_attr_row *row = srflx_attr_find(type);

    if (!row || row->shape != shape) return SRFLX_ERROR_ARGUMENT;
    return m->classic && type > SRFLX_ATTR_REFLECTED_FROM ? SRFLX_ERROR_ABSENT : error;
}

/* The result of a getter whose output was poisoned before. */
static void check_result(int error, int want, const void *output, size_t len)
{
    uint8_t poison[64];

    memset(poison, POISON, len);
    CHECK_INT(error, want);
    if (error) CHECK(!memcmp(output, poison, len));
}

static void check_numbers(const struct srflx_message *m, uint16_t type, int error)
{
    uint16_t port;
    uint32_t u32;
    uint64_t u64;

    memset(&port, POISON, sizeof port);
    memset(&u32, POISON, sizeof u32);
    memset(&u64, POISON, sizeof u64);
    check_result(srflx_message_get_port(m, type, &port),
                 typed_verdict(m, type, SRFLX_SHAPE_PORT, error), &port, sizeof port);
    check_result(srflx_message_get_u32(m, type, &u32),
                 typed_verdict(m, type, SRFLX_SHAPE_U32, error), &u32, sizeof u32);
    check_result(srflx_message_get_u64(m, type, &u64),
                 typed_verdict(m, type, SRFLX_SHAPE_U64, error), &u64, sizeof u64);
}

static void check_types(const struct srflx_message *m, uint16_t type, size_t len, int error)
{
    int want = typed_verdict(m, type, SRFLX_SHAPE_TYPES, error);
    struct {
        size_t count;
        uint16_t types[LENGTHS / 2];
    } got;

    memset(&got, POISON, sizeof got);
    check_result(srflx_message_get_types(m, type, got.types, LENGTHS / 2, &got.count), want, &got,
                 sizeof got);
    if (!want) CHECK_INT(got.count, len / 2);
}

static void check_structures(const struct srflx_message *m, uint16_t type, int error)
{
    const struct srflx_attr_row *row = srflx_attr_find(type);
    bool is_xor = row && row->shape == SRFLX_SHAPE_XOR_ADDR;
    uint8_t shape = is_xor ? SRFLX_SHAPE_XOR_ADDR : SRFLX_SHAPE_ADDR;
    struct srflx_error_code code;
    struct srflx_addr addr;

    memset(&addr, POISON, sizeof addr);
    memset(&code, POISON, sizeof code);
    check_result(srflx_message_get_addr(m, type, &addr), typed_verdict(m, type, shape, error),
                 &addr, sizeof addr);
    check_result(srflx_message_get_error(m, &code),
                 type == SRFLX_ATTR_ERROR_CODE ? error : SRFLX_ERROR_ABSENT, &code, sizeof code);
}

/* Every getter about the attribute, whose get_bytes must say `error`. */
static void check_getters(const struct srflx_message *m, uint16_t type, size_t len, int error)
{
    struct srflx_view value;

    memset(&value, POISON, sizeof value);
    check_result(srflx_message_get_bytes(m, type, &value), error, &value, sizeof value);
    if (!error) CHECK(value.ptr == m->bytes.ptr + SRFLX_HEADER_SIZE + 4 && value.len == len);
    CHECK_INT(srflx_message_has(m, type), error != SRFLX_ERROR_ABSENT);
    CHECK(!srflx_message_has(m, type ^ 1));
    check_numbers(m, type, error);
    check_types(m, type, len, error);
    check_structures(m, type, error);
}

static void check_type(uint16_t type, bool classic)
{
    const struct srflx_attr_row *row = srflx_attr_find(type);
    struct srflx_message m;
    size_t len;

    for (len = 0; len < LENGTHS; len++) {
        int want = verdict_about(type, len, classic);
        put_best_content(row ? row->shape : SRFLX_SHAPE_BYTES, len);
        CHECK_INT(srflx_message_parse(one_attribute(type, len, classic), &m), 0);
        check_getters(&m, type, len, want);
        if (want)
            unusable++;
        else
            usable++;
    }
}

/* spec: R8489-14-01 R8489-14-02 R8489-14.1-01 R8489-14.1-02 R8489-14.2-02 R8489-14.8-02
 * R8489-14.13-01 R5780-7.5-04 */
TEST(lengths_decide_what_is_usable)
{
    unsigned type;

    exact_init(&room, sizeof message);
    for (type = 0; type <= UINT16_MAX; type++) {
        check_type((uint16_t)type, false);
        check_type((uint16_t)type, true);
    }
    CHECK_INT(usable + unusable, 2ul * 65536 * LENGTHS);
    CHECK(unusable > 1000);
}

/* Whatever the value holds: an answer of the documented ones, and no byte from outside. */
static void check_hostile(uint16_t type, bool classic, struct prng *prng)
{
    struct srflx_message m;
    struct srflx_view value;
    size_t len;

    for (len = 0; len < LENGTHS; len++) {
        bool is_wrong_fingerprint = type == SRFLX_ATTR_FINGERPRINT && !classic;
        int error;
        prng_fill(prng, message + SRFLX_HEADER_SIZE + 4, LENGTHS);
        message[SRFLX_HEADER_SIZE + 4 + len % 4] &= 7;
        CHECK_INT(srflx_message_parse(one_attribute(type, len, classic), &m), 0);
        error = srflx_message_get_bytes(&m, type, &value);
        CHECK(!error || error == (is_wrong_fingerprint ? SRFLX_ERROR_ABSENT : SRFLX_ERROR_VALUE));
        check_getters(&m, type, len, error);
    }
}

TEST(hostile_content_is_usable_or_not)
{
    struct prng prng = {3};
    uint16_t types[TYPES_MAX];
    size_t i, round, count = generate_types(types);

    exact_init(&room, sizeof message);
    for (i = 0; i < count; i++)
        for (round = 0; round < ROUNDS; round++) {
            check_hostile(types[i], false, &prng);
            check_hostile(types[i], true, &prng);
        }
}

RUN(TEST_OF(lengths_decide_what_is_usable), TEST_OF(hostile_content_is_usable_or_not))
