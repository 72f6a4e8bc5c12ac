#define _POSIX_C_SOURCE 200809L

#include <srflx/ask.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>
#include <srflx/writer.h>

/* A server in the same thread, which takes requests only when it is told to. */
static int open_server(struct srflx_uri *ret_uri)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    char text[64];

    CHECK(fd >= 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(text, sizeof text, "stun:127.0.0.1:%u", ntohs(at.sin_port));
    CHECK_INT(srflx_uri_parse((struct srflx_view){(uint8_t *)text, strlen(text)}, ret_uri), 0);
    return fd;
}

/* Answers what waits; returns how many requests that were. */
static int serve(int fd)
{
    uint8_t in[64], out[64];
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    struct srflx_message request;
    struct srflx_view reply;
    struct srflx_addr from;
    struct srflx_writer w;
    ssize_t got;
    int count = 0;

    while ((got = recvfrom(fd, in, sizeof in, MSG_DONTWAIT, (struct sockaddr *)&peer, &len)) > 0) {
        CHECK_INT(srflx_message_parse((struct srflx_view){in, (size_t)got}, &request), 0);
        CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&peer, &from));
        srflx_writer_reply(&w, out, sizeof out, &request, SRFLX_SUCCESS);
        srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &from);
        CHECK_INT(srflx_writer_finish(&w, &reply), 0);
        CHECK(sendto(fd, reply.ptr, reply.len, 0, (struct sockaddr *)&peer, len) > 0);
        count++;
    }
    return count;
}

static struct srflx_ask_options options_for(const struct srflx_uri *uri)
{
    struct srflx_ask_options options;

    srflx_ask_options_defaults(&options);
    options.uri = *uri;
    return options;
}

static struct srflx_ask *new_ask(const struct srflx_ask_options *options)
{
    struct srflx_ask *ask;

    CHECK_INT(srflx_ask_new(options, &ask), 0);
    CHECK_NULL(srflx_ask_result(ask));
    srflx_ask_step(ask, NULL, 0);
    return ask;
}

static void check_answered(const struct srflx_ask *ask)
{
    const struct srflx_ask_result *result = srflx_ask_result(ask);

    CHECK(result != NULL);
    CHECK_INT(result->error, 0);
    CHECK_INT(result->sent, 1);
    CHECK(srflx_addr_equal(&result->mapped, &result->local));
    CHECK(srflx_ask_wait_ms(ask) == UINT32_MAX);
    CHECK_STR(result->text, "");
}

/* spec: R8489-6.2-01 R8489-6.2-02 R5389-7.2-03 */
TEST(the_eleventh_question_waits_for_the_gate)
{
    struct srflx_uri uri;
    const int fd = open_server(&uri);
    struct srflx_ask_options options = options_for(&uri);
    void *memory = malloc(srflx_gate_size(4));
    struct srflx_ask *asks[12];
    struct pollfd fds[SRFLX_ASK_FDS];
    int i;

    CHECK_INT(srflx_gate_init(memory, srflx_gate_size(4), 4, &options.gate), 0);
    for (i = 0; i < 12; i++)
        asks[i] = new_ask(&options);
    CHECK_INT(srflx_ask_fds(asks[9], fds), 1);
    CHECK_INT(srflx_ask_fds(asks[10], fds), 0);
    CHECK(srflx_ask_wait_ms(asks[10]) > 0);
    CHECK_INT(serve(fd), 10);
    srflx_ask_cancel(asks[0]);
    CHECK_INT(srflx_ask_wait_ms(asks[10]), 0);
    for (i = 1; i < 11; i++)
        srflx_ask_step(asks[i], NULL, 0);
    CHECK_INT(serve(fd), 1);
    for (i = 10; i < 12; i++)
        srflx_ask_step(asks[i], NULL, 0);
    CHECK_INT(serve(fd), 1);
    srflx_ask_step(asks[11], NULL, 0);
    for (i = 0; i < 12; i++) {
        if (i) check_answered(asks[i]);
        srflx_ask_destroy(asks[i]);
    }
    for (i = 0; i < SRFLX_GATE_OUTSTANDING; i++)
        CHECK(srflx_gate_enter(options.gate, &uri.addr));
    free(memory);
    close(fd);
}

TEST(one_that_is_cancelled_or_left_gives_its_place_back)
{
    struct srflx_uri uri;
    const int fd = open_server(&uri);
    struct srflx_ask_options options = options_for(&uri);
    void *memory = malloc(srflx_gate_size(1));
    struct srflx_ask *ask;
    int i;

    CHECK_INT(srflx_gate_init(memory, srflx_gate_size(1), 1, &options.gate), 0);
    ask = new_ask(&options);
    srflx_ask_cancel(ask);
    CHECK_INT(srflx_ask_result(ask)->error, SRFLX_ERROR_CANCELLED);
    CHECK_STR(srflx_ask_result(ask)->text, "127.0.0.1: cancelled");
    srflx_ask_cancel(ask);
    srflx_ask_step(ask, NULL, 0);
    srflx_ask_destroy(ask);
    srflx_ask_destroy(new_ask(&options));
    srflx_ask_destroy(NULL);
    for (i = 0; i < SRFLX_GATE_OUTSTANDING; i++)
        CHECK(srflx_gate_enter(options.gate, &uri.addr));
    free(memory);
    close(fd);
}

TEST(it_can_be_asked_again)
{
    struct srflx_uri uri;
    const int fd = open_server(&uri);
    const struct srflx_ask_options options = options_for(&uri);
    struct srflx_ask *ask = new_ask(&options);
    struct srflx_addr local;
    int i;

    CHECK_INT(srflx_ask_again(ask), SRFLX_ERROR_STATE);
    for (i = 0; i < 3; i++) {
        CHECK_INT(serve(fd), 1);
        srflx_ask_step(ask, NULL, 0);
        check_answered(ask);
        if (i) CHECK(srflx_addr_equal(&local, &srflx_ask_result(ask)->local));
        local = srflx_ask_result(ask)->local;
        CHECK_INT(srflx_ask_again(ask), 0);
        CHECK_NULL(srflx_ask_result(ask));
        srflx_ask_step(ask, NULL, 0);
    }
    srflx_ask_destroy(ask);
    close(fd);
}

TEST(options_outside_their_range_are_refused)
{
    struct srflx_credentials credentials;
    struct srflx_ask_options good, bad;
    struct srflx_ask *ask;
    struct srflx_uri uri;

    close(open_server(&uri));
    good = options_for(&uri);
    bad = good;
    bad.size = 0;
    CHECK_INT(srflx_ask_new(&bad, &ask), SRFLX_ERROR_ARGUMENT);
    bad = good;
    bad.uri.secure = true;
    CHECK_INT(srflx_ask_new(&bad, &ask), SRFLX_ERROR_ARGUMENT);
    bad = good;
    bad.transports[0] = SRFLX_TLS;
    CHECK_INT(srflx_ask_new(&bad, &ask), SRFLX_ERROR_ARGUMENT);
    bad = good;
    bad.redirects = SRFLX_REDIRECTS_MAX + 1;
    CHECK_INT(srflx_ask_new(&bad, &ask), SRFLX_ERROR_ARGUMENT);
    srflx_credentials_defaults(&credentials); /* no name, no token */
    bad = good;
    bad.credentials = &credentials;
    bad.classic = true;
    CHECK_INT(srflx_ask_new(&bad, &ask), SRFLX_ERROR_ARGUMENT);
}

RUN(TEST_OF(the_eleventh_question_waits_for_the_gate),
    TEST_OF(one_that_is_cancelled_or_left_gives_its_place_back), TEST_OF(it_can_be_asked_again),
    TEST_OF(options_outside_their_range_are_refused))
