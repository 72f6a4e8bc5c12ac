/* Every input in every state, what may be asked, and what follows the end. */
#include "transaction_fixture.h"

static void enter_paused(struct fixture *f)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));

    enter_trying(f);
    answer(f->t, &trouble, 900);
    expect_nothing(f->t);
}

static void enter_answered(struct fixture *f)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));

    enter_trying(f);
    answer(f->t, &success, 900);
    CHECK_INT(next(f->t).kind, SRFLX_EVENT_ANSWER);
}

static void enter_failed(struct fixture *f)
{
    enter_trying(f);
    srflx_transaction_unreachable(f->t, at_ms(900));
    expect_failed(f->t, SRFLX_ERROR_UNREACHABLE);
}

static void enter_cancelled(struct fixture *f)
{
    enter_trying(f);
    srflx_transaction_cancel(f->t);
}

static const struct {
    const char *name;
    void (*enter)(struct fixture *f);
} states[] = {
    {"fresh", enter_fresh},         {"trying", enter_trying},     {"last wait", enter_last_wait},
    {"paused", enter_paused},       {"answered", enter_answered}, {"failed", enter_failed},
    {"cancelled", enter_cancelled},
};

enum { STATES = sizeof states / sizeof states[0] };

/* Each input says whether it was accepted, where its function says so. */
static int start_again(struct fixture *f)
{
    return srflx_transaction_start(f->t, view_of(&f->request), &server, SRFLX_UDP, at_ms(950));
}

static int tick_early(struct fixture *f)
{
    srflx_transaction_tick(f->t, at_ms(950));
    return 0;
}

static int tick_due(struct fixture *f)
{
    srflx_transaction_tick(f->t, at_ms(10000));
    return 0;
}

static int tick_limit(struct fixture *f)
{
    srflx_transaction_tick(f->t, at_ms(70000));
    return 0;
}

static int feed(struct fixture *f, uint16_t type, struct srflx_view attrs)
{
    struct fixture_message m = current(type, attrs);
    struct srflx_packet packet = packet_of(&m);

    return srflx_transaction_feed(f->t, &packet, at_ms(950));
}

static int feed_success(struct fixture *f)
{
    return feed(f, SUCCESS, VIEW(XOR_MAPPED));
}

static int feed_unusable(struct fixture *f)
{
    return feed(f, SUCCESS, VIEW(""));
}

static int feed_rejection(struct fixture *f)
{
    return feed(f, ERROR, VIEW(REJECTION));
}

static int feed_trouble(struct fixture *f)
{
    return feed(f, ERROR, VIEW(TROUBLE));
}

static int feed_stranger(struct fixture *f)
{
    struct fixture_message m = make(SUCCESS, classic_id, VIEW(MAPPED));
    struct srflx_packet packet = packet_of(&m);

    return srflx_transaction_feed(f->t, &packet, at_ms(950));
}

static int unreachable(struct fixture *f)
{
    srflx_transaction_unreachable(f->t, at_ms(950));
    return 0;
}

static int cancel(struct fixture *f)
{
    srflx_transaction_cancel(f->t);
    return 0;
}

/* What comes of it. NOTHING, STOPS and PAUSES are told apart by the deadline: the same, none,
 * another. */
enum outcome {
    NOTHING,
    STOPS,
    PAUSES,
    SENDS,
    ANSWERS,
    TIMES_OUT,
    IS_UNREACHABLE,
    IS_REJECTED,
    IS_USELESS,
    IS_WRONG
};

static enum outcome outcome_of(const struct srflx_event *event, bool running)
{
    if (event->kind == SRFLX_EVENT_SEND) return running ? SENDS : IS_WRONG;
    if (running) return IS_WRONG;
    if (event->kind == SRFLX_EVENT_ANSWER) return ANSWERS;
    switch (event->error) {
    case SRFLX_ERROR_TIMEOUT:
        return TIMES_OUT;
    case SRFLX_ERROR_UNREACHABLE:
        return IS_UNREACHABLE;
    case SRFLX_ERROR_REJECTED:
        return IS_REJECTED;
    case SRFLX_ERROR_RESPONSE:
        return IS_USELESS;
    default:
        return IS_WRONG;
    }
}

static enum outcome observe(struct srflx_transaction *t, uint64_t deadline_before)
{
    uint64_t deadline = srflx_transaction_next_deadline(t);
    struct srflx_event event;

    if (srflx_transaction_next_event(t, &event)) {
        expect_nothing(t);
        return outcome_of(&event, deadline != UINT64_MAX);
    }
    if (deadline == deadline_before) return NOTHING;
    return deadline == UINT64_MAX ? STOPS : PAUSES;
}

static const struct {
    const char *name;
    int (*apply)(struct fixture *f);
    int result[STATES];
    enum outcome outcome[STATES];
} inputs[] = {
    /* fresh, trying, last wait, paused, answered, failed, cancelled */
    {"start",
     start_again,
     {0, SRFLX_ERROR_STATE, SRFLX_ERROR_STATE, SRFLX_ERROR_STATE, 0, 0, 0},
     {SENDS, NOTHING, NOTHING, NOTHING, SENDS, SENDS, SENDS}},
    {"early tick", tick_early, {0}, {NOTHING}},
    {"due tick", tick_due, {0}, {NOTHING, SENDS, TIMES_OUT, SENDS}},
    {"limit tick", tick_limit, {0}, {NOTHING, TIMES_OUT, TIMES_OUT, IS_REJECTED}},
    {"success", feed_success, {0, 1, 1, 1}, {NOTHING, ANSWERS, ANSWERS, ANSWERS}},
    {"unusable response",
     feed_unusable,
     {0, 1, 1, 1},
     {NOTHING, IS_USELESS, IS_USELESS, IS_USELESS}},
    {"rejection", feed_rejection, {0, 1, 1, 1}, {NOTHING, IS_REJECTED, IS_REJECTED, IS_REJECTED}},
    {"trouble", feed_trouble, {0, 1, 1, 1}, {NOTHING, PAUSES, PAUSES, NOTHING}},
    {"stranger", feed_stranger, {0}, {NOTHING}},
    {"unreachable", unreachable, {0}, {NOTHING, IS_UNREACHABLE, IS_UNREACHABLE, IS_UNREACHABLE}},
    {"cancel", cancel, {0}, {NOTHING, STOPS, STOPS, STOPS}},
};

static void check_cell(size_t state, size_t input)
{
    struct fixture f;
    uint64_t deadline;
    int result;
    enum outcome outcome;

    states[state].enter(&f);
    deadline = srflx_transaction_next_deadline(f.t);
    result = inputs[input].apply(&f);
    outcome = observe(f.t, deadline);
    if (result != inputs[input].result[state] || outcome != inputs[input].outcome[state])
        FAIL("%s in state %s: result %d, outcome %d", inputs[input].name, states[state].name,
             result, (int)outcome);
}

/* spec: R8489-6.2.1-12 R8489-6.2.1-17 R8489-6.3-06 R8489-6.3.3-01 R8489-6.3.4-01 R8489-6.3.4-03
 * spec: R8489-6.3.4-04 */
TEST(every_input_in_every_state)
{
    size_t in, on;

    for (in = 0; in < STATES; in++)
        for (on = 0; on < sizeof inputs / sizeof inputs[0]; on++)
            check_cell(in, on);
}

/* spec: R8489-6.1-01 R8489-6.2.1-01 R8489-11-01 */
TEST(what_may_be_asked)
{
    static const struct {
        uint16_t type;
        uint8_t family, transport;
        int error;
        const uint8_t *id;
    } rows[] = {
        {REQUEST, SRFLX_IPV4, SRFLX_UDP, 0, current_id},
        {REQUEST, SRFLX_IPV6, SRFLX_TCP, 0, current_id},
        {REQUEST, SRFLX_IPV4, SRFLX_TLS, 0, current_id},
        {REQUEST, SRFLX_IPV4, SRFLX_DTLS, 0, current_id},
        {REQUEST, SRFLX_IPV4, SRFLX_UDP, 0, classic_id},
        {REQUEST, SRFLX_IPV4, SRFLX_TLS, 0, classic_id},
        {REQUEST, SRFLX_IPV4, SRFLX_DTLS, SRFLX_ERROR_ARGUMENT, classic_id},
        {INDICATION, SRFLX_IPV4, SRFLX_UDP, SRFLX_ERROR_ARGUMENT, current_id},
        {SUCCESS, SRFLX_IPV4, SRFLX_UDP, SRFLX_ERROR_ARGUMENT, current_id},
        {ERROR, SRFLX_IPV4, SRFLX_UDP, SRFLX_ERROR_ARGUMENT, current_id},
        {0x4001, SRFLX_IPV4, SRFLX_UDP, SRFLX_ERROR_ARGUMENT, current_id},
        {REQUEST, SRFLX_NO_FAMILY, SRFLX_UDP, SRFLX_ERROR_ARGUMENT, current_id},
        {REQUEST, SRFLX_IPV4, 0, SRFLX_ERROR_ARGUMENT, current_id},
        {REQUEST, SRFLX_IPV4, 5, SRFLX_ERROR_ARGUMENT, current_id},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct srflx_addr to = server;
        struct fixture f;
        int error;

        to.family = rows[i].family;
        enter_fresh(&f);
        f.request = make(rows[i].type, rows[i].id, VIEW(""));
        error = srflx_transaction_start(f.t, view_of(&f.request), &to, rows[i].transport, at_ms(0));
        if (error != rows[i].error) FAIL("row %zu: %d", i, error);
        CHECK((srflx_transaction_next_deadline(f.t) == UINT64_MAX) == (error != 0));
    }
}

TEST(request_of_no_bytes)
{
    struct fixture f;

    enter_fresh(&f);
    CHECK_INT(
        srflx_transaction_start(f.t, (struct srflx_view){NULL, 0}, &server, SRFLX_UDP, at_ms(0)),
        SRFLX_ERROR_ARGUMENT);
    expect_nothing(f.t);
}

/* Every retransmission is the caller's own bytes, to the same server.
 * spec: R8489-5-09 R3489-9.3-01 */
TEST(the_same_request_every_time)
{
    struct fixture f;
    struct fixture_message asked;
    unsigned i;

    prepare_default(&f);
    asked = f.request;
    start(&f, SRFLX_UDP, 0);
    for (i = 0; i < 7; i++) {
        struct srflx_event event = next(f.t);

        CHECK_INT(event.kind, SRFLX_EVENT_SEND);
        CHECK(event.bytes.ptr == f.request.bytes);
        CHECK_INT(event.bytes.len, asked.len);
        CHECK_MEM(event.bytes.ptr, asked.bytes, asked.len);
        CHECK(srflx_addr_equal(&event.to, &server));
        CHECK_INT(event.error, 0);
        srflx_transaction_tick(f.t, (struct srflx_time){srflx_transaction_next_deadline(f.t), 0});
    }
}

TEST(an_answer_before_the_last_tick_counts)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture f;

    enter_last_wait(&f);
    answer(f.t, &success, 99999);
    CHECK_INT(next(f.t).kind, SRFLX_EVENT_ANSWER);
}

/* spec: R8489-6.3-06 */
TEST(late_answers_are_not_ours)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct srflx_packet packet = packet_of(&success);
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &success, 900);
    CHECK(!srflx_transaction_feed(f.t, &packet, at_ms(901)));
    CHECK_INT(next(f.t).rtt_ns, 100000000);
    expect_nothing(f.t);
}

TEST(an_answer_replaces_a_request_not_taken)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture f;

    enter_trying(&f);
    srflx_transaction_tick(f.t, at_ms(1300));
    answer(f.t, &success, 1301);
    CHECK_INT(next(f.t).kind, SRFLX_EVENT_ANSWER);
    expect_nothing(f.t);
}

TEST(started_again_everything_is_new)
{
    struct fixture_message trouble = current(ERROR, VIEW(TROUBLE));
    struct fixture f;
    int i;

    prepare_default(&f);
    start(&f, SRFLX_UDP, 0);
    expect_send(f.t, 1);
    for (i = 0; i < 4; i++) {
        answer(f.t, &trouble, 1000);
        srflx_transaction_tick(f.t, at_ms(9000));
        CHECK_INT(next(f.t).kind, SRFLX_EVENT_SEND);
    }
    srflx_transaction_unreachable(f.t, at_ms(9001));
    expect_failed(f.t, SRFLX_ERROR_UNREACHABLE);

    start(&f, SRFLX_UDP, 20000);
    expect_send(f.t, 1);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(20500));
    answer(f.t, &trouble, 20010);
    CHECK_INT(srflx_transaction_next_deadline(f.t), to_ns(20510));
}

TEST(cancel_drops_what_was_not_taken)
{
    struct fixture_message success = current(SUCCESS, VIEW(XOR_MAPPED));
    struct fixture f;

    enter_trying(&f);
    answer(f.t, &success, 900);
    srflx_transaction_cancel(f.t);
    expect_nothing(f.t);
    start(&f, SRFLX_UDP, 1000);
    srflx_transaction_cancel(f.t);
    expect_nothing(f.t);
}

RUN(TEST_OF(every_input_in_every_state), TEST_OF(what_may_be_asked), TEST_OF(request_of_no_bytes),
    TEST_OF(the_same_request_every_time), TEST_OF(an_answer_before_the_last_tick_counts),
    TEST_OF(late_answers_are_not_ours), TEST_OF(an_answer_replaces_a_request_not_taken),
    TEST_OF(started_again_everything_is_new), TEST_OF(cancel_drops_what_was_not_taken))
