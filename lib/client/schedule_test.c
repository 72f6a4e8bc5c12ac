/* When requests leave and when the transaction gives up (transaction.c). */
#include "transaction_fixture.h"

enum { MAX_SENDS = 32 };

struct schedule {
    size_t sends;
    uint64_t send_ms[MAX_SENDS];
    uint64_t fail_ms;
};

/* Ticks exactly at each deadline until the transaction has failed with TIMEOUT. */
static struct schedule run(struct srflx_transaction *t)
{
    struct schedule seen = {0};
    uint64_t now = to_ns(0);

    for (;;) {
        struct srflx_event event = next(t);
        uint64_t ms = (now - to_ns(0)) / 1000000;

        CHECK_INT((now - to_ns(0)) % 1000000, 0);
        expect_nothing(t);
        if (event.kind == SRFLX_EVENT_FAILED) {
            CHECK_INT(event.error, SRFLX_ERROR_TIMEOUT);
            CHECK_INT(event.sent, seen.sends);
            seen.fail_ms = ms;
            return seen;
        }
        CHECK(seen.sends < MAX_SENDS);
        seen.send_ms[seen.sends++] = ms;
        CHECK_INT(event.sent, seen.sends);
        now = srflx_transaction_next_deadline(t);
        srflx_transaction_tick(t, (struct srflx_time){now - 1, 0});
        expect_nothing(t);
        srflx_transaction_tick(t, (struct srflx_time){now, 0});
    }
}

static void check_schedule(const struct srflx_transaction_options *options, uint8_t transport,
                           const struct schedule *expected)
{
    struct fixture f;
    struct schedule seen;

    prepare(&f, options);
    start(&f, transport, 0);
    seen = run(f.t);
    CHECK_INT(seen.sends, expected->sends);
    CHECK_MEM(seen.send_ms, expected->send_ms, sizeof seen.send_ms);
    CHECK_INT(seen.fail_ms, expected->fail_ms);
    CHECK(srflx_transaction_next_deadline(f.t) == UINT64_MAX);
}

/* The rows of the specification's table of schedules.
 * spec: R8489-6.2.1-01 R8489-6.2.1-02 R8489-6.2.1-12 R8489-6.2.1-13 R8489-6.2.1-14 R8489-6.2.1-15
 * spec: R8489-6.2.1-16 R5389-7.2.1-01 R6298-5-01 */
TEST(doubling)
{
    static const struct {
        uint32_t rto_ms, rc, rm;
        struct schedule expected;
    } rows[] = {
        {500, 7, 16, {7, {0, 500, 1500, 3500, 7500, 15500, 31500}, 39500}},
        {100, 7, 16, {7, {0, 100, 300, 700, 1500, 3100, 6300}, 7900}},
        {1000, 7, 16, {7, {0, 1000, 3000, 7000, 15000, 31000, 63000}, 79000}},
        {500, 1, 16, {1, {0}, 8000}},
        {500, 3, 16, {3, {0, 500, 1500}, 9500}},
        {500, 3, 1, {3, {0, 500, 1500}, 2000}},
        {1, 2, 1000, {2, {0, 1}, 1001}},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct srflx_transaction_options options;

        srflx_transaction_options_defaults(&options);
        options.rto_ms = rows[i].rto_ms;
        options.rc = rows[i].rc;
        options.rm = rows[i].rm;
        check_schedule(&options, SRFLX_UDP, &rows[i].expected);
        check_schedule(&options, SRFLX_DTLS, &rows[i].expected);
    }
}

/* spec: R3489-9.3-07 R3489-9.3-08 */
TEST(classic)
{
    static const struct schedule expected = {
        9, {0, 100, 300, 700, 1500, 3100, 4700, 6300, 7900}, 9500};
    struct srflx_transaction_options options;

    srflx_transaction_options_classic(&options);
    check_schedule(&options, SRFLX_UDP, &expected);
}

/* A greatest interval that is no power of two times the first, and one that is below it. */
TEST(doubling_stops_at_the_greatest_interval)
{
    static const struct schedule between = {5, {0, 100, 300, 550, 800}, 2400};
    static const struct schedule below = {5, {0, 100, 200, 300, 400}, 2000};
    struct srflx_transaction_options options;

    srflx_transaction_options_defaults(&options);
    options.rto_ms = 100;
    options.rc = 5;
    options.rto_max_ms = 250;
    check_schedule(&options, SRFLX_UDP, &between);
    options.rto_max_ms = 50;
    check_schedule(&options, SRFLX_UDP, &below);
}

/* spec: R8489-6.2.2-04 R8489-6.2.2-05 R8489-6.2.2-06 */
TEST(streams_send_once)
{
    static const struct schedule usual = {1, {0}, 39500};
    static const struct schedule shorter = {1, {0}, 5000};
    struct srflx_transaction_options options;

    srflx_transaction_options_defaults(&options);
    check_schedule(&options, SRFLX_TCP, &usual);
    check_schedule(&options, SRFLX_TLS, &usual);
    options.ti_ms = 5000;
    check_schedule(&options, SRFLX_TCP, &shorter);
}

/* The limit wins over the schedule, also over a request that is due at the same moment. */
TEST(limit)
{
    static const struct {
        uint32_t limit_ms;
        struct schedule expected;
    } rows[] = {
        {1, {1, {0}, 1}},
        {1499, {2, {0, 500}, 1499}},
        {1500, {2, {0, 500}, 1500}},
        {1501, {3, {0, 500, 1500}, 1501}},
        {39500, {7, {0, 500, 1500, 3500, 7500, 15500, 31500}, 39500}},
        {UINT32_MAX, {7, {0, 500, 1500, 3500, 7500, 15500, 31500}, 39500}},
    };
    static const struct schedule stream = {1, {0}, 1500};
    struct srflx_transaction_options options;
    size_t i;

    srflx_transaction_options_defaults(&options);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        options.limit_ms = rows[i].limit_ms;
        check_schedule(&options, SRFLX_UDP, &rows[i].expected);
    }
    options.limit_ms = 1500;
    check_schedule(&options, SRFLX_TCP, &stream);
}

/* Late ticks push the rest back; none makes two requests leave together.
 * spec: R6298-5-01 R8489-6.2.1-02 */
TEST(late_ticks)
{
    struct fixture f;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    srflx_transaction_tick(f.t, at_ms(700));
    expect_send(f.t, 2);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(1700));
    srflx_transaction_tick(f.t, at_ms(1500));
    expect_nothing(f.t);
    srflx_transaction_tick(f.t, at_ms(100000));
    expect_send(f.t, 3);
    srflx_transaction_tick(f.t, at_ms(100000));
    expect_nothing(f.t);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(102000));
}

TEST(early_ticks_do_nothing)
{
    struct fixture f;
    uint64_t ms;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    for (ms = 0; ms < 500; ms++)
        srflx_transaction_tick(f.t, at_ms(ms));
    expect_nothing(f.t);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(500));
}

TEST(a_request_not_taken_is_merged_with_the_next)
{
    struct fixture f;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    srflx_transaction_tick(f.t, at_ms(500));
    expect_send(f.t, 2);
}

/* The greatest intervals at the end of the clock: no sum wraps round, and nothing is sent twice. */
TEST(no_overflow)
{
    struct srflx_transaction_options options;
    struct srflx_time now = {0, 0};
    struct fixture f;
    uint32_t sent;

    srflx_transaction_options_defaults(&options);
    options.rto_ms = 60000;
    options.rc = 32;
    options.rm = 1000;
    options.limit_ms = 0;
    prepare(&f, &options);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    for (sent = 2; now.mono_ns < UINT64_MAX; sent++) {
        uint64_t due = srflx_transaction_next_deadline(f.t);

        CHECK(due > now.mono_ns);
        now.mono_ns = due;
        if (due == UINT64_MAX) break;
        srflx_transaction_tick(f.t, now);
        expect_send(f.t, sent);
    }
    CHECK_INT(sent, 30);
    srflx_transaction_tick(f.t, (struct srflx_time){UINT64_MAX - 1, 0});
    expect_nothing(f.t);
}

TEST(start_at_the_end_of_the_clock)
{
    struct srflx_transaction_options options;
    struct srflx_time late = {UINT64_MAX - 1000, 0};
    struct fixture f;

    srflx_transaction_options_defaults(&options);
    options.limit_ms = UINT32_MAX;
    prepare(&f, &options);
    CHECK_INT(srflx_transaction_start(f.t, view_of(&f.request), &server, SRFLX_UDP, late), 0);
    expect_send(f.t, 1);
    srflx_transaction_tick(f.t, (struct srflx_time){UINT64_MAX - 1, 0});
    expect_nothing(f.t);
}

RUN(TEST_OF(doubling), TEST_OF(classic), TEST_OF(doubling_stops_at_the_greatest_interval),
    TEST_OF(streams_send_once), TEST_OF(limit), TEST_OF(late_ticks),
    TEST_OF(early_ticks_do_nothing), TEST_OF(a_request_not_taken_is_merged_with_the_next),
    TEST_OF(no_overflow), TEST_OF(start_at_the_end_of_the_clock))
