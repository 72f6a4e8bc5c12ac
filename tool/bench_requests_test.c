#include "bench_requests.h"

#include <srflx/error.h>
#include <srflx/message.h>
#include <srflx/writer.h>

#include "check.h"

static const struct srflx_addr me = {.ip = {192, 0, 2, 1}, .port = 32853, .family = SRFLX_IPV4};
static const struct srflx_addr other = {.ip = {192, 0, 2, 1}, .port = 32854, .family = SRFLX_IPV4};

static struct bench_secret secret;
static uint8_t request_bytes[BENCH_REQUEST_MAX], answer_bytes[256];
static struct srflx_view request;
static struct srflx_writer w;

static void ask(enum bench_kind kind, uint32_t serial)
{
    bench_secret_make(1, &secret);
    memset(request_bytes, 0xAA, sizeof request_bytes);
    request.ptr = request_bytes;
    request.len =
        bench_request_write(kind, &secret, (struct bench_number){7, serial}, request_bytes);
}

static void begin_answer(uint8_t kind)
{
    struct srflx_message m;

    CHECK_INT(srflx_message_parse(request, &m), 0);
    srflx_writer_reply(&w, answer_bytes, sizeof answer_bytes, &m, kind);
}

static struct srflx_view finish_answer(void)
{
    struct srflx_view answer;

    CHECK_INT(srflx_writer_finish(&w, &answer), 0);
    return answer;
}

static unsigned judge(enum bench_kind kind)
{
    return bench_answer_check(kind, finish_answer(), &me);
}

static unsigned judge_mapped(enum bench_kind kind, uint16_t attr, const struct srflx_addr *addr)
{
    ask(kind, 1);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, attr, addr);
    return judge(kind);
}

TEST(requests_are_what_they_are_called)
{
    struct srflx_message m;

    ask(BENCH_PLAIN, 1);
    CHECK_INT(srflx_message_parse(request, &m), 0);
    CHECK_INT(m.type, 0x0001);
    CHECK_INT(request.len, 20);
    CHECK(!m.classic);
    ask(BENCH_CLASSIC, 1);
    CHECK_INT(srflx_message_parse(request, &m), 0);
    CHECK_INT(request.len, 20);
    CHECK(m.classic);
    ask(BENCH_FINGERPRINT, 1);
    CHECK_INT(srflx_message_parse(request, &m), 0);
    CHECK_INT(request.len, 28);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_RIGHT);
    ask(BENCH_ICE, 1);
    CHECK_INT(srflx_message_parse(request, &m), 0);
    CHECK_INT(request.len, 92);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_RIGHT);
    CHECK(srflx_message_has(&m, SRFLX_ATTR_PRIORITY));
    CHECK(srflx_message_has(&m, SRFLX_ATTR_MESSAGE_INTEGRITY));
}

TEST(garbage_is_broken_in_four_ways)
{
    static const int errors[4] = {SRFLX_ERROR_TOP_BITS, SRFLX_ERROR_LENGTH_MISMATCH,
                                  SRFLX_ERROR_ATTR_OVERRUN, 0};
    struct srflx_message m;

    for (uint32_t serial = 0; serial < 8; serial++) {
        ask(BENCH_GARBAGE, serial);
        CHECK_INT(srflx_message_parse(request, &m), errors[serial % 4]);
        if (serial % 4 == 3) CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_WRONG);
    }
}

TEST(a_number_is_read_back)
{
    for (int kind = 0; kind < BENCH_KINDS; kind++) {
        struct bench_number number = {0, 0};
        ask((enum bench_kind)kind, 0x01020304);
        CHECK(bench_number_read(request, &secret, &number));
        CHECK_INT(number.place, 7);
        CHECK_INT(number.serial, 0x01020304);
    }
}

TEST(no_bit_of_an_id_can_be_changed)
{
    struct bench_number number;

    for (int kind = BENCH_PLAIN; kind <= BENCH_CLASSIC; kind++)
        for (unsigned bit = 32; bit < 160; bit++) {
            ask((enum bench_kind)kind, 5);
            request_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(!bench_number_read(request, &secret, &number));
        }
    ask(BENCH_PLAIN, 5);
    request.len = 19;
    CHECK(!bench_number_read(request, &secret, &number));
}

TEST(another_seed_makes_another_secret)
{
    struct bench_secret others;
    struct bench_number number;

    ask(BENCH_PLAIN, 5);
    bench_secret_make(2, &others);
    CHECK(!bench_number_read(request, &others, &number));
}

TEST(right_answers)
{
    CHECK_INT(judge_mapped(BENCH_PLAIN, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me), BENCH_RIGHT);
    CHECK_INT(judge_mapped(BENCH_CLASSIC, SRFLX_ATTR_MAPPED_ADDRESS, &me), BENCH_RIGHT);
    ask(BENCH_FINGERPRINT, 1);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    srflx_add_fingerprint(&w);
    CHECK_INT(judge(BENCH_FINGERPRINT), BENCH_RIGHT);
    ask(BENCH_ICE, 1);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    srflx_add_fingerprint(&w);
    CHECK_INT(judge(BENCH_ICE), BENCH_RIGHT);
}

TEST(mapped_addresses)
{
    CHECK_INT(judge_mapped(BENCH_PLAIN, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &other),
              BENCH_ERROR_ADDRESS);
    CHECK_INT(judge_mapped(BENCH_PLAIN, SRFLX_ATTR_MAPPED_ADDRESS, &me), BENCH_ERROR_ADDRESS);
    CHECK_INT(judge_mapped(BENCH_CLASSIC, SRFLX_ATTR_MAPPED_ADDRESS, &other), BENCH_ERROR_ADDRESS);
    ask(BENCH_PLAIN, 1);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    srflx_put_addr(&w, SRFLX_ATTR_MAPPED_ADDRESS, &me);
    CHECK_INT(judge(BENCH_PLAIN), BENCH_RIGHT);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    srflx_put_addr(&w, SRFLX_ATTR_MAPPED_ADDRESS, &other);
    CHECK_INT(judge(BENCH_PLAIN), BENCH_ERROR_ADDRESS);
    begin_answer(SRFLX_SUCCESS);
    CHECK_INT(judge(BENCH_PLAIN), BENCH_ERROR_ADDRESS);
}

TEST(fingerprints)
{
    CHECK_INT(judge_mapped(BENCH_FINGERPRINT, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me),
              BENCH_ERROR_FINGERPRINT);
    CHECK_INT(judge_mapped(BENCH_ICE, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me), BENCH_ERROR_FINGERPRINT);
    ask(BENCH_PLAIN, 1);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    srflx_add_fingerprint(&w);
    CHECK_INT(judge(BENCH_PLAIN), BENCH_RIGHT);
    answer_bytes[39] ^= 1;
    CHECK_INT(bench_answer_check(BENCH_PLAIN, (struct srflx_view){answer_bytes, 40}, &me),
              BENCH_ERROR_FINGERPRINT);
}

/* An error response with these types, unless `count` is 0. */
static unsigned judge_error(enum bench_kind kind, uint16_t code, const uint16_t *types,
                            size_t count)
{
    ask(kind, 1);
    begin_answer(SRFLX_ERROR);
    if (code) srflx_put_error(&w, code, (struct srflx_view){NULL, 0});
    if (count) srflx_put_types(&w, types, count);
    if (kind != BENCH_PLAIN) srflx_add_fingerprint(&w);
    return judge(kind);
}

TEST(error_responses)
{
    static const uint16_t types[] = {SRFLX_ATTR_PRIORITY, SRFLX_ATTR_USE_CANDIDATE,
                                     SRFLX_ATTR_ICE_CONTROLLING};

    CHECK_INT(judge_error(BENCH_PLAIN, 400, NULL, 0), 400);
    CHECK_INT(judge_error(BENCH_PLAIN, 420, types, 1), 420);
    CHECK_INT(judge_error(BENCH_PLAIN, 699, NULL, 0), 699);
    CHECK_INT(judge_error(BENCH_PLAIN, 0, NULL, 0), BENCH_ERROR_MALFORMED);
    CHECK_INT(judge_error(BENCH_ICE, 401, NULL, 0), 401);
    CHECK_INT(judge_error(BENCH_ICE, 420, types, 2), BENCH_RIGHT);
    CHECK_INT(judge_error(BENCH_ICE, 420, types, 3), 420); /* the third need not be known */
    CHECK_INT(judge_error(BENCH_ICE, 420, NULL, 0), 420);
    CHECK_INT(judge_error(BENCH_ICE, 500, types, 2), 500);
    CHECK_INT(judge_error(BENCH_FINGERPRINT, 420, types, 2), 420);
}

TEST(other_messages)
{
    ask(BENCH_PLAIN, 1);
    CHECK_INT(bench_answer_check(BENCH_PLAIN, request, &me), BENCH_ERROR_TYPE);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    answer_bytes[1] = 0x02; /* Shared Secret */
    CHECK_INT(judge(BENCH_PLAIN), BENCH_ERROR_TYPE);
    begin_answer(SRFLX_SUCCESS);
    srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &me);
    (void)finish_answer();
    CHECK_INT(bench_answer_check(BENCH_PLAIN, (struct srflx_view){answer_bytes, 31}, &me),
              BENCH_ERROR_MALFORMED);
    CHECK_INT(bench_answer_check(BENCH_PLAIN, (struct srflx_view){answer_bytes, 0}, &me),
              BENCH_ERROR_MALFORMED);
}

RUN(TEST_OF(requests_are_what_they_are_called), TEST_OF(garbage_is_broken_in_four_ways),
    TEST_OF(a_number_is_read_back), TEST_OF(no_bit_of_an_id_can_be_changed),
    TEST_OF(another_seed_makes_another_secret), TEST_OF(right_answers), TEST_OF(mapped_addresses),
    TEST_OF(fingerprints), TEST_OF(error_responses), TEST_OF(other_messages))
