#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "stream_net_fixture.h"
#include "stream_tls_fixture.h"

#include <context.h>

enum { CLIENTS = 12 };

static struct tls tls;
static struct test_end ends[CLIENTS];
static int fds[CLIENTS];

static void begin_tls(void)
{
    if (!tls.server) tls_make(&tls, 0x0303);
    prepare_options();
}

static void listen_tls(void)
{
    begin_at("127.0.0.1");
    srflx_streams_set_security(streams, tls.server);
}

/* What client `i` has to say leaves. */
static void send_out(unsigned i)
{
    static uint8_t bytes[TEST_BYTES];
    const size_t len = test_end_take(&ends[i], bytes);

    if (len) CHECK_INT(send(fds[i], bytes, len, MSG_NOSIGNAL), len);
}

static void dial_tls(unsigned i)
{
    tls_client_make(&tls, &ends[i]);
    fds[i] = dial();
    send_out(i);
}

/* Hears what there is. Returns false when the server has closed. */
static bool hear_out(unsigned i)
{
    static uint8_t bytes[TEST_BYTES];
    ssize_t len;

    while ((len = recv(fds[i], bytes, sizeof bytes, 0)) > 0)
        test_end_feed(&ends[i], (struct srflx_view){bytes, (size_t)len});
    return len < 0 && errno == EAGAIN;
}

static bool exchange(unsigned i)
{
    const bool open = hear_out(i);

    if (open) send_out(i);
    return open;
}

static void hang_up(unsigned i)
{
    close(fds[i]);
    srflx_secure_destroy(ends[i].s);
}

#define SHAKE(i) WAIT_FOR((exchange(i), srflx_secure_is_open(ends[i].s)))

static void check_answer(unsigned i)
{
    struct pile request = {0}, want;

    pile_add_request(&request, 5, 0);
    want = answers_to(&request);
    ends[i].plain_len = 0;
    tls_say(&ends[i], request.bytes, request.len);
    WAIT_FOR((exchange(i), ends[i].plain_len == want.len));
    CHECK_MEM(ends[i].plain, want.bytes, want.len);
    CHECK_INT(seen.packet.transport, SRFLX_TLS);
    pile_free(&request);
    pile_free(&want);
}

/* spec: R8489-6.3.1.2-01 R8489-6.3.1.2-03 */
TEST(tls_and_tcp_on_one_port)
{
    int plain;

    begin_tls();
    listen_tls();
    dial_tls(0);
    SHAKE(0);
    check_answer(0);
    plain = dial();
    CHECK_INT(send(plain, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz", 20, 0), 20);
    WAIT_FOR(seen.count == 2);
    CHECK_INT(seen.packet.transport, SRFLX_TCP);
    check_answer(0);
    CHECK_INT(counters->handshakes, 1);
    srflx_secure_close(ends[0].s, &ends[0].out);
    send_out(0);
    WAIT_FOR(counters->closed == 1);
    CHECK(!hear_out(0));
    CHECK_INT(ends[0].last, SRFLX_ERROR_CLOSED);
    hang_up(0);
    close(plain);
    finish();
}

TEST(what_the_server_ends_ends_in_good_order)
{
    begin_tls();
    listen_tls();
    dial_tls(0);
    SHAKE(0);
    check_answer(0);
    dial_tls(1);
    SHAKE(1);
    check_answer(1);
    pass(30300);
    CHECK_INT(counters->idle, 2);
    CHECK(!hear_out(0));
    CHECK_INT(ends[0].last, SRFLX_ERROR_CLOSED);
    hang_up(0);
    hang_up(1);
    dial_tls(0);
    SHAKE(0);
    WAIT_FOR(counters->handshakes == 3);
    finish();
    CHECK(!hear_out(0));
    CHECK_INT(ends[0].last, SRFLX_ERROR_CLOSED);
    hang_up(0);
}

TEST(handshakes_have_a_deadline_and_so_has_what_follows)
{
    begin_tls();
    options.header_ms = 3000;
    listen_tls();
    dial_tls(0); /* never goes on */
    WAIT_FOR(counters->open == 1);
    dial_tls(1);
    SHAKE(1); /* says nothing then */
    WAIT_FOR(counters->handshakes == 1);
    pass(2900);
    CHECK_INT(counters->open, 2);
    pass(300);
    CHECK_INT(counters->silent, 1);
    CHECK_INT(counters->handshake_late, 0);
    pass(2000);
    CHECK_INT(counters->handshake_late, 1);
    hang_up(0);
    hang_up(1);
    finish();
}

/* What TLS says on its own is no reason to wait for longer. */
TEST(refused_renegotiation_puts_nothing_off)
{
    uint8_t byte;

    begin_tls();
    listen_tls();
    SSL_CTX_set_max_proto_version(srflxi_context_ssl(tls.client, false), TLS1_2_VERSION);
    dial_tls(0);
    SSL_CTX_set_max_proto_version(srflxi_context_ssl(tls.client, false), 0);
    SHAKE(0);
    WAIT_FOR(counters->handshakes == 1);
    CHECK(hear_out(0));
    pass(2500);
    test_end_ask_anew(&ends[0]);
    send_out(0);
    WAIT_FOR(recv(fds[0], &byte, 1, MSG_PEEK) == 1);
    pass(2800);
    CHECK_INT(counters->silent, 1);
    hang_up(0);
    finish();
}

/* Old connections stay what they are. */
TEST(security_can_be_exchanged)
{
    struct tls other = {.server = NULL};

    begin_tls();
    listen_tls();
    dial_tls(0);
    SHAKE(0);
    tls_make(&other, 0x0304);
    srflx_streams_set_security(streams, other.server);
    tls_client_make(&other, &ends[1]);
    fds[1] = dial();
    send_out(1);
    SHAKE(1); /* whose certificate it believes in */
    srflx_streams_set_security(streams, NULL);
    tls_drop(&other);
    check_answer(0);
    check_answer(1);
    dial_tls(2);
    WAIT_FOR(counters->no_tls == 1);
    for (unsigned i = 0; i < 3; i++)
        hang_up(i);
    finish();
}

/* Runs until `count` handshakes are done, of which no run may do more than it is allowed. */
static void watch_rations(uint64_t count)
{
    for (unsigned round = 0; counters->handshakes < count && round < PATIENCE; round++) {
        const uint64_t before = counters->handshakes;
        srflx_streams_run(streams, 1);
        CHECK(counters->handshakes - before <= options.handshakes);
    }
    CHECK_INT(counters->handshakes, count);
}

/* However many knock at a time: two steps a run, plain connections are answered meanwhile, and in the end
 * all have had their turn. */
TEST(handshakes_are_rationed)
{
    unsigned runs = 0;
    int plain;

    begin_tls();
    options.handshakes = 2;
    listen_tls();
    for (unsigned i = 0; i < CLIENTS; i++)
        dial_tls(i);
    plain = dial();
    CHECK_INT(send(plain, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz", 20, 0), 20);
    srflx_streams_run(streams, 1);
    srflx_streams_run(streams, 1);
    CHECK_INT(seen.count, 1);
    CHECK_INT(counters->open, CLIENTS + 1);
    for (unsigned open = 0; open < CLIENTS && runs < PATIENCE; runs++) {
        srflx_streams_run(streams, 1);
        open = 0;
        for (unsigned i = 0; i < CLIENTS; i++) {
            hear_out(i);
            open += srflx_secure_is_open(ends[i].s);
        }
    }
    CHECK(runs >= CLIENTS / 2 - 2);
    CHECK_INT(counters->handshakes, 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        send_out(i);
    watch_rations(CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++) {
        check_answer(i);
        hang_up(i);
    }
    close(plain);
    WAIT_FOR(!counters->open);
    finish();
}

/* Whoever waits for his turn may give up, or be too late. */
TEST(the_queue_has_ends)
{
    const struct linger linger = {.l_onoff = 1};

    begin_tls();
    options.handshakes = 1;
    listen_tls();
    for (unsigned i = 0; i < 6; i++) {
        fds[i] = dial();
        CHECK_INT(send(fds[i], "\x16", 1, 0), 1);
        WAIT_FOR(counters->open == i + 1);
    }
    for (unsigned round = 0; round < 20; round++)
        srflx_streams_run(streams, 0);
    CHECK_INT(setsockopt(fds[5], SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(fds[5]);
    WAIT_FOR(counters->reset == 1);
    pass(5300);
    CHECK_INT(counters->handshake_late, 5);
    for (unsigned i = 0; i < 5; i++)
        close(fds[i]);
    finish();
}

static void say_plainly(int fd)
{
    const unsigned before = (unsigned)seen.count;

    CHECK_INT(send(fd, "\0\1\0\0\x21\x12\xA4\x42zzzzzzzzzzzz", 20, 0), 20);
    WAIT_FOR(seen.count == before + 1);
}

/* More of TLS wait than there is room for: plain clients stay, and get in. */
TEST(the_queue_makes_room)
{
    enum { WAITING = 6 };
    int before, after;

    begin_tls();
    options.handshakes = 1;
    options.connections = WAITING;
    listen_tls();
    before = dial();
    say_plainly(before);
    for (unsigned i = 0; i < WAITING; i++) {
        fds[i] = dial();
        CHECK_INT(send(fds[i], "\x16", 1, 0), 1);
    }
    after = dial();
    say_plainly(after);
    CHECK_INT(counters->accepted, WAITING + 2);
    CHECK_INT(counters->handshake_late, 2);
    say_plainly(before);
    for (unsigned i = 0; i < WAITING; i++)
        close(fds[i]);
    close(before);
    close(after);
    finish();
}

/* Last of all. */
TEST(nothing_is_left)
{
    tls_drop(&tls);
}

RUN(TEST_OF(tls_and_tcp_on_one_port), TEST_OF(what_the_server_ends_ends_in_good_order),
    TEST_OF(handshakes_have_a_deadline_and_so_has_what_follows),
    TEST_OF(refused_renegotiation_puts_nothing_off), TEST_OF(security_can_be_exchanged),
    TEST_OF(handshakes_are_rationed), TEST_OF(the_queue_has_ends), TEST_OF(the_queue_makes_room),
    TEST_OF(nothing_is_left))
