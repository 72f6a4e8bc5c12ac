/* A message may lie at any address: at all eight alignments reading, writing and answering say the
 * same. UndefinedBehaviorSanitizer sees what the machine forgives. */
#include "generate.h"
#include "served.h"
#include "typed.h"
#include "vector.h"

#include <srflx/dissect.h>
#include <srflx/frame.h>

#include <stdlib.h>

#include "check.h"

enum { ALIGNMENTS = 8, MESSAGES = 500 };

/* FNV-1a over everything that is read. */
struct digest {
    uint64_t hash;
};

static void add_bytes(struct digest *digest, const uint8_t *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        digest->hash = (digest->hash ^ bytes[i]) * 0x100000001b3u;
}

static void add_number(struct digest *digest, uint64_t number)
{
    uint8_t bytes[8];
    unsigned i;

    for (i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    add_bytes(digest, bytes, sizeof bytes);
}

static void add_view(struct digest *digest, struct srflx_view view)
{
    add_number(digest, view.len);
    add_bytes(digest, view.ptr, view.len);
}

static void add_addr(struct digest *digest, const struct srflx_addr *addr)
{
    add_number(digest, addr->family);
    add_number(digest, addr->port);
    add_bytes(digest, addr->ip, sizeof addr->ip);
}

static void add_getters(struct digest *digest, const struct srflx_message *m, uint16_t type)
{
    struct srflx_view bytes = {NULL, 0};
    struct srflx_addr addr = {{0}, 0, 0, 0};
    uint64_t u64 = 0;
    uint32_t u32 = 0;
    uint16_t port = 0, types[4] = {0};
    size_t count = 0;

    add_number(digest, (uint64_t)srflx_message_get_bytes(m, type, &bytes));
    add_number(digest, (uint64_t)srflx_message_get_addr(m, type, &addr));
    add_number(digest, (uint64_t)srflx_message_get_u32(m, type, &u32));
    add_number(digest, (uint64_t)srflx_message_get_u64(m, type, &u64));
    add_number(digest, (uint64_t)srflx_message_get_port(m, type, &port));
    add_number(digest, (uint64_t)srflx_message_get_types(m, type, types, 4, &count));
    add_view(digest, bytes);
    add_addr(digest, &addr);
    add_number(digest, (uint64_t)types[0] << 48 | (uint64_t)types[3] << 32 | count);
    add_number(digest, u32);
    add_number(digest, u64);
    add_number(digest, port);
}

static void add_message(struct digest *digest, struct srflx_view bytes)
{
    struct srflx_error_code error = {{NULL, 0}, 0};
    struct srflx_message m;
    struct srflx_iter it;
    struct srflx_attr attr;
    int refused = srflx_message_parse(bytes, &m);

    add_number(digest, (uint64_t)refused);
    if (refused) return;
    add_number(digest, (uint64_t)m.type << 16 | (uint64_t)m.classic << 8 | m.fingerprint);
    add_number(digest, (uint64_t)srflx_message_get_error(&m, &error));
    add_view(digest, error.phrase);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr)) {
        add_number(digest, attr.offset);
        add_getters(digest, &m, attr.type);
    }
}

static void add_facts(struct digest *digest, struct srflx_view bytes)
{
    struct srflx_dissection d;
    struct srflx_fact fact;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        add_number(digest, (uint64_t)fact.offset << 32 | fact.len);
        add_number(digest, fact.problems);
        add_number(digest, fact.value.number);
        add_addr(digest, &fact.value.addr);
    }
}

static void add_frames(struct digest *digest, struct srflx_view bytes)
{
    static uint8_t buf[SRFLX_MESSAGE_MAX];
    struct srflx_view message;
    struct srflx_framer framer;
    int got;

    srflx_framer_init(&framer, buf, sizeof buf);
    while ((got = srflx_framer_next(&framer, &bytes, &message)) == 1)
        add_view(digest, message);
    add_number(digest, (uint64_t)got);
}

static uint64_t digest_of(struct srflx_view bytes)
{
    struct digest digest = {0xcbf29ce484222325u};

    add_message(&digest, bytes);
    add_facts(&digest, bytes);
    add_frames(&digest, bytes);
    return digest.hash;
}

static void check_reading(struct srflx_view bytes)
{
    uint8_t *room = malloc(bytes.len + ALIGNMENTS);
    uint64_t first = 0;
    size_t at;

    CHECK(room != NULL);
    for (at = 0; at < ALIGNMENTS; at++) {
        struct srflx_view moved = {room + at, bytes.len};
        uint64_t digest;
        if (bytes.len) memmove(room + at, bytes.ptr, bytes.len);
        digest = digest_of(moved);
        if (!at) first = digest;
        CHECK(digest == first);
    }
    free(room);
}

static void check_answering(struct srflx_view request)
{
    uint8_t in[4096], out[SERVED_ANSWER + ALIGNMENTS], first[SERVED_ANSWER];
    struct srflx_view want, answer;
    size_t at;

    if (request.len + ALIGNMENTS > sizeof in) return;
    want = served_answer(request, SRFLX_UDP, SRFLX_IPV6, NULL, first);
    for (at = 0; at < ALIGNMENTS; at++) {
        struct srflx_view moved = {in + at, request.len};
        if (request.len) memcpy(in + at, request.ptr, request.len);
        answer = served_answer(moved, SRFLX_UDP, SRFLX_IPV6, NULL, out + at);
        CHECK(view_equal(answer, want));
    }
}

static void check_vector(const struct vector *v)
{
    check_reading(v->bytes);
    check_answering(v->bytes);
}

TEST(vectors_may_lie_anywhere)
{
    CHECK_INT(vector_for_each(check_vector), VECTOR_COUNT);
}

TEST(messages_may_be_written_and_read_anywhere)
{
    static uint8_t first[SRFLX_MESSAGE_MAX], out[SRFLX_MESSAGE_MAX + ALIGNMENTS];
    static struct generated message;
    struct prng prng = {7};
    struct srflx_view want, got;
    unsigned i;
    size_t at;

    for (i = 0; i < MESSAGES; i++) {
        generate(&prng, &message);
        if (i % 2) message.type = srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST);
        CHECK_INT(generated_write(&message, first, sizeof first, &want), 0);
        for (at = 0; at < ALIGNMENTS; at++) {
            CHECK_INT(generated_write(&message, out + at, SRFLX_MESSAGE_MAX, &got), 0);
            CHECK(view_equal(got, want));
        }
        check_reading(want);
        check_answering(want);
    }
}

RUN(TEST_OF(vectors_may_lie_anywhere), TEST_OF(messages_may_be_written_and_read_anywhere))
