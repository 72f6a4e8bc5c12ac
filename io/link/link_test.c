#define _POSIX_C_SOURCE 200809L

#include <srflx/link.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <check.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/sockaddr.h>

/* A Binding request of 20 bytes, and an answer of 24. */
static const uint8_t question[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3};
static const uint8_t answer[24] = {1, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, 1,    2,    3, 0,
                                   0, 0, 0, 0, 0,    0,    0,    0,    0x80, 0x22, 0, 0};
#define QUESTION ((struct srflx_view){question, sizeof question})

static int listen_on(int type, struct srflx_addr *ret_addr)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {5, 0};
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, type, 0);

    CHECK(fd >= 0);
    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    if (type == SOCK_STREAM) CHECK_INT(listen(fd, 4), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&at, ret_addr));
    return fd;
}

static struct srflx_link *open_link(uint8_t transport, const struct srflx_addr *server)
{
    struct srflx_link_options options;
    struct srflx_link *link;

    srflx_link_options_defaults(&options);
    options.transport = transport;
    options.server = *server;
    CHECK_INT(srflx_link_new(&options, &link), 0);
    return link;
}

/* Waits until next() has something to say. */
static int wait_for(struct srflx_link *link, struct srflx_view *ret_message)
{
    int got;

    while (!(got = srflx_link_next(link, ret_message))) {
        struct pollfd one = {.fd = srflx_link_fd(link), .events = srflx_link_events(link)};
        CHECK_INT(poll(&one, 1, 5000), 1);
    }
    return got;
}

static void wait_until_ready(struct srflx_link *link)
{
    struct srflx_view message;

    for (;;) {
        struct pollfd one = {.fd = srflx_link_fd(link), .events = srflx_link_events(link)};
        CHECK_INT(srflx_link_next(link, &message), 0);
        if (srflx_link_state(link) == SRFLX_LINK_READY) return;
        CHECK_INT(poll(&one, 1, 5000), 1);
    }
}

static void check_failed(struct srflx_link *link, int error, enum srflx_link_step step,
                         const char *form, const struct srflx_addr *server)
{
    char text[SRFLX_LINK_TEXT], want[SRFLX_LINK_TEXT], addr[SRFLX_ADDR_TEXT];
    struct srflx_link_failure failure;
    struct srflx_view message;

    CHECK_INT(wait_for(link, &message), error);
    CHECK_INT(srflx_link_next(link, &message), error);
    CHECK_INT(srflx_link_state(link), SRFLX_LINK_FAILED);
    CHECK_INT(srflx_link_send(link, QUESTION), error);
    srflx_link_failure(link, &failure);
    CHECK_INT(failure.error, error);
    CHECK_INT(failure.step, step);
    snprintf(want, sizeof want, form, srflx_addr_write(server, addr));
    CHECK_STR(srflx_link_explain(link, text), want);
    srflx_link_destroy(link);
}

TEST(a_datagram_goes_and_another_comes)
{
    struct srflx_addr server, at, local;
    const int fd = listen_on(SOCK_DGRAM, &server);
    struct srflx_link *link = open_link(SRFLX_UDP, &server);
    struct sockaddr_storage peer;
    struct srflx_view message;
    socklen_t len = sizeof peer;
    uint8_t got[64];

    CHECK_INT(srflx_link_state(link), SRFLX_LINK_READY);
    CHECK_INT(srflx_link_events(link), POLLIN);
    CHECK(srflx_link_next_deadline(link, srflx_clock_now()) == UINT64_MAX);
    CHECK_INT(srflx_link_send(link, QUESTION), 0);
    CHECK_INT(recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&peer, &len), sizeof question);
    CHECK_MEM(got, question, sizeof question);
    srflx_link_ends(link, &at, &local);
    CHECK(srflx_addr_equal(&at, &server));
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&peer, &at));
    CHECK(srflx_addr_equal(&at, &local));
    CHECK_INT(sendto(fd, "x", 1, 0, (struct sockaddr *)&peer, len), 1);
    CHECK_INT(wait_for(link, &message), 1);
    CHECK_BYTES(message, {'x'});
    srflx_link_destroy(link);
    close(fd);
}

/* spec: R8489-6.2.1-17 */
TEST(a_closed_port_ends_a_link_over_udp)
{
    struct srflx_addr server;
    struct srflx_link *link;

    close(listen_on(SOCK_DGRAM, &server));
    link = open_link(SRFLX_UDP, &server);
    CHECK_INT(srflx_link_send(link, QUESTION), 0);
    check_failed(link, SRFLX_ERROR_UNREACHABLE, SRFLX_LINK_STEP_TALK,
                 "nobody listens on %s: Connection refused", &server);
}

/* A connection, and the server's end of it in `ret_fd`. */
static struct srflx_link *connect_link(struct srflx_addr *ret_server, int *ret_fd)
{
    const int listener = listen_on(SOCK_STREAM, ret_server);
    struct srflx_link *link = open_link(SRFLX_TCP, ret_server);

    CHECK_INT(srflx_link_state(link), SRFLX_LINK_CONNECTING);
    CHECK_INT(srflx_link_events(link), POLLOUT);
    CHECK_INT(srflx_link_send(link, QUESTION), SRFLX_ERROR_STATE);
    wait_until_ready(link);
    *ret_fd = accept(listener, NULL, NULL);
    CHECK(*ret_fd >= 0);
    close(listener);
    return link;
}

/* spec: R8489-6.2.2-01 R8489-6.2.2-03 */
TEST(a_stream_is_cut_into_messages)
{
    struct srflx_addr server, at, local;
    struct srflx_view message;
    uint8_t bytes[2 * sizeof answer];
    size_t i;
    int fd;
    struct srflx_link *link = connect_link(&server, &fd);

    srflx_link_ends(link, &at, &local);
    CHECK(srflx_addr_equal(&at, &server));
    CHECK_INT(local.family, SRFLX_IPV4);
    CHECK_INT(srflx_link_send(link, QUESTION), 0);
    CHECK_INT(recv(fd, bytes, sizeof bytes, 0), sizeof question);
    CHECK_MEM(bytes, question, sizeof question);
    for (i = 0; i + 1 < sizeof answer; i++) {
        CHECK_INT(send(fd, answer + i, 1, 0), 1);
        CHECK_INT(srflx_link_next(link, &message), 0);
    }
    memcpy(bytes, answer + i, 1);
    memcpy(bytes + 1, answer, sizeof answer);
    CHECK_INT(send(fd, bytes, 1 + sizeof answer, 0), 1 + sizeof answer);
    for (i = 0; i < 2; i++) {
        CHECK_INT(wait_for(link, &message), 1);
        CHECK_INT(message.len, sizeof answer);
        CHECK_MEM(message.ptr, answer, sizeof answer);
    }
    CHECK_INT(srflx_link_next(link, &message), 0);
    srflx_link_destroy(link);
    CHECK_INT(recv(fd, bytes, sizeof bytes, 0), 0);
    close(fd);
}

/* spec: R8489-6.2.2-09 */
TEST(what_the_network_does_not_take_waits)
{
    static uint8_t long_one[SRFLX_LINK_MESSAGE] = {0, 1, 15, 236, 0x21, 0x12, 0xa4, 0x42};
    const struct srflx_view message = {long_one, sizeof long_one};
    static uint8_t bytes[65536];
    struct srflx_addr server;
    size_t sent = 0, received = 0;
    struct srflx_view none;
    int fd, error;
    struct srflx_link *link = connect_link(&server, &fd);

    while (!(error = srflx_link_send(link, message)))
        sent += sizeof long_one;
    CHECK_INT(error, SRFLX_ERROR_SPACE);
    CHECK_INT(srflx_link_events(link), POLLIN | POLLOUT);
    while (received < sent) {
        const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        CHECK(got > 0);
        received += (size_t)got;
        CHECK_INT(srflx_link_next(link, &none), 0);
    }
    CHECK_INT(received, sent);
    CHECK_INT(srflx_link_events(link), POLLIN);
    srflx_link_destroy(link);
    close(fd);
}

/* spec: R8489-6.2.2-07 */
TEST(a_refused_connection_fails)
{
    struct srflx_addr server;

    close(listen_on(SOCK_STREAM, &server));
    check_failed(open_link(SRFLX_TCP, &server), SRFLX_ERROR_UNREACHABLE, SRFLX_LINK_STEP_CONNECT,
                 "nobody listens on %s: Connection refused", &server);
}

/* spec: R8489-6.2.2-07 */
TEST(a_closed_connection_fails)
{
    struct srflx_addr server;
    int fd;
    struct srflx_link *link = connect_link(&server, &fd);

    close(fd);
    check_failed(link, SRFLX_ERROR_CLOSED, SRFLX_LINK_STEP_TALK, "%s closed the connection",
                 &server);
}

/* spec: R8489-6.2.2-07 */
TEST(a_reset_connection_fails)
{
    const struct linger at_once = {1, 0};
    struct srflx_addr server;
    int fd;
    struct srflx_link *link = connect_link(&server, &fd);

    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(fd);
    check_failed(link, SRFLX_ERROR_CLOSED, SRFLX_LINK_STEP_TALK, "%s reset the connection",
                 &server);
}

/* spec: R8489-6.2.2-11 */
TEST(an_aborted_connection_is_reset)
{
    struct srflx_addr server;
    uint8_t byte;
    int fd;

    srflx_link_abort(connect_link(&server, &fd));
    CHECK_INT(recv(fd, &byte, 1, 0), -1);
    CHECK_INT(errno, ECONNRESET);
    close(fd);
}

TEST(a_stream_of_something_else_fails)
{
    struct srflx_addr server;
    int fd;
    struct srflx_link *link = connect_link(&server, &fd);

    CHECK_INT(send(fd, "HTTP/1.1 400 Bad Request\r\n", 26, 0), 26);
    check_failed(link, SRFLX_ERROR_RESPONSE, SRFLX_LINK_STEP_TALK,
                 "%s sent what is no STUN message", &server);
    close(fd);
}

/* A listener whose queue is full drops what comes. */
TEST(patience_ends_a_connection_that_is_not_there)
{
    struct srflx_addr server;
    const int fd = listen_on(SOCK_STREAM, &server);
    struct srflx_link *first[8], *link;
    struct srflx_view message;
    size_t i;

    CHECK_INT(listen(fd, 0), 0);
    for (i = 0; i < 8; i++)
        first[i] = open_link(SRFLX_TCP, &server);
    link = open_link(SRFLX_TCP, &server);
    CHECK_INT(srflx_link_next(link, &message), 0);
    CHECK_INT(srflx_link_state(link), SRFLX_LINK_CONNECTING);
    srflx_link_give_up(link);
    check_failed(link, SRFLX_ERROR_TIMEOUT, SRFLX_LINK_STEP_CONNECT,
                 "cannot connect to %s over TCP: timed out", &server);
    for (i = 0; i < 8; i++)
        srflx_link_destroy(first[i]);
    close(fd);
}

TEST(an_address_of_another_machine_cannot_be_bound)
{
    struct srflx_link_options options;
    struct srflx_link *link;

    srflx_link_options_defaults(&options);
    CHECK_INT(srflx_addr_parse("127.0.0.1:9", &options.server), 0);
    CHECK_INT(srflx_addr_parse("192.0.2.1", &options.local), 0);
    CHECK_INT(srflx_link_new(&options, &link), 0);
    check_failed(link, SRFLX_ERROR_SYSTEM, SRFLX_LINK_STEP_BIND,
                 "cannot bind to %s: Cannot assign requested address", &options.local);
}

TEST(options_outside_their_range_are_refused)
{
    struct srflx_link_options good, bad;
    struct srflx_link *link;

    srflx_link_options_defaults(&good);
    CHECK_INT(srflx_link_new(&good, &link), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_addr_parse("127.0.0.1:9", &good.server), 0);
    bad = good;
    bad.size = 0;
    CHECK_INT(srflx_link_new(&bad, &link), SRFLX_ERROR_ARGUMENT);
    bad = good;
    bad.transport = SRFLX_TLS;
    CHECK_INT(srflx_link_new(&bad, &link), SRFLX_ERROR_ARGUMENT);
    bad.transport = 5;
    CHECK_INT(srflx_link_new(&bad, &link), SRFLX_ERROR_ARGUMENT);
    bad = good;
    CHECK_INT(srflx_addr_parse("::1", &bad.local), 0);
    CHECK_INT(srflx_link_new(&bad, &link), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_link_new(&good, &link), 0);
    CHECK_INT(srflx_link_send(link, (struct srflx_view){NULL, 0}), SRFLX_ERROR_ARGUMENT);
    srflx_link_destroy(link);
    srflx_link_destroy(NULL);
    srflx_link_abort(NULL);
}

RUN(TEST_OF(a_datagram_goes_and_another_comes), TEST_OF(a_closed_port_ends_a_link_over_udp),
    TEST_OF(a_stream_is_cut_into_messages), TEST_OF(what_the_network_does_not_take_waits),
    TEST_OF(a_refused_connection_fails), TEST_OF(a_closed_connection_fails),
    TEST_OF(a_reset_connection_fails), TEST_OF(an_aborted_connection_is_reset),
    TEST_OF(a_stream_of_something_else_fails),
    TEST_OF(patience_ends_a_connection_that_is_not_there),
    TEST_OF(an_address_of_another_machine_cannot_be_bound),
    TEST_OF(options_outside_their_range_are_refused))
