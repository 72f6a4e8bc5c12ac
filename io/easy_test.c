#define _POSIX_C_SOURCE 200809L

#include <srflx/easy.h>

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include <check.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>
#include <srflx/writer.h>

/* A server in a thread: takes `count` requests and answers each as `answer` says. */
struct fake {
    int fd;
    uint16_t port;
    int count;
    void (*answer)(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                   const struct srflx_addr *from);
    pthread_t thread;
};

enum { OUT = 64 };

static void *serve(void *user)
{
    struct fake *fake = user;
    int i;

    for (i = 0; i < fake->count; i++) {
        uint8_t in[OUT], out[OUT];
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        ssize_t got = recvfrom(fake->fd, in, sizeof in, 0, (struct sockaddr *)&peer, &len);
        struct srflx_message request;
        struct srflx_view reply;
        struct srflx_addr from;
        struct srflx_writer w;

        if (got < 0 || srflx_message_parse((struct srflx_view){in, (size_t)got}, &request) ||
            !srflx_addr_from_sockaddr((struct sockaddr *)&peer, &from))
            return "no request came";
        fake->answer(&w, out, &request, &from);
        if (srflx_writer_finish(&w, &reply)) return "no answer was written";
        sendto(fake->fd, reply.ptr, reply.len, 0, (struct sockaddr *)&peer, len);
    }
    return NULL;
}

static int open_on_loopback(uint16_t *ret_port)
{
    const struct timeval patience = {10, 0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK(fd >= 0);
    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void start(struct fake *fake)
{
    fake->fd = open_on_loopback(&fake->port);
    CHECK_INT(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void stop(struct fake *fake)
{
    void *complaint;

    CHECK_INT(pthread_join(fake->thread, &complaint), 0);
    CHECK_NULL(complaint);
    close(fake->fd);
}

static int query(const char *host, uint16_t port, uint32_t timeout_ms,
                 struct srflx_query_result *ret_result)
{
    struct srflx_query_options options;
    char uri[64];

    srflx_query_options_defaults(&options);
    options.timeout_ms = timeout_ms;
    snprintf(uri, sizeof uri, "stun:%s:%u", host, port);
    return srflx_query(uri, &options, ret_result);
}

static void check_failed(const struct srflx_query_result *result, const char *form, unsigned port)
{
    struct srflx_query_result want;

    memset(&want, 0, sizeof want);
    snprintf(want.text, sizeof want.text, form, port);
    CHECK_STR(result->text, want.text);
    CHECK_MEM(result, &want, offsetof(struct srflx_query_result, text));
}

static void success(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                    const struct srflx_addr *from)
{
    srflx_writer_reply(w, out, OUT, request, SRFLX_SUCCESS);
    srflx_put_addr(w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, from);
}

TEST(an_answer_names_all_three_addresses)
{
    struct fake fake = {.count = 1, .answer = success};
    struct srflx_query_result me;
    char text[SRFLX_ADDR_TEXT], want[SRFLX_ADDR_TEXT];

    start(&fake);
    CHECK_INT(query("127.0.0.1", fake.port, 5000, &me), 0);
    stop(&fake);
    snprintf(want, sizeof want, "127.0.0.1:%u", fake.port);
    CHECK_STR(srflx_addr_write(&me.server, text), want);
    CHECK_STR(srflx_addr_write_ip(&me.local, text), "127.0.0.1");
    CHECK(srflx_addr_equal(&me.mapped, &me.local));
    CHECK(me.rtt_ns > 0 && me.rtt_ns < 5000000000u);
    CHECK_INT(me.sent, 1);
    CHECK_STR(me.text, "");
}

TEST(the_local_address_is_the_one_asked_for)
{
    struct fake fake = {.count = 1, .answer = success};
    struct srflx_query_options options;
    struct srflx_query_result me;
    char uri[32];

    start(&fake);
    srflx_query_options_defaults(&options);
    CHECK_INT(srflx_addr_parse("127.0.0.3", &options.local), 0);
    snprintf(uri, sizeof uri, "127.0.0.1:%u", fake.port);
    CHECK_INT(srflx_query(uri, &options, &me), 0);
    stop(&fake);
    CHECK(srflx_addr_same_ip(&me.mapped, &options.local));
    CHECK(srflx_addr_equal(&me.mapped, &me.local));
}

TEST(the_next_address_is_asked_when_one_refuses)
{
    struct fake fake = {.count = 1, .answer = success};
    struct srflx_query_result me;
    char text[SRFLX_ADDR_TEXT];

    start(&fake);
    CHECK_INT(query("localhost", fake.port, 5000, &me), 0);
    stop(&fake);
    CHECK_STR(srflx_addr_write_ip(&me.server, text), "127.0.0.1");
}

static void refuse(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                   const struct srflx_addr *from)
{
    (void)from;
    srflx_writer_reply(w, out, OUT, request, SRFLX_ERROR);
    srflx_put_error(w, 401, VIEW("\x1b[2J"));
}

TEST(an_error_answer_is_told_by_its_number)
{
    struct fake fake = {.count = 1, .answer = refuse};
    struct srflx_query_result me;

    start(&fake);
    CHECK_INT(query("127.0.0.1", fake.port, 5000, &me), SRFLX_ERROR_REJECTED);
    stop(&fake);
    check_failed(&me, "127.0.0.1:%u answered with an error: 401 Unauthenticated", fake.port);
}

static void say_nothing(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                        const struct srflx_addr *from)
{
    (void)from;
    srflx_writer_reply(w, out, OUT, request, SRFLX_SUCCESS);
}

TEST(an_answer_without_an_address_is_of_no_use)
{
    struct fake fake = {.count = 1, .answer = say_nothing};
    struct srflx_query_result me;

    start(&fake);
    CHECK_INT(query("127.0.0.1", fake.port, 5000, &me), SRFLX_ERROR_RESPONSE);
    stop(&fake);
    check_failed(&me, "127.0.0.1:%u: the server's answer cannot be used", fake.port);
}

static void confuse(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                    const struct srflx_addr *from)
{
    static const struct srflx_id other = {{0x21, 0x12, 0xa4, 0x42}};

    (void)request;
    srflx_writer_begin(w, out, OUT, srflx_type(SRFLX_METHOD_BINDING, SRFLX_SUCCESS), &other);
    srflx_put_addr(w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, from);
}

static void confuse_first(struct srflx_writer *w, uint8_t *out, const struct srflx_message *request,
                          const struct srflx_addr *from)
{
    static int requests;

    (requests++ ? success : confuse)(w, out, request, from);
}

/* spec: R8489-6.2.1-01 */
TEST(an_answer_to_something_else_does_not_stop_the_requests)
{
    struct fake fake = {.count = 2, .answer = confuse_first};
    struct srflx_query_result me;

    start(&fake);
    CHECK_INT(query("127.0.0.1", fake.port, 10000, &me), 0);
    stop(&fake);
    CHECK_INT(me.sent, 2);
    CHECK(srflx_addr_equal(&me.mapped, &me.local));
}

TEST(silence_ends_at_the_time_limit)
{
    struct srflx_query_result me;
    uint16_t port;
    int fd = open_on_loopback(&port);

    CHECK_INT(query("127.0.0.1", port, 1, &me), SRFLX_ERROR_TIMEOUT);
    check_failed(&me, "no answer from 127.0.0.1:%u: 1 request over UDP in 0.0 s", port);
    close(fd);
}

/* spec: R8489-6.2.1-17 */
TEST(a_closed_port_ends_it_at_once)
{
    struct srflx_query_result me;
    uint16_t port;

    close(open_on_loopback(&port));
    CHECK_INT(query("127.0.0.1", port, 5000, &me), SRFLX_ERROR_UNREACHABLE);
    check_failed(&me, "nobody listens on 127.0.0.1:%u: Connection refused", port);
}

/* Port 1 has no DNS server. */
TEST(a_name_that_nobody_can_find)
{
    struct srflx_query_options options;
    struct srflx_query_result me;

    srflx_query_options_defaults(&options);
    options.dns = "127.0.0.1:1";
    CHECK_INT(srflx_query("stun:nobody.example:3478", &options, &me), SRFLX_ERROR_NAME);
    check_failed(&me, "nobody.example: the DNS gives no answer that can be used", 0);
    options.dns = "nonsense";
    CHECK_INT(srflx_query("stun:nobody.example:3478", &options, &me), SRFLX_ERROR_ARGUMENT);
    check_failed(&me, "'stun:nobody.example:3478': an argument is outside its documented range", 0);
}

TEST(an_address_of_another_machine_cannot_be_bound)
{
    struct srflx_query_options options;
    struct srflx_query_result me;
    char want[SRFLX_QUERY_TEXT];

    srflx_query_options_defaults(&options);
    CHECK_INT(srflx_addr_parse("192.0.2.1", &options.local), 0);
    CHECK_INT(srflx_query("127.0.0.1", &options, &me), SRFLX_ERROR_SYSTEM);
    snprintf(want, sizeof want, "cannot bind to 192.0.2.1:0: %s", strerror(EADDRNOTAVAIL));
    check_failed(&me, want, 0);
}

static void check_refused(const struct srflx_query_options *options, const char *text)
{
    struct srflx_query_result me;

    memset(&me, 0xA5, sizeof me);
    CHECK_INT(srflx_query("127.0.0.1", options, &me), SRFLX_ERROR_ARGUMENT);
    check_failed(&me, text, 0);
}

TEST(options_outside_their_range_are_refused)
{
    struct srflx_query_options good, bad;

    srflx_query_options_defaults(&good);
    bad = good;
    bad.size = 0;
    check_refused(&bad, "options are not from defaults()");
    bad = good;
    bad.timeout_ms = 0;
    check_refused(&bad, "timeout_ms is not from 1 to 3600000");
    bad.timeout_ms = 3600001;
    check_refused(&bad, "timeout_ms is not from 1 to 3600000");
    bad = good;
    bad.family = 1;
    check_refused(&bad, "no such address family");
    bad = good;
    bad.family = SRFLX_IPV6;
    CHECK_INT(srflx_addr_parse("127.0.0.1", &bad.local), 0);
    check_refused(&bad, "the local address is of another family");
    bad = good;
    bad.transport = 5;
    check_refused(&bad, "no such transport");
    bad.transport = SRFLX_TLS;
    check_refused(&bad,
                  "'127.0.0.1': the transport belongs to the other scheme: UDP and TCP to stun:, "
                  "TLS and DTLS to stuns:");
    bad = good;
    bad.credentials = &(struct srflx_credentials){.size = 0};
    CHECK_INT(srflx_query("stun:127.0.0.1", &bad, &(struct srflx_query_result){.sent = 0}),
              SRFLX_ERROR_ARGUMENT);
}

TEST(a_family_limits_the_addresses)
{
    struct srflx_query_options options;
    struct srflx_query_result me;

    srflx_query_options_defaults(&options);
    options.family = SRFLX_IPV6;
    CHECK_INT(srflx_query("127.0.0.1", &options, &me), SRFLX_ERROR_NAME);
    check_failed(&me, "127.0.0.1: the name has no address of the family asked for", 0);
}

/* spec: R8489-8.1-02 R7350-4.1.1-03 */
TEST(an_address_has_no_certificate)
{
    struct srflx_query_options options;
    struct srflx_query_result me;

    srflx_query_options_defaults(&options);
    CHECK_INT(srflx_query("stuns:127.0.0.1", &options, &me), SRFLX_ERROR_NAMELESS);
    check_failed(
        &me,
        "'stuns:127.0.0.1': a stuns URI with an IP address names nobody whose certificate counts",
        0);
}

TEST(a_wrong_uri_is_quoted)
{
    struct srflx_query_options options;
    struct srflx_query_result me;

    srflx_query_options_defaults(&options);
    CHECK_INT(srflx_query("stun://example", &options, &me), SRFLX_ERROR_ARGUMENT);
    check_failed(
        &me, "'stun://example': nothing stands between the scheme and the host, no // either", 0);
}

static void *trigger(void *user)
{
    srflx_cancel_trigger(user);
    return NULL;
}

TEST(another_thread_can_cancel_it)
{
    struct srflx_query_options options;
    struct srflx_query_result me;
    struct srflx_cancel cancel;
    pthread_t other;
    uint16_t port;
    char uri[32];
    int fd = open_on_loopback(&port);

    CHECK_INT(srflx_cancel_init(&cancel), 0);
    srflx_query_options_defaults(&options);
    options.timeout_ms = 3600000;
    options.cancel = &cancel;
    snprintf(uri, sizeof uri, "127.0.0.1:%u", port);
    CHECK_INT(pthread_create(&other, NULL, trigger, &cancel), 0);
    CHECK_INT(srflx_query(uri, &options, &me), SRFLX_ERROR_CANCELLED);
    CHECK_INT(pthread_join(other, NULL), 0);
    check_failed(&me, "127.0.0.1: cancelled", 0);
    srflx_cancel_clean_up(&cancel);
    close(fd);
}

enum { THREADS = 20, ROUNDS = 10 };

static void *query_often(void *user)
{
    const struct fake *fake = user;
    struct srflx_query_result me;
    int i;

    for (i = 0; i < ROUNDS; i++)
        if (query("127.0.0.1", fake->port, 5000, &me) || !srflx_addr_equal(&me.mapped, &me.local))
            return "another thread's answer";
    return NULL;
}

TEST(threads_ask_side_by_side)
{
    struct fake fake = {.count = THREADS * ROUNDS, .answer = success};
    pthread_t threads[THREADS];
    void *complaint;
    int i;

    start(&fake);
    for (i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, query_often, &fake), 0);
    for (i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(threads[i], &complaint), 0);
        CHECK_NULL(complaint);
    }
    stop(&fake);
}

RUN(TEST_OF(an_answer_names_all_three_addresses), TEST_OF(the_local_address_is_the_one_asked_for),
    TEST_OF(the_next_address_is_asked_when_one_refuses),
    TEST_OF(an_error_answer_is_told_by_its_number),
    TEST_OF(an_answer_without_an_address_is_of_no_use),
    TEST_OF(an_answer_to_something_else_does_not_stop_the_requests),
    TEST_OF(silence_ends_at_the_time_limit), TEST_OF(a_closed_port_ends_it_at_once),
    TEST_OF(a_name_that_nobody_can_find), TEST_OF(an_address_of_another_machine_cannot_be_bound),
    TEST_OF(options_outside_their_range_are_refused), TEST_OF(a_family_limits_the_addresses),
    TEST_OF(an_address_has_no_certificate), TEST_OF(another_thread_can_cancel_it),
    TEST_OF(a_wrong_uri_is_quoted), TEST_OF(threads_ask_side_by_side))
