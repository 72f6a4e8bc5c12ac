/* Whose answer a packet is, and what comes of it (transaction.c). */
#include "transaction_fixture.h"

static void check_not_ours(struct srflx_packet packet, const char *what)
{
    struct fixture f;
    uint64_t deadline;

    enter_trying(&f);
    deadline = srflx_transaction_next_deadline(f.t);
    if (srflx_transaction_feed(f.t, &packet, at_ms(900))) FAIL("taken: %s", what);
    expect_nothing(f.t);
    CHECK_INT(srflx_transaction_next_deadline(f.t), deadline);
}

TEST(answers_from_elsewhere_are_not_ours)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_packet packet = packet_of(&success);

    packet.from.port++;
    check_not_ours(packet, "another port");
    packet.from = server;
    packet.from.ip[3]++;
    check_not_ours(packet, "another address");
    packet.from = server;
    packet.from.family = SRFLX_IPV6;
    check_not_ours(packet, "another family");
    packet.from.family = SRFLX_NO_FAMILY;
    check_not_ours(packet, "an unknown address");
}

/* spec: R8489-6.3-06 R5389-12.1-04 */
TEST(every_byte_of_the_id_counts)
{
    size_t i;

    for (i = 4; i < 20; i++) {
        struct fixture_message m = current(SUCCESS, VIEW(MAPPED));

        m.bytes[i] ^= 1;
        check_not_ours(packet_of(&m), "another id");
    }
}

TEST(other_messages_are_not_ours)
{
    static const uint16_t types[] = {REQUEST, INDICATION, 0x0102, 0x0112, 0x0103, 0x4101, 0x8101};
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct fixture_message m = current(types[i], VIEW(XOR_MAPPED));

        check_not_ours(packet_of(&m), "another type");
    }
}

TEST(broken_messages_are_not_ours)
{
    struct fixture_message m = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_packet packet = packet_of(&m);

    for (packet.bytes.len = 0; packet.bytes.len < m.len; packet.bytes.len++)
        check_not_ours(packet, "too short");
    packet.bytes.len = m.len + 4;
    check_not_ours(packet, "too long");
    packet.bytes.len = m.len;
    m.bytes[23] = 0x0c;
    check_not_ours(packet, "attribute beyond the end");
}

TEST(wrong_fingerprint_is_not_ours)
{
    struct fixture_message m =
        current(SUCCESS, VIEW(XOR_MAPPED "\x80\x28\x00\x04\x01\x02\x03\x04"));

    check_not_ours(packet_of(&m), "wrong checksum");
    m = current(SUCCESS, VIEW(XOR_MAPPED "\x80\x28\x00\x00"));
    check_not_ours(packet_of(&m), "no checksum in it");
}

/* The CRC-32 is zlib's, XORed with 0x5354554e.
 * spec: R8489-6.3.3-02 */
TEST(right_fingerprint_is_ours)
{
    struct fixture_message m = current(SUCCESS, VIEW(XOR_MAPPED "\x80\x28\x00\x04"
                                                                "\x50\x89\xd8\x98"));
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &m, 900);
    CHECK_INT(next(f.t).kind, SRFLX_EVENT_ANSWER);
}

/* spec: R8489-6.3-07 R8489-7-01 */
TEST(who_asks_with_a_fingerprint_wants_one)
{
    struct fixture_message bare = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture_message sealed = current(SUCCESS, VIEW(XOR_MAPPED "\x80\x28\x00\x04"
                                                                     "\x50\x89\xd8\x98"));
    struct srflx_packet packet = packet_of(&bare);
    struct fixture f;

    enter_fresh(&f);
    f.request = current(REQUEST, VIEW("\x80\x28\x00\x04"
                                      "\x5b\x20\xf9\xcc"));
    start(&f, SRFLX_UDP, 800);
    expect_send(f.t, 1);
    CHECK(!srflx_transaction_feed(f.t, &packet, at_ms(900)));
    bare = current(ERROR, VIEW(TROUBLE));
    packet = packet_of(&bare);
    CHECK(!srflx_transaction_feed(f.t, &packet, at_ms(900)));
    expect_nothing(f.t);
    answer(f.t, &sealed, 900);
    CHECK_INT(next(f.t).kind, SRFLX_EVENT_ANSWER);
}

/* spec: R8489-6.3.3-02 R8489-6.2.1-08 */
TEST(answer_carries_everything)
{
    struct fixture_message m = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_event event;
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &m, 842);
    event = next(f.t);
    CHECK_INT(event.kind, SRFLX_EVENT_ANSWER);
    CHECK(srflx_addr_equal(&event.mapped, &mapped));
    CHECK(event.answer.bytes.ptr == m.bytes);
    CHECK_INT(event.answer.type, SUCCESS);
    CHECK_INT(event.sent, 1);
    CHECK_INT(event.rtt_ns, 42000000);
    CHECK(event.rtt_is_sample);
    CHECK_INT(event.error, 0);
    CHECK_INT(event.code, 0);
    CHECK_INT(event.bytes.len, 0);
    CHECK_INT(event.to.family, SRFLX_NO_FAMILY);
}

/* spec: R8489-6.3.4-02 R8489-6.3.4-03 */
TEST(rejection_carries_the_error_response)
{
    struct fixture_message m = current(ERROR, VIEW(REJECTION));
    struct srflx_event event;
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &m, 842);
    event = next(f.t);
    CHECK_INT(event.kind, SRFLX_EVENT_FAILED);
    CHECK_INT(event.error, SRFLX_ERROR_REJECTED);
    CHECK_INT(event.code, 400);
    CHECK(event.answer.bytes.ptr == m.bytes);
    CHECK_INT(event.rtt_ns, 42000000);
    CHECK(event.rtt_is_sample);
    CHECK_INT(event.mapped.family, SRFLX_NO_FAMILY);
}

TEST(other_failures_carry_no_response)
{
    struct fixture_message m = current(SUCCESS, VIEW(""));
    struct srflx_event event;
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &m, 842);
    event = next(f.t);
    CHECK_INT(event.error, SRFLX_ERROR_RESPONSE);
    CHECK_INT(event.answer.bytes.len, 0);
    CHECK_INT(event.rtt_ns, 0);
    CHECK(!event.rtt_is_sample);
}

/* spec: R8489-6.2.1-08 R8489-6.2.1-09 */
TEST(a_request_sent_twice_gives_no_sample)
{
    struct fixture_message m = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_event event;
    struct fixture f;

    enter_last_wait(&f);
    answer(f.t, &m, 530);
    event = next(f.t);
    CHECK_INT(event.sent, 2);
    CHECK_INT(event.rtt_ns, 30000000);
    CHECK(!event.rtt_is_sample);
}

/* spec: R8489-6.2.1-08 */
TEST(answers_carry_the_interval_in_force)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &success, 842);
    CHECK_INT(next(f.t).interval_ns, 500000000);
    enter_last_wait(&f);
    answer(f.t, &success, 530);
    CHECK_INT(next(f.t).interval_ns, 1000000000);
    enter_last_wait(&f);
    answer(f.t, &trouble, 530);
    srflx_transaction_tick(f.t, at_ms(1530));
    expect_send(f.t, 3);
    answer(f.t, &success, 1540);
    CHECK_INT(next(f.t).interval_ns, 500000000);
    enter_last_wait(&f);
    srflx_transaction_tick(f.t, at_ms(8500));
    CHECK_INT(next(f.t).interval_ns, 0);
}

TEST(a_clock_that_goes_back_gives_no_negative_time)
{
    struct fixture_message m = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &m, 799);
    CHECK_INT(next(f.t).rtt_ns, 0);
}

/* spec: R3489-9.4-11 R3489-9.4-13 R3489-9.4-19 */
TEST(classic_answers)
{
    static const struct {
        uint16_t type;
        int error;
        struct srflx_view attrs;
    } rows[] = {
        {SUCCESS, 0, {(const uint8_t *)MAPPED, 12}},
        {SUCCESS, SRFLX_ERROR_RESPONSE, {(const uint8_t *)XOR_MAPPED, 12}},
        {ERROR, SRFLX_ERROR_RESPONSE, {(const uint8_t *)ERROR_CODE("\x01", "\x00"), 8}},
        {ERROR, SRFLX_ERROR_REJECTED, {(const uint8_t *)ERROR_CODE("\x04", "\x1e"), 8}},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture_message m = make(rows[i].type, classic_id, rows[i].attrs);
        struct fixture f;

        enter_fresh(&f);
        f.request = make(REQUEST, classic_id, VIEW(""));
        start(&f, SRFLX_UDP, 0);
        expect_send(f.t, 1);
        answer(f.t, &m, 10);
        CHECK_INT(next(f.t).error, rows[i].error);
        CHECK(srflx_transaction_next_deadline(f.t) == UINT64_MAX);
    }
}

RUN(TEST_OF(answers_from_elsewhere_are_not_ours), TEST_OF(every_byte_of_the_id_counts),
    TEST_OF(other_messages_are_not_ours), TEST_OF(broken_messages_are_not_ours),
    TEST_OF(wrong_fingerprint_is_not_ours), TEST_OF(right_fingerprint_is_ours),
    TEST_OF(who_asks_with_a_fingerprint_wants_one), TEST_OF(answer_carries_everything),
    TEST_OF(rejection_carries_the_error_response), TEST_OF(other_failures_carry_no_response),
    TEST_OF(a_request_sent_twice_gives_no_sample), TEST_OF(answers_carry_the_interval_in_force),
    TEST_OF(a_clock_that_goes_back_gives_no_negative_time), TEST_OF(classic_answers))
