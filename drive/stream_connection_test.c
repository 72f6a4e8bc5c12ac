#include "stream_fixture.h"

#include <srflx/addr.h>

static struct srflx_connection_world world;
static struct srflx_buffer_pool pool;
static struct seen seen;

static const struct srflx_addr peer = {{192, 0, 2, 1}, 0, 40000, SRFLX_IPV4};
static const struct srflx_addr local = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};

/* A connection, what came out of it, and how its network behaves. */
struct run {
    struct srflx_connection c;
    struct pile output;
    enum srflx_connection_need need; /* the last one */
    size_t take_most;                /* bytes that leave at a time */
    unsigned admissions;
};

static void reset_world(uint8_t poison)
{
    memset(&world, 0, sizeof world);
    memset(world.answers, poison, sizeof world.answers);
    world.handler = (struct srflx_handler){handle_seen, &seen};
    memset(&seen, 0, sizeof seen);
    if (!pool.buffers) CHECK_INT(srflx_buffer_pool_init(&pool, 2), 0);
    CHECK_INT(pool.taken, 0);
    memset(pool.buffers, poison, 2 * sizeof *pool.buffers);
    pool.free_list = NULL;
    pool.fresh = 0;
}

static struct run begin(bool behind_proxy)
{
    struct run run = {.take_most = SIZE_MAX, .need = SRFLX_CONNECTION_RECEIVE};

    srflx_connection_init(&run.c, &peer, &local, behind_proxy);
    return run;
}

static void take_buffer(struct run *run)
{
    if (!run->c.buffer) run->c.buffer = srflx_buffer_take(&pool);
    CHECK(run->c.buffer);
}

static void give_if_empty(struct run *run)
{
    if (!run->c.buffer || !srflx_connection_is_empty(&run->c)) return;
    srflx_buffer_give(&pool, run->c.buffer);
    run->c.buffer = NULL;
}

/* Works until more must be received, or the end. */
static void work(struct run *run)
{
    while ((run->need = srflx_connection_work(&run->c, &world)) != SRFLX_CONNECTION_RECEIVE) {
        struct srflx_view output;
        if (run->need == SRFLX_CONNECTION_CLOSE) break;
        if (run->need == SRFLX_CONNECTION_ADMIT) {
            run->admissions++;
            continue;
        }
        output = srflx_connection_output(&run->c);
        CHECK(output.len);
        CHECK_INT(srflx_connection_waits_for(&run->c), SRFLX_WAIT_READER);
        if (output.len > run->take_most) output.len = run->take_most;
        pile_add(&run->output, output.ptr, output.len);
        srflx_connection_sent(&run->c, output.len);
    }
    give_if_empty(run);
}

static void feed(struct run *run, const uint8_t *bytes, size_t len)
{
    while (len && run->need == SRFLX_CONNECTION_RECEIVE) {
        struct srflx_connection_room room;
        take_buffer(run);
        room = srflx_connection_room(&run->c);
        CHECK(room.len);
        if (room.len > len) room.len = len;
        memcpy(room.ptr, bytes, room.len);
        srflx_connection_received(&run->c, room.len);
        bytes += room.len;
        len -= room.len;
        work(run);
    }
}

static void end_input(struct run *run)
{
    take_buffer(run);
    srflx_connection_ended(&run->c);
    work(run);
}

static void finish(struct run *run)
{
    if (run->c.buffer) srflx_buffer_give(&pool, run->c.buffer);
    srflx_connection_clear(&run->c);
    pile_free(&run->output);
}

static struct pile three_messages(void)
{
    struct pile stream = {0};

    pile_add_request(&stream, 1, 0);
    pile_add_request(&stream, 2, 8);
    pile_add_request(&stream, 3, 4);
    return stream;
}

/* spec: R8489-6.2.2-03 R8489-6.3.1.2-03 */
TEST(three_messages_in_every_split)
{
    struct pile stream = three_messages(), want = answers_to(&stream);

    CHECK_INT(want.len, 20 + 4 + 20 + 8 + 20 + 12);
    for (size_t first = 0; first <= stream.len; first++)
        for (size_t second = first; second <= stream.len; second++) {
            struct run run;
            reset_world(first % 2 ? 0xFF : 0);
            run = begin(false);
            feed(&run, stream.bytes, first);
            feed(&run, stream.bytes + first, second - first);
            feed(&run, stream.bytes + second, stream.len - second);
            CHECK_INT(run.need, SRFLX_CONNECTION_RECEIVE);
            check_piles(&run.output, &want);
            CHECK_NULL(run.c.buffer);
            CHECK_INT(world.counters.messages, 3);
            CHECK_INT(world.counters.answers, 3);
            finish(&run);
        }
    pile_free(&stream);
    pile_free(&want);
}

TEST(one_byte_at_a_time_in_and_out)
{
    struct pile stream = three_messages(), want = answers_to(&stream);
    struct run run;

    reset_world(0);
    run = begin(false);
    run.take_most = 1;
    for (size_t i = 0; i < stream.len; i++) {
        feed(&run, stream.bytes + i, 1);
        CHECK_INT(run.c.buffer == NULL, i == 19 || i == 47 || i == 71);
    }
    check_piles(&run.output, &want);
    finish(&run);
    pile_free(&stream);
    pile_free(&want);
}

/* The handler hears who asks, whom, and how. spec: R8489-6.3.1.2-01 */
TEST(packets_say_where_they_come_from)
{
    struct pile stream = three_messages();
    struct run run;

    reset_world(0);
    run = begin(false);
    feed(&run, stream.bytes, stream.len);
    CHECK(srflx_addr_equal(&seen.packet.from, &peer));
    CHECK(srflx_addr_equal(&seen.packet.to, &local));
    CHECK_INT(seen.packet.transport, SRFLX_TCP);
    CHECK_INT(seen.count, 3);
    finish(&run);
    pile_free(&stream);
}

static struct pile many_messages(unsigned count)
{
    struct pile stream = {0};

    for (unsigned i = 0; i < count; i++)
        pile_add_request(&stream, i, (uint16_t)(i % 50 == 0 ? 4 * (i % 500) : 0));
    return stream;
}

/* Much more than any buffer, with a client that takes its answers in odd pieces, or whole. Whatever
 * was in the buffers before makes no difference. */
TEST(answers_come_in_order_however_they_are_taken)
{
    static const size_t takes[] = {7, 999, SIZE_MAX};
    struct pile stream = many_messages(5000), want = answers_to(&stream);

    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
        for (unsigned poison = 0; poison <= 0xFF; poison += 0xFF) {
            struct run run;
            reset_world((uint8_t)poison);
            run = begin(false);
            run.take_most = takes[i];
            feed(&run, stream.bytes, stream.len);
            check_piles(&run.output, &want);
            CHECK_INT(seen.count, 5000);
            CHECK_NULL(run.c.buffer);
            finish(&run);
        }
    pile_free(&stream);
    pile_free(&want);
}

/* spec: R8489-6.2.2-12 R8489-6.2.2-13 */
TEST(half_closed_connections_get_their_answers)
{
    struct pile stream = many_messages(1000), want = answers_to(&stream);

    for (size_t more = 0; more < 20; more++) {
        struct run run;
        reset_world(0);
        run = begin(false);
        run.take_most = 100;
        feed(&run, stream.bytes, stream.len);
        feed(&run, stream.bytes, more); /* the beginning of a message that never ends */
        end_input(&run);
        CHECK_INT(run.need, SRFLX_CONNECTION_CLOSE);
        CHECK_INT(run.c.end, SRFLX_STREAM_END_closed);
        check_piles(&run.output, &want);
        finish(&run);
    }
    pile_free(&stream);
    pile_free(&want);
}

/* The end comes while answers wait, and input that has not been looked at. */
TEST(the_end_overtakes_no_answer)
{
    struct pile stream = many_messages(400), want = answers_to(&stream);
    struct srflx_connection_room room;
    struct run run;

    reset_world(0);
    run = begin(false);
    take_buffer(&run);
    room = srflx_connection_room(&run.c);
    CHECK(room.len >= 8000);
    memcpy(room.ptr, stream.bytes, 8000);
    srflx_connection_received(&run.c, 8000);
    srflx_connection_ended(&run.c);
    work(&run);
    CHECK_INT(run.need, SRFLX_CONNECTION_CLOSE);
    stream.len = 8000;
    pile_free(&want);
    want = answers_to(&stream);
    check_piles(&run.output, &want);
    finish(&run);
    pile_free(&stream);
    pile_free(&want);
}

/* What came before still has its answers. */
TEST(a_lost_boundary_ends_the_connection)
{
    static const uint8_t wrong[][4] = {{0x40, 1, 0, 0}, {0, 1, 0, 2}, {0xFF, 0xFF, 0xFF, 0xFF}};

    for (size_t i = 0; i < 3; i++)
        for (size_t cut = 0; cut < 4; cut++) {
            struct pile stream = three_messages(), want = answers_to(&stream);
            struct run run;
            reset_world(0);
            run = begin(false);
            pile_add(&stream, wrong[i], 4);
            feed(&run, stream.bytes, stream.len - cut);
            feed(&run, stream.bytes + stream.len - cut, cut);
            feed(&run, stream.bytes, stream.len); /* too late */
            CHECK_INT(run.need, SRFLX_CONNECTION_CLOSE);
            CHECK_INT(run.c.end, SRFLX_STREAM_END_framing);
            check_piles(&run.output, &want);
            finish(&run);
            pile_free(&stream);
            pile_free(&want);
        }
}

TEST(messages_too_long_are_skipped)
{
    struct pile stream = {0}, want;

    pile_add_request(&stream, 1, 2028);
    pile_add_request(&stream, 2, 2032);
    pile_add_request(&stream, 3, 65532);
    pile_add_request(&stream, 4, 0);
    want = answers_to(&stream);
    CHECK_INT(want.len, 24 + 36);
    for (size_t piece = 1; piece < 9000; piece += 677) {
        struct run run;
        reset_world(0);
        run = begin(false);
        for (size_t at = 0; at < stream.len; at += piece)
            feed(&run, stream.bytes + at, stream.len - at < piece ? stream.len - at : piece);
        check_piles(&run.output, &want);
        CHECK_INT(world.counters.too_long, 2);
        CHECK_INT(world.counters.messages, 2);
        finish(&run);
    }
    pile_free(&stream);
    pile_free(&want);
}

/* Silence is an answer too. */
TEST(unanswered_messages_are_no_reason_to_close)
{
    struct pile stream = {0};
    struct run run;

    reset_world(0);
    run = begin(false);
    for (unsigned i = 0; i < 10; i++)
        pile_add_request(&stream, 6, 0);
    feed(&run, stream.bytes, stream.len);
    CHECK_INT(run.need, SRFLX_CONNECTION_RECEIVE);
    CHECK_INT(run.output.len, 0);
    CHECK_INT(world.counters.messages, 10);
    CHECK_INT(world.counters.answers, 0);
    finish(&run);
    pile_free(&stream);
}

/* spec: R7983-7-01 */
TEST(the_first_byte_tells)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t first = (uint8_t)byte;
        enum srflx_stream_end want = SRFLX_STREAM_END_framing;
        struct run run;
        reset_world(0);
        run = begin(false);
        feed(&run, &first, 1);
        if (byte < 4) want = SRFLX_STREAM_GOES_ON;
        if (byte >= 20 && byte < 64) want = SRFLX_STREAM_END_no_tls;
        CHECK_INT(run.c.end, want);
        CHECK_INT(run.need, want ? SRFLX_CONNECTION_CLOSE : SRFLX_CONNECTION_RECEIVE);
        finish(&run);
    }
}

/* A header in front of three messages, in every split. */
static void check_proxied(const void *header, size_t len, const char *from, const char *to)
{
    struct pile stream = {0}, messages = three_messages(), want = answers_to(&messages);
    struct srflx_addr client, asked;

    CHECK_INT(srflx_addr_parse(from, &client), 0);
    CHECK_INT(srflx_addr_parse(to, &asked), 0);
    pile_add(&stream, header, len);
    pile_add(&stream, messages.bytes, messages.len);
    for (size_t cut = 0; cut <= stream.len; cut++) {
        struct run run;
        reset_world(0);
        run = begin(true);
        feed(&run, stream.bytes, cut);
        feed(&run, stream.bytes + cut, stream.len - cut);
        check_piles(&run.output, &want);
        CHECK_INT(run.admissions, 1);
        CHECK(srflx_addr_equal(&run.c.from, &client));
        CHECK(srflx_addr_equal(&seen.packet.from, &client));
        CHECK(srflx_addr_equal(&seen.packet.to, &asked));
        CHECK_INT(world.counters.proxied, 1);
        finish(&run);
    }
    pile_free(&stream);
    pile_free(&messages);
    pile_free(&want);
}

#define V2 "\r\n\r\n\0\r\nQUIT\n"

TEST(a_proxy_says_who_the_client_is)
{
    static const char v1[] = "PROXY TCP4 203.0.113.9 198.51.100.2 4242 3478\r\n";
    static const char v2[] = V2 "\x21\x11\0\x0C\xCB\0\x71\x09\xC6\x33\x64\x02\x10\x92\x0D\x96";
    static const char own[] = V2 "\x20\0\0\0";

    check_proxied(v1, sizeof v1 - 1, "203.0.113.9:4242", "198.51.100.2:3478");
    check_proxied(v2, sizeof v2 - 1, "203.0.113.9:4242", "198.51.100.2:3478");
    check_proxied(own, sizeof own - 1, "192.0.2.1:40000", "192.0.2.2:3478");
}

static void check_end(bool behind_proxy, const void *bytes, size_t len, enum srflx_stream_end end)
{
    struct run run;

    reset_world(0);
    run = begin(behind_proxy);
    feed(&run, bytes, len);
    CHECK_INT(run.need, SRFLX_CONNECTION_CLOSE);
    CHECK_INT(run.c.end, end);
    CHECK_INT(seen.count, 0);
    finish(&run);
}

/* No guessing: a trusted proxy always says it, everybody else never may. */
TEST(headers_stand_where_they_must_and_nowhere_else)
{
    static const char v1[] = "PROXY UNKNOWN\r\n", v2[] = V2 "\x20\0\0\0";
    static const char datagram[] =
        V2 "\x21\x12\0\x0C\xCB\0\x71\x09\xC6\x33\x64\x02\x10\x92\x0D\x96";
    struct pile stream = three_messages();

    check_end(true, stream.bytes, stream.len, SRFLX_STREAM_END_bad_proxy);
    check_end(true, "PROXY TCP4 1.2.3\r\n", 18, SRFLX_STREAM_END_bad_proxy);
    check_end(true, datagram, sizeof datagram - 1, SRFLX_STREAM_END_bad_proxy);
    check_end(false, v1, sizeof v1 - 1, SRFLX_STREAM_END_framing);
    check_end(false, v2, sizeof v2 - 1, SRFLX_STREAM_END_framing);
    pile_free(&stream);
}

TEST(it_says_what_it_waits_for)
{
    struct pile stream = three_messages();
    struct run run;

    reset_world(0);
    run = begin(false);
    CHECK_INT(srflx_connection_waits_for(&run.c), SRFLX_WAIT_FIRST);
    feed(&run, stream.bytes, 19);
    CHECK_INT(srflx_connection_waits_for(&run.c), SRFLX_WAIT_FIRST);
    feed(&run, stream.bytes + 19, 1);
    CHECK_INT(srflx_connection_waits_for(&run.c), SRFLX_WAIT_NEXT);
    feed(&run, stream.bytes + 20, 1);
    CHECK_INT(srflx_connection_waits_for(&run.c), SRFLX_WAIT_REST);
    feed(&run, stream.bytes + 21, stream.len - 21);
    CHECK_INT(srflx_connection_waits_for(&run.c), SRFLX_WAIT_NEXT);
    finish(&run);
    pile_free(&stream);
}

RUN(TEST_OF(three_messages_in_every_split), TEST_OF(one_byte_at_a_time_in_and_out),
    TEST_OF(packets_say_where_they_come_from),
    TEST_OF(answers_come_in_order_however_they_are_taken),
    TEST_OF(half_closed_connections_get_their_answers), TEST_OF(the_end_overtakes_no_answer),
    TEST_OF(a_lost_boundary_ends_the_connection), TEST_OF(messages_too_long_are_skipped),
    TEST_OF(unanswered_messages_are_no_reason_to_close), TEST_OF(the_first_byte_tells),
    TEST_OF(a_proxy_says_who_the_client_is),
    TEST_OF(headers_stand_where_they_must_and_nowhere_else), TEST_OF(it_says_what_it_waits_for))
