/* What is written does not depend on what the buffer held: filled with 0x00 and with 0xFF it gives
 * the same bytes, for every way to write. And a buffer too short is reported, not overrun. */
#include "exact.h"
#include "generate.h"
#include "served.h"
#include "typed.h"
#include "vector.h"

#include <srflx/error.h>

#include "check.h"

enum { MESSAGES = 2000, CAP = SRFLX_MESSAGE_MAX };

static uint8_t zeroes[CAP], ones[CAP];
static unsigned answers;

static void fill(size_t len)
{
    memset(zeroes, 0x00, len);
    memset(ones, 0xFF, len);
}

static void check_same(struct srflx_view in_zeroes, struct srflx_view in_ones)
{
    CHECK_INT(in_zeroes.len, in_ones.len);
    CHECK(view_equal(in_zeroes, in_ones));
}

TEST(messages_do_not_depend_on_the_buffer)
{
    static struct generated message;
    struct prng prng = {4};
    struct srflx_view a, b;
    unsigned i;

    for (i = 0; i < MESSAGES; i++) {
        generate(&prng, &message);
        fill(CAP);
        CHECK_INT(generated_write(&message, zeroes, CAP, &a), 0);
        CHECK_INT(generated_write(&message, ones, CAP, &b), 0);
        check_same(a, b);
    }
}

/* The ways to write that generated messages do not take. */
static struct srflx_view write_reply(const struct srflx_message *request, uint8_t *buf)
{
    static const uint8_t prepared[] = {0x80, 0x22, 0, 1, 'x', 0, 0, 0};
    struct srflx_known none = {0};
    struct srflx_writer w;
    struct srflx_view bytes;
    uint16_t type = 0x7FFF;

    srflx_writer_reply(&w, buf, CAP, request, SRFLX_ERROR);
    srflx_put_types(&w, &type, 1);
    srflx_put_unknown(&w, request, &none, CAP);
    srflx_put_prepared(&w, (struct srflx_view){prepared, sizeof prepared});
    CHECK_INT(srflx_writer_finish(&w, &bytes), 0);
    return bytes;
}

static void check_answers(struct srflx_view request)
{
    static const uint8_t families[] = {SRFLX_IPV4, SRFLX_IPV6};
    unsigned transport, family;

    for (transport = SRFLX_UDP; transport <= SRFLX_DTLS; transport++)
        for (family = 0; family < 2; family++) {
            struct srflx_view a, b;
            fill(SERVED_ANSWER);
            a = served_answer(request, transport, families[family], zeroes);
            b = served_answer(request, transport, families[family], ones);
            check_same(a, b);
            answers += a.len > 0;
        }
}

static void check_vector(const struct vector *v)
{
    struct srflx_message m;

    check_answers(v->bytes);
    if (srflx_message_parse(v->bytes, &m)) return;
    fill(2 * sizeof v->memory);
    check_same(write_reply(&m, zeroes), write_reply(&m, ones));
}

TEST(replies_do_not_depend_on_the_buffer)
{
    answers = 0;
    CHECK_INT(vector_for_each(check_vector), VECTOR_COUNT);
    CHECK(answers > 100);
}

/* Requests of every attribute there is. */
TEST(answers_do_not_depend_on_the_buffer)
{
    static struct generated message;
    static uint8_t request[CAP];
    struct prng prng = {5};
    struct srflx_view bytes;
    unsigned i;

    answers = 0;
    for (i = 0; i < MESSAGES; i++) {
        generate(&prng, &message);
        message.type = srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST);
        CHECK_INT(generated_write(&message, request, CAP, &bytes), 0);
        check_answers(bytes);
    }
    CHECK_INT(answers, 8 * MESSAGES);
}

TEST(short_buffers_are_reported)
{
    static struct generated message;
    struct prng prng = {6};
    struct exact room;
    unsigned i, tried = 0;

    exact_init(&room, CAP);
    for (i = 0; i < MESSAGES; i++) {
        struct srflx_view whole, cut = {NULL, 0};
        size_t cap, step;
        generate(&prng, &message);
        CHECK_INT(generated_write(&message, zeroes, CAP, &whole), 0);
        step = 1 + whole.len / 64;
        for (cap = 0; cap < whole.len; cap += step, tried++) {
            CHECK_INT(generated_write(&message, exact_place(&room, cap), cap, &cut),
                      SRFLX_ERROR_SPACE);
            CHECK_NULL(cut.ptr);
        }
        CHECK_INT(generated_write(&message, exact_place(&room, whole.len), whole.len, &cut), 0);
        CHECK(view_equal(cut, whole));
    }
    CHECK(tried > 50 * MESSAGES);
}

RUN(TEST_OF(messages_do_not_depend_on_the_buffer), TEST_OF(replies_do_not_depend_on_the_buffer),
    TEST_OF(answers_do_not_depend_on_the_buffer), TEST_OF(short_buffers_are_reported))
