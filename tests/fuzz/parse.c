/* Any bytes: srflx_message_parse() takes them exactly if they are a message by a second reading of
 * the rules, and nothing that can be asked of a message leads out of it. libFuzzer hands out each
 * input in heap memory of exactly its size. */
#include "fuzz.h"

#include <srflx/error.h>
#include <srflx/message.h>

static size_t padded(size_t len)
{
    return (len + 3) / 4 * 4;
}

static int verdict_about(struct srflx_view bytes)
{
    size_t at = SRFLX_HEADER_SIZE;

    if (bytes.len < SRFLX_HEADER_SIZE) return SRFLX_ERROR_SHORT;
    if (bytes.ptr[0] >= 0x40) return SRFLX_ERROR_TOP_BITS;
    if (bytes.ptr[3] % 4) return SRFLX_ERROR_LENGTH_ALIGN;
    if (get16(bytes.ptr + 2) != bytes.len - SRFLX_HEADER_SIZE) return SRFLX_ERROR_LENGTH_MISMATCH;
    while (at < bytes.len)
        at += 4 + padded(get16(bytes.ptr + at + 2));
    return at == bytes.len ? 0 : SRFLX_ERROR_ATTR_OVERRUN;
}

static void check_header(const struct srflx_message *m, struct srflx_view bytes)
{
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    REQUIRE(m->bytes.ptr == bytes.ptr && m->bytes.len == bytes.len);
    REQUIRE(m->type == get16(bytes.ptr));
    REQUIRE(srflx_type(m->method, m->kind) == m->type);
    REQUIRE(m->classic == !!memcmp(bytes.ptr + 4, "\x21\x12\xA4\x42", 4));
    REQUIRE(!memcmp(id.bytes, bytes.ptr + 4, sizeof id.bytes));
}

/* The getters of numbers: at most one of them fits the shape. */
static void check_numbers(const struct srflx_message *m, uint16_t type, int bytes_error)
{
    uint16_t port;
    uint32_t u32;
    uint64_t u64;
    int of_port, of_u32, of_u64;

    spoil(&port, sizeof port);
    spoil(&u32, sizeof u32);
    spoil(&u64, sizeof u64);
    of_port = srflx_message_get_port(m, type, &port);
    of_u32 = srflx_message_get_u32(m, type, &u32);
    of_u64 = srflx_message_get_u64(m, type, &u64);
    REQUIRE(!of_port + !of_u32 + !of_u64 <= !bytes_error);
    REQUIRE(!of_port || is_spoilt(&port, sizeof port));
    REQUIRE(!of_u32 || is_spoilt(&u32, sizeof u32));
    REQUIRE(!of_u64 || is_spoilt(&u64, sizeof u64));
}

static void check_types(const struct srflx_message *m, uint16_t type, struct srflx_view value)
{
    uint16_t types[4];
    size_t count;
    int error;

    spoil(types, sizeof types);
    spoil(&count, sizeof count);
    error = srflx_message_get_types(m, type, types, 4, &count);
    REQUIRE(error ? is_spoilt(types, sizeof types) : count == value.len / 2);
    REQUIRE(!error || is_spoilt(&count, sizeof count));
    if (!error && count) REQUIRE(types[0] == get16(value.ptr));
    if (!error && count < 4) REQUIRE(is_spoilt(types + count, sizeof types - 2 * count));
}

static void check_addr(const struct srflx_message *m, uint16_t type, int bytes_error)
{
    struct srflx_addr addr;
    int error;

    spoil(&addr, sizeof addr);
    error = srflx_message_get_addr(m, type, &addr);
    REQUIRE(error || !bytes_error);
    REQUIRE(error ? is_spoilt(&addr, sizeof addr)
                  : addr.family == SRFLX_IPV4 || addr.family == SRFLX_IPV6);
}

static void check_error_code(const struct srflx_message *m)
{
    struct srflx_error_code code;
    int error;

    spoil(&code, sizeof code);
    error = srflx_message_get_error(m, &code);
    REQUIRE(error ? is_spoilt(&code, sizeof code)
                  : code.code >= 100 && code.code <= 699 && lies_within(code.phrase, m->bytes));
}

/* `first`: what the iterator met as the first of its type that counts. */
static void check_getters(const struct srflx_message *m, const struct srflx_attr *first)
{
    struct srflx_view value;
    int error;

    spoil(&value, sizeof value);
    error = srflx_message_get_bytes(m, first->type, &value);
    REQUIRE(error == 0 || error == SRFLX_ERROR_VALUE || error == SRFLX_ERROR_ABSENT);
    REQUIRE(error ? is_spoilt(&value, sizeof value)
                  : value.ptr == first->value.ptr && value.len == first->value.len);
    /* A FINGERPRINT that is not right does not count. */
    REQUIRE(error != SRFLX_ERROR_ABSENT || m->fingerprint == SRFLX_FINGERPRINT_WRONG);
    REQUIRE(srflx_message_has(m, first->type) == (error != SRFLX_ERROR_ABSENT));
    check_numbers(m, first->type, error);
    check_types(m, first->type, first->value);
    check_addr(m, first->type, error);
}

/* The iterator covers the message, attribute by attribute. */
static void check_attributes(const struct srflx_message *m)
{
    struct met met = {.count = 0};
    size_t at = SRFLX_HEADER_SIZE;
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        REQUIRE(attr.offset == at);
        REQUIRE(attr.type == get16(m->bytes.ptr + at));
        REQUIRE(attr.value.ptr == m->bytes.ptr + at + 4);
        REQUIRE(attr.value.len == get16(m->bytes.ptr + at + 2));
        REQUIRE(lies_within(attr.value, m->bytes));
        if (attr.counts && meet(&met, attr.type)) check_getters(m, &attr);
        if (!attr.counts && meet(&met, attr.type)) REQUIRE(!srflx_message_has(m, attr.type));
        at += 4 + padded(attr.value.len);
    }
    REQUIRE(at == m->bytes.len);
}

/* Understanding no attribute, every required one that counts stands in the way. */
static void check_understood(const struct srflx_message *m)
{
    struct srflx_known none = {0};
    bool required = false;
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        required |= attr.counts && attr.type < SRFLX_ATTR_FIRST_OPTIONAL;
    REQUIRE(srflx_message_understood(m, &none) == !required);
}

#ifdef FUZZ_PLANTED

/* A bug that the fuzzers must find, as proof that they find bugs: it looks at a byte behind the
 * message, and at one that nothing has been written to. The way there takes a type that is in no
 * seed, and a FINGERPRINT that is right. */
static void planted_bug(const struct srflx_message *m)
{
    struct srflx_view token;
    uint8_t *copy;

    if (m->fingerprint != SRFLX_FINGERPRINT_RIGHT) return;
    if (srflx_message_get_bytes(m, SRFLX_ATTR_RESERVATION_TOKEN, &token)) return;
    copy = malloc(token.len);
    memcpy(copy, token.ptr, token.len - 1);
    if (copy[token.len - 1] == m->bytes.ptr[m->bytes.len]) fprintf(stderr, "planted\n");
    free(copy);
}

#else

static void planted_bug(const struct srflx_message *m)
{
    (void)m;
}

#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srflx_view bytes = {data, size};
    struct srflx_message m;
    int error;

    spoil(&m, sizeof m);
    error = srflx_message_parse(bytes, &m);
    REQUIRE(error == verdict_about(bytes));
    if (error) {
        REQUIRE(is_spoilt(&m, sizeof m));
    } else {
        check_header(&m, bytes);
        check_attributes(&m);
        check_error_code(&m);
        check_understood(&m);
        planted_bug(&m);
    }
    return 0;
}
