/* Errors of 500 to 599, which lead to new tries (transaction.c). */
#include "transaction_fixture.h"

/* Four new tries, each with the same bytes and the interval in force between; then it is over.
 * spec: R8489-6.3.4-04 R8489-6.3.4-05 R8489-6.3.4-06 R5389-7.3.4-01 */
TEST(trouble_is_tried_again_four_times)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct srflx_event event;
    struct fixture f;
    uint32_t sent;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    for (sent = 1; sent <= 4; sent++) {
        uint64_t sent_ms = (uint64_t)520 * (sent - 1);

        event = next(f.t);
        CHECK_INT(event.kind, SRFLX_EVENT_SEND);
        CHECK_INT(event.sent, sent);
        CHECK(event.bytes.ptr == f.request.bytes);
        answer(f.t, &trouble, sent_ms + 20);
        expect_nothing(f.t);
        CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(sent_ms + 520));
        srflx_transaction_tick(f.t, at_ms(sent_ms + 520));
    }
    expect_send(f.t, 5);
    answer(f.t, &trouble, 2100);
    event = next(f.t);
    CHECK_INT(event.error, SRFLX_ERROR_REJECTED);
    CHECK_INT(event.code, 503);
    CHECK_INT(event.sent, 5);
    CHECK(!event.rtt_is_sample);
}

/* spec: R8489-6.3.4-05 */
TEST(no_new_try_if_none_is_wanted)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct srflx_transaction_options options;
    struct fixture f;

    srflx_transaction_options_defaults(&options);
    options.max_resends = 0;
    prepare(&f, &options);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    answer(f.t, &trouble, 20);
    expect_failed(f.t, SRFLX_ERROR_REJECTED);
}

/* The duplicates of one answer do not use up the tries, not even the last one's. */
TEST(duplicates_count_once)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct srflx_transaction_options options;
    struct fixture f;
    int i;

    srflx_transaction_options_defaults(&options);
    options.max_resends = 1;
    prepare(&f, &options);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    for (i = 0; i < 10; i++)
        answer(f.t, &trouble, 20 + (uint64_t)i);
    expect_nothing(f.t);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(520));
    srflx_transaction_tick(f.t, at_ms(520));
    expect_send(f.t, 2);
}

/* A second try has the whole schedule, and the wait before it is the interval in force.
 * spec: R6298-5-01 */
TEST(a_new_try_has_its_own_schedule)
{
    static const uint64_t send_ms[] = {2600, 3100, 4100, 6100, 10100, 18100, 34100};
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct fixture f;
    uint32_t i;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    srflx_transaction_tick(f.t, at_ms(500));
    expect_send(f.t, 2);
    answer(f.t, &trouble, 1600);
    for (i = 0; i < 7; i++) {
        CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(send_ms[i]));
        srflx_transaction_tick(f.t, at_ms(send_ms[i]));
        expect_send(f.t, 3 + i);
    }
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(42100));
    srflx_transaction_tick(f.t, at_ms(42100));
    expect_failed(f.t, SRFLX_ERROR_TIMEOUT);
}

TEST(a_request_not_taken_waits_too)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct fixture f;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    srflx_transaction_tick(f.t, at_ms(500));
    answer(f.t, &trouble, 510);
    expect_nothing(f.t);
    srflx_transaction_tick(f.t, at_ms(1510));
    expect_send(f.t, 3);
}

/* There was an answer, so "no answer" would be wrong. */
TEST(the_limit_holds_during_the_wait)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct srflx_transaction_options options;
    struct fixture f;

    srflx_transaction_options_defaults(&options);
    options.limit_ms = 300;
    prepare(&f, &options);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    answer(f.t, &trouble, 20);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(300));
    srflx_transaction_tick(f.t, at_ms(300));
    expect_failed(f.t, SRFLX_ERROR_REJECTED);
}

TEST(streams_try_again_too)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct fixture f;

    prepare_default(&f);
    start(&f, SRFLX_TCP, 0);
    expect_send(f.t, 1);
    answer(f.t, &trouble, 100);
    srflx_transaction_tick(f.t, at_ms(600));
    expect_send(f.t, 2);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(40100));
}

RUN(TEST_OF(trouble_is_tried_again_four_times), TEST_OF(no_new_try_if_none_is_wanted),
    TEST_OF(duplicates_count_once), TEST_OF(a_new_try_has_its_own_schedule),
    TEST_OF(a_request_not_taken_waits_too), TEST_OF(the_limit_holds_during_the_wait),
    TEST_OF(streams_try_again_too))
