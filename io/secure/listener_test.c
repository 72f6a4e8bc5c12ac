/* DTLS: cookies, flights that get lost or come in another order, and what a stranger costs. */
#include <stdlib.h>

#include <openssl/ssl.h>

#include <srflx/clock.h>

#include "check.h"
#include "connection.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { TICKS_MOST = 60, NOTHING_LOST = 1000, SMALLEST = 100, HELLO = 600 };

static char folder[TEST_PATH];
static struct test_identity leaf, rsa;
static struct srflx_secure_context *server, *client;
static struct srflx_secure_listener *listener;
static struct test_end c, s;
static const struct srflx_addr peer = {{192, 0, 2, 7}, 0, 4242, SRFLX_IPV4};
static uint64_t now_ns;

static struct srflx_time test_now(void)
{
    return (struct srflx_time){.mono_ns = now_ns};
}

/* What happens to datagrams on their way. */
static struct network {
    unsigned seen, lost; /* the number of the one that gets lost */
    bool backwards;      /* of what is sent at a time, the last comes first */
} network;

/* OpenSSL takes 15 ms for nothing. */
static unsigned soon(SSL *ssl, unsigned timer_us)
{
    (void)ssl;
    (void)timer_us;
    return 25000;
}

static void hurry(const SSL *ssl, int where, int value)
{
    (void)value;
    if (where & SSL_CB_HANDSHAKE_START) DTLS_set_timer_cb((SSL *)(uintptr_t)ssl, soon);
}

/* An end that has begun, with its ClientHello. */
static void begin_with(struct srflx_secure_context *context, const char *name)
{
    struct srflx_secure *made;

    CHECK_INT(srflx_secure_new(context, SRFLX_DTLS, name, &made), 0);
    test_end_init(&c, made);
    test_end_init(&s, NULL);
    test_end_feed(&c, (struct srflx_view){NULL, 0});
    CHECK_INT(c.out.count, 1);
}

static void begin(void)
{
    begin_with(client, "stun.example");
}

static void end(void)
{
    srflx_secure_destroy(c.s);
    srflx_secure_destroy(s.s);
}

static void deliver(struct test_end *to, struct srflx_view datagram)
{
    CHECK(datagram.len <= SRFLX_SECURE_DATAGRAM);
    if (to != &s || s.s)
        test_end_feed(to, datagram);
    else
        CHECK(srflx_secure_listen(listener, datagram, &peer, &s.out, &s.s) >= 0);
}

static bool carry(struct test_end *from, struct test_end *to)
{
    static uint8_t bytes[TEST_BYTES];
    const struct srflx_secure_out sent = from->out;

    test_end_take(from, bytes);
    for (unsigned i = 0; i < sent.count; i++) {
        const unsigned at = network.backwards ? sent.count - 1 - i : i;
        const size_t start = at ? sent.ends[at - 1] : 0;
        if (network.seen++ != network.lost)
            deliver(to, (struct srflx_view){bytes + start, sent.ends[at] - start});
    }
    return sent.count > 0;
}

static void tick(struct test_end *end_of)
{
    if (!end_of->s) return;
    while (srflx_secure_wait_ms(end_of->s) && srflx_secure_wait_ms(end_of->s) != UINT32_MAX)
        continue;
    CHECK_INT(srflx_secure_tick(end_of->s, &end_of->out), 0);
}

/* Until both are open. */
static void run(void)
{
    for (int ticks = 0; ticks < TICKS_MOST; ticks++) {
        bool said = true;
        while (said) {
            said = carry(&c, &s);
            said |= carry(&s, &c);
        }
        if (s.s && srflx_secure_is_open(c.s) && srflx_secure_is_open(s.s)) return;
        tick(&c);
        tick(&s);
    }
    FAIL("no handshake with datagram %u lost", network.lost);
}

/* A message there and back. */
static void talk(void)
{
    CHECK_INT(srflx_secure_write(c.s, VIEW("ping"), &c.out), 0);
    CHECK_INT(c.out.count, 1);
    carry(&c, &s);
    CHECK_INT(s.plain_len, 4);
    CHECK_MEM(s.plain, "ping", 4);
    CHECK_INT(srflx_secure_write(s.s, VIEW("pong"), &s.out), 0);
    carry(&s, &c);
    CHECK_INT(c.plain_len, 4);
    CHECK_MEM(c.plain, "pong", 4);
}

/* spec: R7350-4.1-01 R7350-4.5-01 */
TEST(a_handshake_has_a_cookie_and_then_messages)
{
    network = (struct network){0, NOTHING_LOST, false};
    begin();
    CHECK(carry(&c, &s));
    CHECK_NULL(s.s);
    CHECK_INT(s.out.len, SRFLX_SECURE_HELLO_VERIFY);
    CHECK_INT(s.out.count, 1);
    CHECK_INT(s.bytes[13], 3);
    CHECK(srflx_secure_wait_ms(c.s) != UINT32_MAX);
    run();
    CHECK_STR(srflx_secure_version(s.s), "DTLSv1.2");
    CHECK_STR(srflx_secure_suite(c.s), "ECDHE-ECDSA-AES128-GCM-SHA256");
    CHECK_INT(srflx_secure_wait_ms(s.s), UINT32_MAX);
    talk();
    srflx_secure_close(c.s, &c.out);
    carry(&c, &s);
    CHECK_INT(s.last, SRFLX_ERROR_CLOSED);
    end();
}

TEST(any_datagram_may_get_lost)
{
    unsigned all;

    network = (struct network){0, NOTHING_LOST, false};
    begin();
    run();
    all = network.seen;
    end();
    CHECK(all >= 6);
    for (unsigned lost = 0; lost < all; lost++) {
        network = (struct network){0, lost, false};
        begin();
        run();
        CHECK(network.seen > lost);
        network.lost = NOTHING_LOST;
        talk();
        end();
    }
}

/* Several certificates make a flight of several datagrams. */
TEST(datagrams_may_come_backwards)
{
    network = (struct network){0, NOTHING_LOST, true};
    begin();
    run();
    talk();
    end();
}

TEST(a_datagram_may_come_twice)
{
    static uint8_t bytes[TEST_BYTES];
    size_t len;

    network = (struct network){0, NOTHING_LOST, false};
    begin();
    run();
    CHECK_INT(srflx_secure_write(c.s, VIEW("ping"), &c.out), 0);
    len = test_end_take(&c, bytes);
    test_end_feed(&s, (struct srflx_view){bytes, len});
    test_end_feed(&s, (struct srflx_view){bytes, len});
    bytes[len - 1] ^= 1;
    test_end_feed(&s, (struct srflx_view){bytes, len});
    CHECK_INT(s.last, 0);
    CHECK_INT(s.plain_len, 4);
    end();
}

TEST(output_without_room_is_a_retry)
{
    struct srflx_view nothing = {NULL, 0};
    uint8_t plain[64];

    network = (struct network){0, NOTHING_LOST, false};
    begin();
    carry(&c, &s);
    carry(&s, &c);
    s.out.cap = 10;
    carry(&c, &s);
    CHECK(s.s != NULL);
    CHECK(srflx_secure_is_full(s.s));
    CHECK_INT(s.out.len, 0);
    s.out.cap = sizeof s.bytes;
    CHECK_INT(srflx_secure_read(s.s, &nothing, &s.out, plain, sizeof plain), 0);
    CHECK(!srflx_secure_is_full(s.s));
    run();
    s.out.count = SRFLX_SECURE_DATAGRAMS;
    CHECK_INT(srflx_secure_write(s.s, VIEW("pong"), &s.out), SRFLX_ERROR_SPACE);
    s.out.count = 0;
    talk();
    end();
}

TEST(a_message_fits_a_datagram_or_is_refused)
{
    static const uint8_t big[SRFLX_SECURE_PLAIN_MAX + 1];

    network = (struct network){0, NOTHING_LOST, false};
    begin();
    run();
    CHECK_INT(srflx_secure_write(c.s, (struct srflx_view){big, sizeof big}, &c.out),
              SRFLX_ERROR_ARGUMENT);
    c.out.cap = SRFLX_SECURE_DATAGRAM;
    CHECK_INT(srflx_secure_write(c.s, (struct srflx_view){big, sizeof big - 1}, &c.out), 0);
    CHECK_INT(c.out.count, 1);
    c.out.cap = sizeof c.bytes;
    carry(&c, &s);
    CHECK_INT(s.plain_len, sizeof big - 1);
    end();
}

/* Cookies */

/* The ClientHello that has `from`'s cookie in it, into HELLO bytes. */
static size_t hello_with_cookie(struct srflx_secure_listener *from,
                                const struct srflx_addr *address, uint8_t *ret_bytes)
{
    struct srflx_secure *none;

    network = (struct network){0, NOTHING_LOST, false};
    begin();
    CHECK_INT(
        srflx_secure_listen(from, (struct srflx_view){c.bytes, c.out.len}, address, &s.out, &none),
        0);
    c.out.len = 0;
    c.out.count = 0;
    carry(&s, &c);
    CHECK(c.out.len && c.out.len <= HELLO);
    return test_end_take(&c, ret_bytes);
}

/* 1: it is taken; 0: it is sent back for another; -1: silence. */
static int taken(struct srflx_secure_listener *by, const struct srflx_addr *address,
                 struct srflx_view hello)
{
    struct srflx_secure *made = NULL;
    const int got = srflx_secure_listen(by, hello, address, &s.out, &made);
    const bool silent = !s.out.len;

    srflx_secure_destroy(made);
    s.out.len = 0;
    s.out.count = 0;
    return !got && silent ? -1 : got;
}

TEST(a_cookie_is_good_for_its_peer_and_a_minute_or_two)
{
    const struct srflx_addr other_port = {{192, 0, 2, 7}, 0, 4243, SRFLX_IPV4};
    const struct srflx_addr other_ip = {{192, 0, 2, 8}, 0, 4242, SRFLX_IPV4};
    const struct srflx_addr other_family = {{192, 0, 2, 7}, 0, 4242, SRFLX_IPV6};
    uint8_t bytes[HELLO];
    struct srflx_view hello = {bytes, 0};

    server->now = test_now;
    now_ns = UINT64_C(1000) << 36;
    hello.len = hello_with_cookie(listener, &peer, bytes);
    CHECK_INT(taken(listener, &peer, hello), 1);
    CHECK_INT(taken(listener, &other_port, hello), 0);
    CHECK_INT(taken(listener, &other_ip, hello), 0);
    CHECK_INT(taken(listener, &other_family, hello), 0);
    now_ns = (UINT64_C(1002) << 36) - 1;
    CHECK_INT(taken(listener, &peer, hello), 1);
    now_ns++;
    CHECK_INT(taken(listener, &peer, hello), 0);
    server->now = srflx_clock_now;
    end();
}

static struct srflx_secure_context *serve_with(const struct test_identity *identity,
                                               const uint8_t *secret)
{
    struct srflx_secure_identity files = {identity->certificate, identity->key};
    struct srflx_secure_server_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    options.legacy = true; /* means nothing here: R7350-3-11 */
    options.secret = secret;
    if (srflx_secure_server_new(&options, &context, text)) FAIL("%s", text);
    SSL_CTX_set_info_callback(srflxi_context_ssl(context, true), hurry);
    return context;
}

static struct srflx_secure_context *serve(const struct test_identity *identity)
{
    return serve_with(identity, NULL);
}

/* As when certificates are exchanged while clients are on their way. */
TEST(contexts_with_one_secret_share_cookies)
{
    static const uint8_t secret[SRFLX_SECURE_SECRET] = {1, [SRFLX_SECURE_SECRET - 1] = 2};
    struct srflx_secure_context *before = serve_with(&leaf, secret);
    struct srflx_secure_context *after = serve_with(&leaf, secret);
    struct srflx_secure_listener *first, *second;
    uint8_t bytes[HELLO];
    struct srflx_view hello = {bytes, 0};

    CHECK_INT(srflx_secure_listener_new(before, &first), 0);
    CHECK_INT(srflx_secure_listener_new(after, &second), 0);
    hello.len = hello_with_cookie(first, &peer, bytes);
    CHECK_INT(taken(second, &peer, hello), 1);
    CHECK_INT(taken(listener, &peer, hello), 0);
    srflx_secure_listener_destroy(first);
    srflx_secure_listener_destroy(second);
    srflx_secure_context_destroy(before);
    srflx_secure_context_destroy(after);
    end();
}

TEST(listeners_of_a_context_share_cookies)
{
    struct srflx_secure_context *another = serve(&leaf);
    struct srflx_secure_listener *second, *stranger;
    uint8_t bytes[HELLO];
    struct srflx_view hello = {bytes, 0};

    CHECK_INT(srflx_secure_listener_new(server, &second), 0);
    CHECK_INT(srflx_secure_listener_new(another, &stranger), 0);
    srflx_secure_context_destroy(another);
    hello.len = hello_with_cookie(listener, &peer, bytes);
    CHECK_INT(taken(second, &peer, hello), 1);
    CHECK_INT(taken(stranger, &peer, hello), 0);
    srflx_secure_listener_destroy(second);
    srflx_secure_listener_destroy(stranger);
    CHECK_INT(srflx_secure_listener_new(client, &second), SRFLX_ERROR_ARGUMENT);
    end();
}

/* What came with the right cookie, and then turns out to be no good, gets an alert and leaves nothing. */
TEST(a_right_cookie_in_a_wrong_hello_is_refused)
{
    static const uint8_t alert[] = {21, 254};
    struct srflx_secure *none;
    uint8_t bytes[HELLO];
    struct srflx_view hello = {bytes, 0};

    hello.len = hello_with_cookie(listener, &peer, bytes);
    memset(bytes + 13 + 12 + 2 + 32 + 1 + 1 + 8, 0xFF, 2);
    CHECK_INT(srflx_secure_listen(listener, hello, &peer, &s.out, &none), 0);
    CHECK_INT(s.out.len, 15);
    CHECK_MEM(s.bytes, alert, sizeof alert);
    CHECK_INT(s.bytes[13], 2);
    end();
}

/* spec: R7350-3-11 */
TEST(dtls_1_0_is_not_spoken)
{
    uint8_t bytes[HELLO];
    struct srflx_view hello = {bytes, 0};

    hello.len = hello_with_cookie(listener, &peer, bytes);
    bytes[13 + 12 + 1] = 0xFF;
    CHECK_INT(taken(listener, &peer, hello), -1);
    CHECK_INT(SSL_CTX_get_min_proto_version(srflxi_context_ssl(server, true)), DTLS1_2_VERSION);
    end();
}

/* What is silent, and what is cheap: the first flight of anything but a fine ClientHello. */
TEST(silence_is_the_answer_to_everything_else)
{
    uint8_t bytes[HELLO], spoilt[HELLO];
    const struct srflx_view hello = {bytes, hello_with_cookie(listener, &peer, bytes)};
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0, 21},              /* an alert */
        {0, 23},              /* data */
        {0, 0},               /* STUN */
        {1, 3},               /* TLS */
        {2, 252},             /* DTLS 1.3's number stands elsewhere */
        {3, 1},               /* another epoch */
        {4, 1},               /* likewise */
        {11, 0xFF},           /* a record longer than the datagram */
        {12, 0},              /* or shorter */
        {13, 2},              /* no ClientHello */
        {13 + 1, 1},          /* a message in fragments */
        {13 + 3, 1},          /* likewise */
        {13 + 5, 2},          /* a third message */
        {13 + 8, 1},          /* a fragment from the middle */
        {13 + 11, 1},         /* a short fragment */
        {13 + 12, 3},         /* a version of TLS */
        {13 + 12 + 34, 33},   /* too long a session */
        {13 + 12 + 35, 0xFF}, /* a huge cookie */
        {13 + 12 + 35, 7},    /* a short one */
        {13 + 12 + 35, 20},   /* another's */
    };

    CHECK_INT(taken(listener, &peer, hello), 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(spoilt, bytes, hello.len);
        spoilt[changes[i].at] = changes[i].value;
        CHECK_INT(taken(listener, &peer, (struct srflx_view){spoilt, hello.len}), -1);
    }
    for (size_t len = 0; len < hello.len; len++)
        CHECK_INT(taken(listener, &peer, (struct srflx_view){bytes, len}), -1);
    end();
}

TEST(no_room_is_silence_too)
{
    struct srflx_secure *none;

    begin();
    s.out.cap = SRFLX_SECURE_HELLO_VERIFY - 1;
    CHECK_INT(srflx_secure_listen(listener, (struct srflx_view){c.bytes, c.out.len}, &peer, &s.out,
                                  &none),
              0);
    CHECK_INT(s.out.len, 0);
    s.out.cap++;
    s.out.count = SRFLX_SECURE_DATAGRAMS;
    CHECK_INT(srflx_secure_listen(listener, (struct srflx_view){c.bytes, c.out.len}, &peer, &s.out,
                                  &none),
              0);
    CHECK_INT(s.out.len, 0);
    s.out.count = 0;
    CHECK_INT(srflx_secure_listen(listener, (struct srflx_view){c.bytes, c.out.len}, &peer, &s.out,
                                  &none),
              0);
    CHECK_INT(s.out.len, SRFLX_SECURE_HELLO_VERIFY);
    end();
}

/* The ClientHello of a client as such, with less and less behind the cookie. */
TEST(a_hello_that_is_too_short_gets_no_answer)
{
    uint8_t bytes[HELLO];
    size_t len, shortest = 0;

    begin();
    len = c.out.len;
    memcpy(bytes, c.bytes, len);
    for (; len > 90 && !shortest; len--) {
        bytes[12] = (uint8_t)(len - 13);
        bytes[13 + 3] = bytes[13 + 11] = (uint8_t)(len - 25);
        if (taken(listener, &peer, (struct srflx_view){bytes, len}) == -1) shortest = len + 1;
    }
    CHECK_INT(shortest, SMALLEST);
    CHECK_INT(2 * (SRFLX_SECURE_HELLO_VERIFY + 28), SMALLEST + 28);
    end();
}

/* An answer to an ordinary one is 0.3 of it at most, with the 28 bytes of IPv4 and UDP. */
/* Short ones, which an answer is half of: what there is at first, then 0.3 of what comes, and a hundred more when
 * a second has passed. */
TEST(a_flood_gets_less_than_it_sends)
{
    enum { FLOOD = 100000, ANSWER = SRFLX_SECURE_HELLO_VERIFY + 28, ASKED = SMALLEST + 28 };
    uint8_t bytes[HELLO];
    const struct srflx_view hello = {bytes, SMALLEST};
    unsigned answers = 0, more = 0;

    server->now = test_now;
    now_ns = 0;
    begin();
    memcpy(bytes, c.bytes, SMALLEST);
    bytes[12] = SMALLEST - 13;
    bytes[13 + 3] = bytes[13 + 11] = SMALLEST - 25;
    for (unsigned i = 0; i < FLOOD; i++)
        answers += taken(listener, &peer, hello) == 0;
    CHECK(answers * ANSWER <= FLOOD * ASKED * 3 / 10 + 16384);
    CHECK(answers * ANSWER > FLOOD * ASKED * 29 / 100);
    now_ns = 1000000000;
    for (unsigned i = 0; i < 1000; i++)
        more += taken(listener, &peer, hello) == 0;
    CHECK(more * ANSWER > 1000 * ASKED * 29 / 100 + 6300);
    server->now = srflx_clock_now;
    end();
}

TEST(our_own_clients_are_answered)
{
    struct srflx_secure_client_options options;
    struct srflx_secure_context *plain;
    char text[SRFLX_SECURE_TEXT];

    begin();
    CHECK(10 * (SRFLX_SECURE_HELLO_VERIFY + 28) <= 3 * (c.out.len + 28));
    end();
    srflx_secure_client_options_defaults(&options);
    options.insecure = true;
    options.alpn = false;
    CHECK_INT(srflx_secure_client_new(&options, &plain, text), 0);
    begin_with(plain, NULL);
    CHECK(c.out.len >= SMALLEST);
    end();
    srflx_secure_context_destroy(plain);
}

/* Both suites that STUN demands. spec: R7350-3-03 */
TEST(rsa_suites_are_spoken)
{
    static const char *const suites[] = {"DHE-RSA-AES128-GCM-SHA256",
                                         "ECDHE-RSA-AES128-GCM-SHA256"};
    struct srflx_secure_context *kept = server, *with_rsa = serve(&rsa);
    struct srflx_secure_listener *kept_listener = listener;

    server = with_rsa;
    CHECK_INT(srflx_secure_listener_new(server, &listener), 0);
    for (size_t i = 0; i < 2; i++) {
        struct srflx_secure *made;
        network = (struct network){0, NOTHING_LOST, false};
        CHECK_INT(srflx_secure_new(client, SRFLX_DTLS, "stun.example", &made), 0);
        CHECK(SSL_set_cipher_list(made->ssl, suites[i]) == 1);
        test_end_init(&c, made);
        test_end_init(&s, NULL);
        test_end_feed(&c, (struct srflx_view){NULL, 0});
        run();
        CHECK_STR(srflx_secure_suite(s.s), suites[i]);
        talk();
        end();
    }
    srflx_secure_listener_destroy(listener);
    srflx_secure_context_destroy(with_rsa);
    listener = kept_listener;
    server = kept;
}

static int set_up(void **state)
{
    struct srflx_secure_client_options options;
    char text[SRFLX_SECURE_TEXT];

    (void)state;
    test_folder_make(folder);
    test_identity_make(&leaf, folder, "leaf", &(struct test_wish){.names = "stun.example"});
    test_identity_make(&rsa, folder, "rsa",
                       &(struct test_wish){.names = "stun.example", .rsa_bits = 2048});
    server = serve(&leaf);
    srflx_secure_client_options_defaults(&options);
    options.insecure = true;
    if (srflx_secure_client_new(&options, &client, text)) return -1;
    SSL_CTX_set_info_callback(srflxi_context_ssl(client, true), hurry);
    return srflx_secure_listener_new(server, &listener);
}

static int clean_up(void **state)
{
    (void)state;
    srflx_secure_listener_destroy(listener);
    srflx_secure_context_destroy(server);
    srflx_secure_context_destroy(client);
    test_identity_drop(&leaf);
    test_identity_drop(&rsa);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_handshake_has_a_cookie_and_then_messages),
        TEST_OF(any_datagram_may_get_lost),
        TEST_OF(datagrams_may_come_backwards),
        TEST_OF(a_datagram_may_come_twice),
        TEST_OF(output_without_room_is_a_retry),
        TEST_OF(a_message_fits_a_datagram_or_is_refused),
        TEST_OF(a_cookie_is_good_for_its_peer_and_a_minute_or_two),
        TEST_OF(contexts_with_one_secret_share_cookies),
        TEST_OF(listeners_of_a_context_share_cookies),
        TEST_OF(a_right_cookie_in_a_wrong_hello_is_refused),
        TEST_OF(dtls_1_0_is_not_spoken),
        TEST_OF(silence_is_the_answer_to_everything_else),
        TEST_OF(no_room_is_silence_too),
        TEST_OF(a_hello_that_is_too_short_gets_no_answer),
        TEST_OF(a_flood_gets_less_than_it_sends),
        TEST_OF(our_own_clients_are_answered),
        TEST_OF(rsa_suites_are_spoken),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
