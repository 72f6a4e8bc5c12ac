/* Reading undoes writing, and writing undoes reading: generated messages of every attribute of the
 * table, and trees of attributes with any types and any bytes. */
#include "exact.h"
#include "generate.h"
#include "typed.h"

#include <srflx/addr.h>
#include <srflx/error.h>

#include "check.h"

enum { MESSAGES = 20000, TREES = 20000 };

static uint8_t buf[SRFLX_MESSAGE_MAX], second_buf[SRFLX_MESSAGE_MAX];
static struct exact room;

/* Which attributes count, told apart from the library: RFC 8489 section 9, RFC 3489 section
 * 11.2.8. */
struct order {
    bool behind_sha1, behind_sha256, classic;
};

static bool next_counts(struct order *order, uint16_t type)
{
    bool hidden = order->behind_sha1 || order->behind_sha256;

    if (order->classic) {
        order->behind_sha1 |= type == SRFLX_ATTR_MESSAGE_INTEGRITY;
        return !hidden;
    }
    if (type == SRFLX_ATTR_FINGERPRINT) return true;
    if (type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256) {
        hidden = order->behind_sha256;
        order->behind_sha256 = true;
        return !hidden;
    }
    if (!hidden) order->behind_sha1 = type == SRFLX_ATTR_MESSAGE_INTEGRITY;
    return !hidden;
}

/* The list that get_types reads, as bytes. */
static void check_types(const struct srflx_message *m, uint16_t type, struct srflx_view want)
{
    uint16_t types[256];
    size_t i, count;

    CHECK_INT(srflx_message_get_types(m, type, types, 256, &count), 0);
    CHECK_INT(2 * count, want.len);
    for (i = 0; i < count; i++)
        CHECK_INT(types[i], want.ptr[2 * i] << 8 | want.ptr[2 * i + 1]);
}

static void check_getters(const struct srflx_message *m, uint16_t type,
                          const struct srflx_value *want)
{
    struct srflx_value got = *want;
    uint32_t number = 0;
    uint16_t port = 0;

    CHECK(srflx_message_has(m, type));
    CHECK_INT(srflx_message_get_bytes(m, type, &got.bytes), 0);
    if (want->shape == SRFLX_SHAPE_ADDR || want->shape == SRFLX_SHAPE_XOR_ADDR)
        CHECK_INT(srflx_message_get_addr(m, type, &got.addr), 0);
    if (want->shape == SRFLX_SHAPE_U32) {
        CHECK_INT(srflx_message_get_u32(m, type, &number), 0);
        got.number = number;
    }
    if (want->shape == SRFLX_SHAPE_U64) CHECK_INT(srflx_message_get_u64(m, type, &got.number), 0);
    if (want->shape == SRFLX_SHAPE_PORT) {
        CHECK_INT(srflx_message_get_port(m, type, &port), 0);
        got.number = port;
    }
    if (want->shape == SRFLX_SHAPE_TYPES) check_types(m, type, want->bytes);
    if (type == SRFLX_ATTR_ERROR_CODE) CHECK_INT(srflx_message_get_error(m, &got.error), 0);
    CHECK(typed_equal(&got, want));
}

static uint64_t seen_forms[TYPES_MAX]; /* by place in the table: bit 0 current, bit 1 classic */

static void note(uint16_t type, bool classic)
{
    uint16_t types[TYPES_MAX];
    size_t i, count = generate_types(types);

    for (i = 0; i < count; i++)
        if (types[i] == type) seen_forms[i] |= classic ? 2 : 1;
}

static bool is_first(const struct generated *message, size_t at)
{
    size_t i;

    for (i = 0; i < at; i++)
        if (message->attributes[i].type == message->attributes[at].type) return false;
    return true;
}

static void check_attributes(const struct generated *message, const struct srflx_message *m)
{
    struct order order = {false, false, message->classic};
    struct srflx_value value;
    struct srflx_iter it;
    struct srflx_attr attr;
    size_t i;

    srflx_iter_begin(&it, m);
    for (i = 0; i < message->count; i++) {
        const struct generated_attribute *want = &message->attributes[i];
        bool counts = next_counts(&order, want->type);
        CHECK(srflx_iter_next(&it, &attr));
        CHECK_INT(attr.type, want->type);
        CHECK_INT(attr.counts, counts);
        CHECK_INT(srflx_value_read(attr.type, attr.value, &message->id, &value), 0);
        if (attr.type == SRFLX_ATTR_FINGERPRINT && !m->classic) continue;
        CHECK(typed_equal(&value, &want->value));
        if (counts && is_first(message, i)) check_getters(m, want->type, &want->value);
        note(want->type, m->classic);
    }
    CHECK(!srflx_iter_next(&it, &attr));
}

static void check_header(const struct generated *message, const struct srflx_message *m)
{
    bool has_fingerprint = message->count &&
                           message->attributes[message->count - 1].type == SRFLX_ATTR_FINGERPRINT &&
                           !message->classic;
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    CHECK_MEM(id.bytes, message->id.bytes, sizeof id.bytes);
    CHECK_INT(m->type, message->type);
    CHECK_INT(srflx_type(m->method, m->kind), message->type);
    CHECK_INT(m->classic, message->classic);
    CHECK_INT(m->fingerprint, has_fingerprint ? SRFLX_FINGERPRINT_RIGHT : SRFLX_FINGERPRINT_ABSENT);
}

/* spec: R8489-5-13 R8489-5-14 R8489-14-01 R8489-14-02 R8489-14-07 R8489-9-01 R8489-9-02
 * R8489-14.1-01 R8489-14.2-01 R8489-14.2-02 R8489-14.7-02 R8489-14.7-04 R8489-14.8-01
 * R8489-14.8-02 R8489-14.11-01 R8489-14.12-01 R8489-14.12-02 R8489-14.13-01 R8489-14.16-01
 * R3489-11.2-01 R3489-11.2.9-02 R3489-11.2.10-02 */
TEST(reading_undoes_writing)
{
    static struct generated message;
    struct prng prng = {1};
    struct srflx_view bytes;
    struct srflx_message m;
    uint16_t types[TYPES_MAX];
    size_t i, seed, type_count = generate_types(types);

    exact_init(&room, SRFLX_MESSAGE_MAX);
    for (seed = 0; seed < MESSAGES; seed++) {
        generate(&prng, &message);
        CHECK_INT(generated_write(&message, buf, sizeof buf, &bytes), 0);
        CHECK_INT(srflx_message_parse(exact_copy(&room, bytes), &m), 0);
        check_header(&message, &m);
        check_attributes(&message, &m);
    }
    for (i = 0; i < type_count; i++)
        if (seen_forms[i] != (types[i] == SRFLX_ATTR_FINGERPRINT ? 2 : 3))
            FAIL("%s was not written in both forms", srflx_attr_find(types[i])->name);
}

/* One attribute of any type: of the table, near it, or anything. */
static uint16_t any_type(struct prng *prng)
{
    uint16_t types[TYPES_MAX];
    size_t count = generate_types(types);

    if (prng_chance(prng, 50)) return types[prng_between(prng, 0, count - 1)];
    if (prng_chance(prng, 50))
        return (uint16_t)(prng_between(prng, 0, 0x3F) | (prng_next(prng) & 0x8000));
    return (uint16_t)prng_next(prng);
}

struct tree {
    size_t offsets[64], lengths[64];
    uint16_t types[64];
    size_t count;
    size_t len;
};

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

/* Any attributes that fill a message, laid out here and not by the library. */
static void grow_tree(struct prng *prng, const struct generated *header, struct tree *ret_tree)
{
    size_t most = prng_chance(prng, 1) ? sizeof buf : 1500, at = SRFLX_HEADER_SIZE;

    memset(buf, 0, most);
    put16(buf, header->type);
    memcpy(buf + 4, header->id.bytes, sizeof header->id.bytes);
    ret_tree->count = 0;
    while (at + 4 <= most && ret_tree->count < 64 && !prng_chance(prng, 10)) {
        size_t len =
            (size_t)prng_between(prng, 0, most - at - 4 < 64 || prng_chance(prng, 90) ? 40 : most);
        if (header->classic) len -= len % 4;
        if (at + 4 + len > most) break;
        ret_tree->offsets[ret_tree->count] = at;
        ret_tree->lengths[ret_tree->count] = len;
        ret_tree->types[ret_tree->count] = any_type(prng);
        put16(buf + at, ret_tree->types[ret_tree->count]);
        put16(buf + at + 2, len);
        prng_fill(prng, buf + at + 4, len);
        at += 4 + (len + 3) / 4 * 4;
        ret_tree->count++;
    }
    ret_tree->len = at;
    put16(buf + 2, at - SRFLX_HEADER_SIZE);
}

static void check_tree(const struct tree *tree, const struct srflx_message *m)
{
    struct srflx_iter it;
    struct srflx_attr attr;
    size_t i;

    srflx_iter_begin(&it, m);
    for (i = 0; i < tree->count; i++) {
        CHECK(srflx_iter_next(&it, &attr));
        CHECK_INT(attr.type, tree->types[i]);
        CHECK_INT(attr.offset, tree->offsets[i]);
        CHECK_INT(attr.value.len, tree->lengths[i]);
        CHECK(attr.value.ptr == m->bytes.ptr + tree->offsets[i] + 4);
    }
    CHECK(!srflx_iter_next(&it, &attr));
}

static int copy_attributes(const struct generated *header, const struct srflx_message *m,
                           struct srflx_view *ret_bytes)
{
    struct srflx_writer w;
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_writer_begin(&w, second_buf, sizeof second_buf, header->type, &header->id);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        srflx_put_bytes(&w, attr.type, attr.value);
    return srflx_writer_finish(&w, ret_bytes);
}

/* spec: R8489-5-14 R8489-14-01 R8489-14-02 R8489-14-03 R8489-14-04 R8489-14-05 */
TEST(writing_undoes_reading)
{
    static struct generated header;
    struct prng prng = {2};
    size_t seed, longest = 0, most = 0;
    struct srflx_view again;
    struct srflx_message m;
    struct tree tree;

    exact_init(&room, SRFLX_MESSAGE_MAX);
    for (seed = 0; seed < TREES; seed++) {
        generate_header(&prng, &header);
        grow_tree(&prng, &header, &tree);
        CHECK_INT(srflx_message_parse(exact_copy(&room, (struct srflx_view){buf, tree.len}), &m),
                  0);
        check_tree(&tree, &m);
        CHECK_INT(copy_attributes(&header, &m, &again), 0);
        CHECK_INT(again.len, tree.len);
        CHECK_MEM(again.ptr, buf, tree.len);
        if (tree.len > longest) longest = tree.len;
        if (tree.count > most) most = tree.count;
    }
    CHECK(longest > SRFLX_MESSAGE_MAX - 1000);
    CHECK(most > 30);
}

RUN(TEST_OF(reading_undoes_writing), TEST_OF(writing_undoes_reading))
