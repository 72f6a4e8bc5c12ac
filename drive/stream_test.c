#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "stream_net_fixture.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "prefixes.h"

static void say(int fd, const struct pile *pile)
{
    CHECK_INT(send(fd, pile->bytes, pile->len, MSG_NOSIGNAL), pile->len);
}

static void ask(int fd, uint32_t number)
{
    struct pile request = {0};

    pile_add_request(&request, number, 0);
    say(fd, &request);
    pile_free(&request);
}

/* Hears so many bytes, which the server sends meanwhile. */
static struct pile hear(int fd, size_t len)
{
    struct pile heard = {0};
    uint8_t bytes[65536];

    for (unsigned round = 0; heard.len < len && round < PATIENCE; round++) {
        const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got > 0) pile_add(&heard, bytes, (size_t)got);
        if (!got) break;
        srflx_streams_run(streams, got > 0 ? 0 : 1);
    }
    return heard;
}

static void expect(int fd, const struct pile *want)
{
    struct pile heard = hear(fd, want->len);

    check_piles(&heard, want);
    pile_free(&heard);
}

static void expect_answer(int fd, uint32_t number)
{
    struct pile request = {0}, want;

    pile_add_request(&request, number, 0);
    want = answers_to(&request);
    expect(fd, &want);
    pile_free(&request);
    pile_free(&want);
}

/* A client that sends requests without end and takes no answers, until nothing goes on any more. */
struct flood {
    struct pile requests, answers;
    size_t said, heard;
    int fd;
};

static void flood_begin(struct flood *flood, unsigned count)
{
    *flood = (struct flood){.fd = dial_with(NULL, 16384)};
    for (unsigned i = 0; i < count; i++)
        pile_add_request(&flood->requests, i, 0);
    flood->answers = answers_to(&flood->requests);
}

/* Returns true if anything was said. */
static bool flood_say(struct flood *flood)
{
    const struct pile *requests = &flood->requests;
    const ssize_t len =
        send(flood->fd, requests->bytes + flood->said, requests->len - flood->said, MSG_NOSIGNAL);

    if (len > 0) flood->said += (size_t)len;
    return len > 0;
}

static void flood_hear(struct flood *flood)
{
    uint8_t bytes[5000];
    const ssize_t got = recv(flood->fd, bytes, sizeof bytes, 0);

    CHECK(got > 0 || (got < 0 && errno == EAGAIN));
    if (got < 0) return;
    CHECK_MEM(bytes, flood->answers.bytes + flood->heard, (size_t)got);
    flood->heard += (size_t)got;
}

static void flood_until_full(struct flood *flood)
{
    uint64_t handled;

    do {
        handled = seen.count;
        while (flood_say(flood))
            srflx_streams_run(streams, 0);
        for (unsigned round = 0; round < 10; round++)
            srflx_streams_run(streams, 1);
    } while (handled != seen.count || flood_say(flood));
    CHECK(flood->said < flood->requests.len);
}

static void flood_end(struct flood *flood)
{
    pile_free(&flood->requests);
    pile_free(&flood->answers);
}

/* A connection that has had an answer. */
static int dial_and_ask(void)
{
    const int fd = dial();

    ask(fd, 1);
    expect_answer(fd, 1);
    return fd;
}

/* Closes with RST. */
static void break_off(int fd)
{
    const struct linger linger = {.l_onoff = 1};

    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(fd);
}

/* spec: R8489-6.2.2-03 R8489-6.2.2-12 R8489-6.2.2-14 R8489-6.3.1.2-01 R8489-6.3.1.2-03 */
TEST(answers_come_on_the_connection_and_the_client_closes)
{
    int fd;

    begin();
    fd = dial_and_ask();
    ask(fd, 2);
    expect_answer(fd, 2);
    CHECK(is_open(fd));
    CHECK_INT(seen.packet.transport, SRFLX_TCP);
    CHECK(srflx_addr_equal(&seen.packet.to, &listener.local));
    CHECK_INT(counters->open, 1);
    close(fd);
    WAIT_FOR(!counters->open);
    CHECK_INT(counters->accepted, 1);
    CHECK_INT(counters->closed, 1);
    CHECK_INT(counters->messages, 2);
    CHECK_INT(counters->answers, 2);
    finish();
}

TEST(a_wildcard_listener_says_which_address_was_asked)
{
    struct srflx_addr want = {{127, 0, 0, 9}, 0, 0, SRFLX_IPV4};
    int fd;

    prepare_options();
    begin_at("0.0.0.0");
    fd = dial_and_ask();
    want.port = listener.local.port;
    CHECK(srflx_addr_equal(&seen.packet.to, &want));
    close(fd);
    finish();
}

TEST(ipv6)
{
    struct sockaddr_storage name;
    int fd;

    prepare_options();
    begin_at("::1");
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&name, srflx_addr_to_sockaddr(&listener.local, &name)),
              0);
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    ask(fd, 1);
    expect_answer(fd, 1);
    CHECK_INT(seen.packet.from.family, SRFLX_IPV6);
    close(fd);
    finish();
}

/* spec: R8489-6.2.2-13 */
TEST(half_closed_connections_get_their_answers)
{
    struct pile requests = {0}, want;
    char byte;
    int fd;

    begin();
    fd = dial();
    for (unsigned i = 0; i < 300; i++)
        pile_add_request(&requests, i, 0);
    want = answers_to(&requests);
    say(fd, &requests);
    CHECK_INT(shutdown(fd, SHUT_WR), 0);
    expect(fd, &want);
    WAIT_FOR(!counters->open);
    CHECK_INT(recv(fd, &byte, 1, 0), 0);
    CHECK_INT(counters->closed, 1);
    close(fd);
    pile_free(&requests);
    pile_free(&want);
    finish();
}

/* Silent, in a message, between messages, with answers that wait. */
TEST(resets_in_every_state)
{
    struct flood flood;
    int fds[4];

    begin();
    for (unsigned i = 0; i < 3; i++)
        fds[i] = dial();
    flood_begin(&flood, 100000);
    fds[3] = flood.fd;
    CHECK_INT(send(fds[1], flood.requests.bytes, 10, 0), 10);
    ask(fds[2], 1);
    expect_answer(fds[2], 1);
    flood_until_full(&flood);
    CHECK_INT(counters->open, 4);
    for (unsigned i = 0; i < 4; i++) {
        break_off(fds[i]);
        WAIT_FOR(counters->open == 3 - i);
        CHECK_INT(counters->reset, i + 1);
    }
    flood_end(&flood);
    finish();
}

/* 100 000 requests, while the client reads nothing until the server reads nothing any more. */
TEST(slow_readers_lose_nothing)
{
    struct flood flood;

    begin();
    flood_begin(&flood, 100000);
    flood_until_full(&flood);
    while (flood.heard < flood.answers.len) {
        flood_say(&flood);
        flood_hear(&flood);
        srflx_streams_run(streams, 0);
    }
    CHECK_INT(seen.count, 100000);
    CHECK(is_open(flood.fd));
    close(flood.fd);
    flood_end(&flood);
    finish();
}

/* The client has said all it has to say, and listens late. */
TEST(half_closed_slow_readers_lose_nothing)
{
    struct flood flood;
    uint8_t byte;

    begin();
    flood_begin(&flood, 100000);
    flood_until_full(&flood);
    CHECK_INT(shutdown(flood.fd, SHUT_WR), 0);
    flood.requests.len = flood.said;
    pile_free(&flood.answers);
    flood.answers = answers_to(&flood.requests);
    while (flood.heard < flood.answers.len) {
        flood_hear(&flood);
        srflx_streams_run(streams, 0);
    }
    WAIT_FOR(counters->closed == 1);
    CHECK_INT(recv(flood.fd, &byte, 1, 0), 0);
    close(flood.fd);
    flood_end(&flood);
    finish();
}

/* What is cut short so that a client cannot hold on by sending a byte now and then.
 * spec: R8489-6.2.2-15 */
TEST(deadlines)
{
    struct pile request = {0};
    int silent, begun, idle;

    begin();
    pile_add_request(&request, 1, 0);
    silent = dial();
    WAIT_FOR(counters->open == 1);
    begun = dial();
    CHECK_INT(send(begun, request.bytes, 1, 0), 1);
    WAIT_FOR(counters->open == 2);
    idle = dial_and_ask();
    pass(3900); /* a silent connection has been with the kernel for a second */
    CHECK_INT(counters->silent, 0);
    CHECK_INT(send(begun, request.bytes + 1, 10, 0), 10);
    pass(250);
    CHECK_INT(counters->silent, 1);
    CHECK(!is_open(silent));
    CHECK(is_open(begun));
    pass(1000);
    CHECK_INT(counters->silent, 2);
    CHECK(!is_open(begun));
    pass(23000);
    CHECK(is_open(idle));
    ask(idle, 2);
    expect_answer(idle, 2);
    pass(29900);
    CHECK(is_open(idle));
    CHECK_INT(counters->idle, 0);
    pass(250);
    CHECK_INT(counters->idle, 1);
    CHECK_INT(counters->open, 0);
    close(silent);
    close(begun);
    close(idle);
    pile_free(&request);
    finish();
}

/* The rest of a message has its own deadline. */
TEST(a_message_that_does_not_end)
{
    int fd;

    begin();
    fd = dial_and_ask();
    pass(20000);
    CHECK_INT(send(fd, "\0\1\0\0", 4, 0), 4);
    srflx_streams_run(streams, 1);
    pass(4900);
    CHECK_INT(send(fd, "\x21\x12", 2, 0), 2);
    srflx_streams_run(streams, 1);
    CHECK(is_open(fd));
    pass(250);
    CHECK(!is_open(fd));
    CHECK_INT(counters->silent, 1);
    close(fd);
    finish();
}

TEST(readers_that_do_not_read)
{
    struct flood flood;

    begin();
    flood_begin(&flood, 100000);
    flood_until_full(&flood);
    pass(29000);
    for (unsigned round = 0; round < 100; round++) { /* something is taken: that counts */
        flood_hear(&flood);
        srflx_streams_run(streams, 0);
    }
    flood_until_full(&flood);
    pass(29000);
    CHECK_INT(counters->open, 1);
    pass(1300);
    CHECK_INT(counters->stalled, 1);
    CHECK_INT(counters->open, 0);
    close(flood.fd);
    flood_end(&flood);
    finish();
}

/* spec: R8489-6.2.2-15 */
TEST(the_longest_idle_makes_room)
{
    int fds[4];

    prepare_options();
    options.connections = 3;
    begin_at("127.0.0.1");
    for (unsigned i = 0; i < 3; i++)
        fds[i] = dial_and_ask();
    ask(fds[0], 2);
    expect_answer(fds[0], 2);
    fds[3] = dial_and_ask();
    CHECK_INT(counters->evicted, 1);
    CHECK(is_open(fds[0]) && !is_open(fds[1]) && is_open(fds[2]) && is_open(fds[3]));
    close(fds[1]);
    fds[1] = dial_and_ask();
    CHECK_INT(counters->evicted, 2);
    CHECK(is_open(fds[0]) && is_open(fds[1]) && !is_open(fds[2]) && is_open(fds[3]));
    CHECK_INT(counters->open, 3);
    for (unsigned i = 0; i < 4; i++)
        close(fds[i]);
    finish();
}

/* A request that has come together with the newcomer counts: its connection is not idle.
 * spec: R8489-6.2.2-13 */
TEST(a_request_is_answered_before_a_newcomer_is_let_in)
{
    int fds[3];

    prepare_options();
    options.connections = 2;
    begin_at("127.0.0.1");
    fds[0] = dial_and_ask();
    fds[1] = dial_and_ask();
    fds[2] = dial();
    ask(fds[2], 3);
    ask(fds[0], 2);
    expect_answer(fds[2], 3);
    expect_answer(fds[0], 2);
    CHECK_INT(counters->evicted, 1);
    CHECK(!is_open(fds[1]));
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
    finish();
}

/* Nobody who waits for something is thrown out. spec: R8489-6.2.2-13 */
TEST(without_idle_ones_the_newest_is_refused)
{
    int fds[3];

    prepare_options();
    options.connections = 2;
    begin_at("127.0.0.1");
    for (unsigned i = 0; i < 2; i++) {
        fds[i] = dial();
        CHECK_INT(send(fds[i], "\0", 1, 0), 1);
    }
    WAIT_FOR(counters->open == 2);
    fds[2] = dial();
    WAIT_FOR(counters->refused == 1);
    CHECK(is_open(fds[0]) && is_open(fds[1]) && !is_open(fds[2]));
    for (unsigned i = 0; i < 3; i++)
        close(fds[i]);
    finish();
}

TEST(one_address_has_its_share)
{
    int fds[4];

    prepare_options();
    options.per_address = 2;
    begin_at("127.0.0.1");
    for (unsigned i = 0; i < 2; i++)
        fds[i] = dial_and_ask();
    fds[2] = dial();
    WAIT_FOR(counters->refused_address == 1);
    CHECK(!is_open(fds[2]));
    close(fds[2]);
    fds[3] = dial_from("127.0.0.2");
    ask(fds[3], 1);
    expect_answer(fds[3], 1);
    close(fds[0]);
    WAIT_FOR(counters->open == 2);
    fds[0] = dial_and_ask();
    for (unsigned i = 0; i < 2; i++)
        close(fds[i]);
    close(fds[3]);
    finish();
}

TEST(the_longest_holder_of_a_buffer_makes_room)
{
    int fds[4];

    prepare_options();
    options.buffers = 3;
    begin_at("127.0.0.1");
    for (unsigned i = 0; i < 3; i++) {
        fds[i] = dial_and_ask();
        CHECK_INT(send(fds[i], "\0\1", 2, 0), 2);
        srflx_streams_run(streams, 1);
    }
    WAIT_FOR(counters->no_buffer == 1);
    CHECK(!is_open(fds[0]) && is_open(fds[1]) && is_open(fds[2]));
    fds[3] = dial_and_ask(); /* needs one only for a moment */
    CHECK_INT(counters->no_buffer, 1);
    CHECK(is_open(fds[1]) && is_open(fds[2]));
    for (unsigned i = 0; i < 4; i++)
        close(fds[i]);
    finish();
}

/* In a child, as the limit is the process's. Returns its exit code, 0 if all was as it must be. */
static int starve(void)
{
    const int spare = dial(), served = dial();
    struct rlimit limit = {(rlim_t)served + 1, (rlim_t)served + 1};
    unsigned rounds = 0;

    if (setrlimit(RLIMIT_NOFILE, &limit)) return 1;
    for (unsigned i = 0; i < 10; i++)
        srflx_streams_run(streams, 0);
    if (counters->no_descriptor != 1 || counters->accepted) return 2;
    while (rounds < 5) /* no spinning: there is nothing to report */
        rounds += !srflx_streams_run(streams, 1);
    now_ms += 101;
    srflx_streams_run(streams, 0);
    srflx_streams_run(streams, 0);
    if (counters->no_descriptor != 2) return 3;
    close(spare);
    now_ms += 101;
    srflx_streams_run(streams, 0);
    srflx_streams_run(streams, 0);
    if (counters->accepted != 2) return 4;
    return 0;
}

TEST(without_descriptors_accepting_pauses)
{
    int status;
    pid_t child;

    begin();
    child = fork();
    if (!child) _exit(starve());
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    finish();
}

TEST(a_watched_descriptor_ends_a_run)
{
    const int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    eventfd_t rings;

    begin();
    CHECK_INT(srflx_streams_watch(streams, bell), 0);
    CHECK(!srflx_streams_run(streams, 0));
    CHECK_INT(eventfd_write(bell, 1), 0);
    CHECK(srflx_streams_run(streams, -1));
    CHECK_INT(eventfd_read(bell, &rings), 0);
    CHECK(!srflx_streams_run(streams, 0));
    close(bell);
    finish();
}

TEST(proxies_must_say_whose_connection_it_is)
{
    static const char *const headers[] = {"PROXY TCP4 203.0.113.9 198.51.100.2 1 2\r\n",
                                          "PROXY TCP4 203.0.113.9 198.51.100.2 3 4\r\n"};
    struct srflx_prefix trusted;
    int fds[4];

    prepare_options();
    options.per_address = 1;
    begin_at("127.0.0.1");
    CHECK_NULL(srflx_prefix_parse("127.0.0.8/30", &trusted));
    srflx_streams_set_proxies(streams, &trusted, 1);
    for (unsigned i = 0; i < 2; i++) {
        fds[i] = dial_from("127.0.0.8");
        CHECK_INT(send(fds[i], headers[i], strlen(headers[i]), 0), strlen(headers[i]));
        ask(fds[i], 1);
        if (i == 0) expect_answer(fds[i], 1);
    }
    CHECK_INT(seen.packet.from.port, 1);
    WAIT_FOR(counters->refused_address == 1);
    CHECK(is_open(fds[0]) && !is_open(fds[1]));
    fds[2] = dial_from("127.0.0.9");
    ask(fds[2], 1);
    WAIT_FOR(counters->bad_proxy == 1);
    fds[3] = dial_from("127.0.0.7");
    CHECK_INT(send(fds[3], headers[0], strlen(headers[0]), 0), strlen(headers[0]));
    WAIT_FOR(counters->framing == 1);
    CHECK_INT(counters->proxied, 2);
    CHECK_INT(counters->open, 1);
    for (unsigned i = 0; i < 4; i++)
        close(fds[i]);
    finish();
}

/* Only what has been silent has been with the kernel for a second. */
TEST(a_header_of_a_proxy_does_not_shorten_the_time)
{
    static const char header[] = "PROXY UNKNOWN\r\n";
    struct srflx_prefix trusted;
    int fd;

    begin();
    CHECK_NULL(srflx_prefix_parse("127.0.0.1", &trusted));
    srflx_streams_set_proxies(streams, &trusted, 1);
    fd = dial();
    CHECK_INT(send(fd, header, strlen(header), 0), strlen(header));
    WAIT_FOR(counters->proxied == 1);
    pass(4900);
    CHECK_INT(counters->silent, 0);
    pass(250);
    CHECK_INT(counters->silent, 1);
    close(fd);
    finish();
}

TEST(tls_without_a_certificate_is_refused)
{
    int fd;

    begin();
    fd = dial();
    CHECK_INT(send(fd, "\x16\x03\x01", 3, 0), 3);
    WAIT_FOR(counters->no_tls == 1);
    CHECK(!is_open(fd));
    close(fd);
    finish();
}

TEST(options_out_of_range)
{
    prepare_options();
    options.connections = 0;
    CHECK_INT(srflx_streams_new(&options, &streams), SRFLX_ERROR_ARGUMENT);
    options.connections = SRFLX_STREAM_CONNECTIONS_MOST + 1;
    CHECK_INT(srflx_streams_new(&options, &streams), SRFLX_ERROR_ARGUMENT);
    prepare_options();
    options.buffers = 1;
    CHECK_INT(srflx_streams_new(&options, &streams), SRFLX_ERROR_ARGUMENT);
    prepare_options();
    options.idle_ms = 0;
    CHECK_INT(srflx_streams_new(&options, &streams), SRFLX_ERROR_ARGUMENT);
    prepare_options();
    options.handler.handle = NULL;
    CHECK_INT(srflx_streams_new(&options, &streams), SRFLX_ERROR_ARGUMENT);
}

/* The mark of issue and design. */
TEST(an_idle_connection_takes_little)
{
    CHECK(srflx_streams_idle_size() <= 256);
}

RUN(TEST_OF(answers_come_on_the_connection_and_the_client_closes),
    TEST_OF(a_wildcard_listener_says_which_address_was_asked), TEST_OF(ipv6),
    TEST_OF(half_closed_connections_get_their_answers), TEST_OF(resets_in_every_state),
    TEST_OF(slow_readers_lose_nothing), TEST_OF(half_closed_slow_readers_lose_nothing),
    TEST_OF(deadlines), TEST_OF(a_message_that_does_not_end), TEST_OF(readers_that_do_not_read),
    TEST_OF(the_longest_idle_makes_room),
    TEST_OF(a_request_is_answered_before_a_newcomer_is_let_in),
    TEST_OF(without_idle_ones_the_newest_is_refused), TEST_OF(one_address_has_its_share),
    TEST_OF(the_longest_holder_of_a_buffer_makes_room),
    TEST_OF(without_descriptors_accepting_pauses), TEST_OF(a_watched_descriptor_ends_a_run),
    TEST_OF(proxies_must_say_whose_connection_it_is),
    TEST_OF(a_header_of_a_proxy_does_not_shorten_the_time),
    TEST_OF(tls_without_a_certificate_is_refused), TEST_OF(options_out_of_range),
    TEST_OF(an_idle_connection_takes_little))
