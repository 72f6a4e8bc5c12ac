/* The contract of udp.h, run over every driver: the socket drivers on loopback with both families,
 * the memory driver on arrays. */
#define _GNU_SOURCE /* unshare, IPV6_TRANSPARENT */
#include "netns_for_tests.h"

#include <poll.h>

#include <srflx/addr.h>

#include "udp.h"
#include "udp_socket.h"

enum { MAX_PACKETS = 100, PATIENCE_MS = 10000 };

/* One driver, a server socket on the wildcard, a client, and what the handler has seen. */
struct fixture {
    const struct srflx_udp_driver *driver;
    void *batch;
    struct srflx_udp_socket server;
    struct srflx_addr client;
    int client_fd; /* -1 for the memory driver */

    struct srflx_packet waiting[MAX_PACKETS]; /* memory driver only, as are the next two */
    struct srflx_udp_answer answers[MAX_PACKETS];
    size_t answers_read;

    unsigned handled;
    struct srflx_packet last; /* its bytes are in last_bytes */
    uint8_t last_bytes[SRFLX_UDP_SLOT];
};

static bool is_memory(const struct fixture *f)
{
    return f->driver == &srflx_udp_memory;
}

/* Answers with the request, in capitals; to "quiet" with nothing, to "long" with the largest reply.
 */
static void shout(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    struct fixture *f = user;

    f->handled++;
    f->last = *packet;
    memcpy(f->last_bytes, packet->bytes.ptr, packet->bytes.len);
    CHECK_INT(reply->cap, SRFLX_UDP_REPLY);
    CHECK_INT(reply->len, 0);
    if (packet->bytes.ptr[0] == 'q') return;
    reply->len = packet->bytes.ptr[0] == 'l' ? reply->cap : packet->bytes.len % reply->cap;
    for (size_t i = 0; i < reply->len; i++)
        reply->buf[i] = (uint8_t)(packet->bytes.ptr[i % packet->bytes.len] - 'a' + 'A');
}

static unsigned run(struct fixture *f)
{
    const struct srflx_handler handler = {shout, f};

    return f->driver->run(f->batch, &f->server, &handler);
}

/* Runs once the server socket is readable. */
static unsigned wait_and_run(struct fixture *f)
{
    struct pollfd readable = {.fd = f->server.fd, .events = POLLIN};

    if (!is_memory(f)) CHECK_INT(poll(&readable, 1, PATIENCE_MS), 1);
    return run(f);
}

static void send_to(struct fixture *f, const struct srflx_addr *to, const char *bytes, size_t len)
{
    struct srflx_udp_arrays *arrays = f->batch;
    struct sockaddr_storage name;
    socklen_t name_len;

    if (is_memory(f)) {
        f->waiting[arrays->packet_count++] =
            (struct srflx_packet){{(const uint8_t *)bytes, len}, f->client, *to, SRFLX_UDP};
        return;
    }
    name_len = srflx_addr_to_sockaddr(to, &name);
    CHECK_INT(sendto(f->client_fd, bytes, len, 0, (struct sockaddr *)&name, name_len), (int)len);
}

/* The server's port at a loopback address of its family. */
static struct srflx_addr at_loopback(const struct fixture *f)
{
    struct srflx_addr to = {{127, 0, 0, 1}, 0, f->server.local.port, f->server.local.family};

    if (to.family == SRFLX_IPV6) {
        memset(to.ip, 0, sizeof to.ip);
        to.ip[15] = 1;
    }
    return to;
}

static void ask(struct fixture *f, const char *text)
{
    const struct srflx_addr to = at_loopback(f);

    send_to(f, &to, text, strlen(text));
}

/* The next answer, and the address it came from. */
static size_t read_answer(struct fixture *f, uint8_t *ret_bytes, struct srflx_addr *ret_from)
{
    struct srflx_udp_arrays *arrays = f->batch;
    struct pollfd readable = {.fd = f->client_fd, .events = POLLIN};
    struct sockaddr_storage name;
    socklen_t name_len = sizeof name;
    ssize_t len;

    if (is_memory(f)) {
        const struct srflx_udp_answer *answer = &f->answers[f->answers_read++];
        CHECK(f->answers_read <= arrays->answered);
        CHECK(srflx_addr_equal(&answer->to, &f->client));
        memcpy(ret_bytes, answer->bytes, answer->len);
        *ret_from = answer->from;
        return answer->len;
    }
    CHECK_INT(poll(&readable, 1, PATIENCE_MS), 1);
    len = recvfrom(f->client_fd, ret_bytes, SRFLX_UDP_SLOT, 0, (struct sockaddr *)&name, &name_len);
    CHECK(len > 0);
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&name, ret_from));
    return (size_t)len;
}

static void check_answer(struct fixture *f, const char *text)
{
    uint8_t bytes[SRFLX_UDP_SLOT];
    struct srflx_addr from;

    CHECK_INT(read_answer(f, bytes, &from), strlen(text));
    CHECK_MEM(bytes, text, strlen(text));
}

static void open_sockets(struct fixture *f, uint8_t family)
{
    const struct srflx_addr any = {.family = family};
    struct sockaddr_storage name;
    const int on = 1;
    socklen_t len;

    CHECK_INT(srflx_udp_open_group(&any, 1, 0, &f->server), 0);
    f->client = at_loopback(f);
    f->client.port = 0;
    f->client_fd = socket(family == SRFLX_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_INT(setsockopt(f->client_fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
    len = srflx_addr_to_sockaddr(&f->client, &name);
    CHECK_INT(bind(f->client_fd, (struct sockaddr *)&name, len), 0);
    CHECK_INT(getsockname(f->client_fd, (struct sockaddr *)&name, &len), 0);
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&name, &f->client));
}

static struct fixture *fixture_new(const struct srflx_udp_driver *driver, uint8_t family)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->driver = driver;
    f->batch = calloc(1, driver->batch_size);
    driver->prepare(f->batch);
    f->server = (struct srflx_udp_socket){-1, {.port = 3478, .family = family}, {0}};
    f->client_fd = -1;
    if (is_memory(f)) {
        struct srflx_udp_arrays *arrays = f->batch;
        arrays->packets = f->waiting;
        arrays->answers = f->answers;
        arrays->answer_room = MAX_PACKETS;
        f->client = at_loopback(f);
        f->client.port = 40000;
    } else {
        open_sockets(f, family);
    }
    return f;
}

static void fixture_destroy(struct fixture *f)
{
    if (!is_memory(f)) {
        srflx_udp_close_group(&f->server, 1);
        close(f->client_fd);
    }
    free(f->batch);
    free(f);
}

static void over_drivers(const struct srflx_udp_driver *const *drivers, unsigned count,
                         void (*check)(struct fixture *f))
{
    static const uint8_t families[] = {SRFLX_IPV4, SRFLX_IPV6};

    for (unsigned i = 0; i < 2 * count; i++) {
        struct fixture *f = fixture_new(drivers[i / 2], families[i % 2]);
        print_message("    driver %s, IPv%u\n", f->driver->name, families[i % 2]);
        check(f);
        fixture_destroy(f);
    }
}

static const struct srflx_udp_driver *const all[] = {&srflx_udp_mmsg, &srflx_udp_msg,
                                                     &srflx_udp_memory};

/* Defines test `name`, whose body is run over all three drivers. */
#define CONTRACT(name)                        \
    static void name##_on(struct fixture *f); \
    TEST(name)                                \
    {                                         \
        over_drivers(all, 3, name##_on);      \
    }                                         \
    static void name##_on(struct fixture *f)

CONTRACT(nothing_waiting_takes_nothing_and_does_not_block)
{
    CHECK_INT(run(f), 0);
    CHECK_INT(f->handled, 0);
    CHECK_INT(f->server.counters.received, 0);
    CHECK_INT(f->server.counters.receive_errors, 0);
}

/* spec: R8489-6.3.1.2-02 R3489-8.1-24 */
CONTRACT(the_answer_leaves_from_the_address_that_was_asked)
{
    const unsigned hosts = f->server.local.family == SRFLX_IPV4 ? 3 : 1;

    for (unsigned host = 1; host <= hosts; host++) {
        struct srflx_addr to = at_loopback(f), from;
        uint8_t bytes[SRFLX_UDP_SLOT];

        to.ip[3] = (uint8_t)(to.family == SRFLX_IPV4 ? host : 0);
        send_to(f, &to, "hello", 5);
        CHECK_INT(wait_and_run(f), 1);
        CHECK_INT(f->handled, host);
        CHECK_INT(f->last.bytes.len, 5);
        CHECK_MEM(f->last_bytes, "hello", 5);
        CHECK_INT(f->last.transport, SRFLX_UDP);
        CHECK(srflx_addr_equal(&f->last.from, &f->client));
        CHECK(srflx_addr_equal(&f->last.to, &to));
        CHECK_INT(read_answer(f, bytes, &from), 5);
        CHECK_MEM(bytes, "HELLO", 5);
        CHECK(srflx_addr_equal(&from, &to));
    }
    CHECK_INT(f->server.counters.received, hosts);
    CHECK_INT(f->server.counters.answered, hosts);
}

CONTRACT(silence_sends_nothing)
{
    ask(f, "quiet");
    ask(f, "one");
    ask(f, "quiet");
    ask(f, "two");
    while (f->handled < 4)
        wait_and_run(f);
    check_answer(f, "ONE");
    check_answer(f, "TWO");
    CHECK_INT(f->server.counters.received, 4);
    CHECK_INT(f->server.counters.answered, 2);
}

CONTRACT(a_run_takes_no_more_than_a_batch_and_keeps_the_order)
{
    static char asked[MAX_PACKETS][3], answered[MAX_PACKETS][3];

    for (unsigned i = 0; i < MAX_PACKETS; i++) {
        snprintf(asked[i], sizeof asked[i], "%c%c", (char)('a' + i / 26), (char)('a' + i % 26));
        snprintf(answered[i], sizeof answered[i], "%c%c", asked[i][0] - 32, asked[i][1] - 32);
        ask(f, asked[i]);
    }
    while (f->handled < MAX_PACKETS) {
        const unsigned before = f->handled, taken = wait_and_run(f);
        CHECK(taken <= SRFLX_UDP_BATCH);
        CHECK_INT(f->handled, before + taken);
    }
    for (unsigned i = 0; i < MAX_PACKETS; i++)
        check_answer(f, answered[i]);
    CHECK_INT(run(f), 0);
    CHECK_INT(f->server.counters.received, MAX_PACKETS);
    CHECK_INT(f->server.counters.answered, MAX_PACKETS);
}

CONTRACT(a_datagram_that_fills_the_slot_is_whole_and_a_longer_one_is_dropped)
{
    static char bytes[SRFLX_UDP_SLOT + 1];
    const struct srflx_addr to = at_loopback(f);

    memset(bytes, 'x', sizeof bytes);
    send_to(f, &to, bytes, SRFLX_UDP_SLOT + 1);
    send_to(f, &to, bytes, SRFLX_UDP_SLOT);
    while (f->server.counters.received < 2)
        wait_and_run(f);
    CHECK_INT(f->handled, 1);
    CHECK_INT(f->last.bytes.len, SRFLX_UDP_SLOT);
    CHECK_MEM(f->last_bytes, bytes, SRFLX_UDP_SLOT);
    CHECK_INT(f->server.counters.truncated, 1);
}

CONTRACT(the_longest_reply_arrives_whole)
{
    uint8_t bytes[SRFLX_UDP_SLOT], want[SRFLX_UDP_REPLY];
    struct srflx_addr from;

    memset(want, 'L', sizeof want);
    ask(f, "llll");
    wait_and_run(f);
    CHECK_INT(read_answer(f, bytes, &from), SRFLX_UDP_REPLY);
    CHECK_MEM(bytes, want, sizeof want);
}

/* Loopback has broadcast, but routes no IPv6 multicast: for sockets, that is in tests/net. */
CONTRACT(what_was_sent_to_many_is_dropped)
{
    const bool v6 = f->server.local.family == SRFLX_IPV6;
    const char *const group = v6 ? "ff02::1" : "224.0.0.1";
    struct srflx_addr many;

    if (v6 && !is_memory(f)) return;
    CHECK_INT(srflx_addr_parse(is_memory(f) ? group : "127.255.255.255", &many), 0);
    many.port = f->server.local.port;
    send_to(f, &many, "many", 4);
    ask(f, "one");
    while (f->server.counters.received < 2)
        wait_and_run(f);
    CHECK_INT(f->handled, 1);
    CHECK_INT(f->server.counters.not_unicast, 1);
    check_answer(f, "ONE");
}

/* Asks from an address that loopback alone has no way back to. */
static void ask_from_nowhere(struct fixture *f)
{
    const struct srflx_addr to = at_loopback(f);
    struct srflx_addr nowhere;

    CHECK_INT(srflx_addr_parse(to.family == SRFLX_IPV6 ? "2001:db8::1" : "198.51.100.1", &nowhere),
              0);
    send_from(&nowhere, &to, "lost");
}

static void check_lost_answers(struct fixture *f)
{
    ask(f, "one");
    ask_from_nowhere(f);
    ask_from_nowhere(f);
    ask(f, "two");
    ask_from_nowhere(f);
    while (f->handled < 5)
        wait_and_run(f);
    check_answer(f, "ONE");
    check_answer(f, "TWO");
    CHECK_INT(f->server.counters.answered, 2);
    CHECK_INT(f->server.counters.send_unreachable, 3);
    ask(f, "three");
    CHECK_INT(wait_and_run(f), 1);
    check_answer(f, "THREE");
}

TEST(an_answer_that_fails_is_skipped_and_the_others_leave)
{
    enter_netns();
    over_drivers(all, 2, check_lost_answers);
}

/* As in a thread that has sockets of both families: IPv4 leaves shorter lengths behind. */
TEST(one_batch_serves_sockets_of_both_families)
{
    for (unsigned i = 0; i < 2; i++) {
        struct fixture *four = fixture_new(all[i], SRFLX_IPV4);
        struct fixture *six = fixture_new(all[i], SRFLX_IPV6);
        free(six->batch);
        six->batch = four->batch;
        for (unsigned turn = 0; turn < 2; turn++) {
            ask(four, "four");
            CHECK_INT(wait_and_run(four), 1);
            check_answer(four, "FOUR");
            ask(six, "six");
            CHECK_INT(wait_and_run(six), 1);
            CHECK(srflx_addr_equal(&six->last.from, &six->client));
            check_answer(six, "SIX");
        }
        six->batch = NULL;
        fixture_destroy(six);
        fixture_destroy(four);
    }
}

TEST(memory_without_room_loses_answers_like_a_full_queue)
{
    struct fixture *f = fixture_new(&srflx_udp_memory, SRFLX_IPV4);
    struct srflx_udp_arrays *arrays = f->batch;

    arrays->answer_room = 1;
    ask(f, "one");
    ask(f, "two");
    CHECK_INT(run(f), 2);
    CHECK_INT(f->handled, 2);
    CHECK_INT(f->server.counters.answered, 1);
    CHECK_INT(f->server.counters.send_full, 1);
    check_answer(f, "ONE");
    fixture_destroy(f);
}

RUN(TEST_OF(nothing_waiting_takes_nothing_and_does_not_block),
    TEST_OF(the_answer_leaves_from_the_address_that_was_asked), TEST_OF(silence_sends_nothing),
    TEST_OF(a_run_takes_no_more_than_a_batch_and_keeps_the_order),
    TEST_OF(a_datagram_that_fills_the_slot_is_whole_and_a_longer_one_is_dropped),
    TEST_OF(the_longest_reply_arrives_whole), TEST_OF(what_was_sent_to_many_is_dropped),
    TEST_OF(one_batch_serves_sockets_of_both_families),
    TEST_OF(memory_without_room_loses_answers_like_a_full_queue),
    TEST_OF(an_answer_that_fails_is_skipped_and_the_others_leave))
