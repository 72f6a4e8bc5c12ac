/* Clients of DTLS and the server's table of them, in one program and without a clock. */
#include <check.h>

#include "dtls.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { CLIENTS = 6 };

static char folder[TEST_PATH];
static struct test_identity identity;
static struct srflx_secure_context *context, *client_context;

static struct world {
    struct srflx_dtls *dtls;
    struct srflx_time now;
    struct test_end clients[CLIENTS];
    unsigned datagrams; /* sent by the server */
    struct srflx_dtls_path last;
} w;

/* Says the message again, behind its transport. */
static void echo(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    (void)user;
    CHECK_INT(packet->transport, SRFLX_DTLS);
    if (packet->bytes.len > 100) return;
    memcpy(reply->buf, packet->bytes.ptr, packet->bytes.len);
    reply->len = packet->bytes.len;
}

static struct srflx_dtls_path path_of(unsigned number)
{
    struct srflx_dtls_path path = {.peer = {{192, 0, 2, 1}, 0, (uint16_t)(1000 + number), 4},
                                   .local = {{192, 0, 2, 99}, 0, 5349, 4},
                                   .socket = number};

    path.client = path.peer;
    path.asked = path.local;
    return path;
}

static void to_client(void *user, const struct srflx_dtls_path *path, struct srflx_view datagram)
{
    (void)user;
    w.datagrams++;
    w.last = *path;
    if (w.clients[path->socket].s) test_end_feed(&w.clients[path->socket], datagram);
}

static void begin(const struct srflx_dtls_options *wish)
{
    struct srflx_dtls_options options;

    srflx_dtls_options_defaults(&options);
    if (wish->associations) options.associations = wish->associations;
    if (wish->per_address) options.per_address = wish->per_address;
    options.handler = (struct srflx_handler){echo, NULL};
    options.send = to_client;
    memset(&w, 0, sizeof w);
    w.now.mono_ns = 1000000000;
    CHECK_INT(srflx_dtls_new(&options, &w.dtls), 0);
    srflx_dtls_set_security(w.dtls, context);
}

static void begin_plainly(void)
{
    begin(&(struct srflx_dtls_options){0});
}

static void end(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        srflx_secure_destroy(w.clients[i].s);
    srflx_dtls_destroy(w.dtls);
}

static void pass(unsigned ms)
{
    w.now.mono_ns += (uint64_t)ms * 1000000;
}

/* What the client has to say goes to the server, whose answers come back at once. */
static void carry(unsigned number)
{
    static uint8_t bytes[TEST_BYTES];
    const struct srflx_dtls_path path = path_of(number);
    struct test_end *client = &w.clients[number];

    while (client->out.count) {
        const struct srflx_secure_out sent = client->out;
        test_end_take(client, bytes);
        for (unsigned i = 0; i < sent.count; i++) {
            const size_t at = i ? sent.ends[i - 1] : 0;
            srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes + at, sent.ends[i] - at},
                            w.now);
        }
    }
}

static void start(unsigned number)
{
    struct srflx_secure *made;

    srflx_secure_destroy(w.clients[number].s);
    CHECK_INT(srflx_secure_new(client_context, SRFLX_DTLS, "a.example", &made), 0);
    test_end_init(&w.clients[number], made);
    test_end_feed(&w.clients[number], (struct srflx_view){NULL, 0});
}

static void shake(unsigned number)
{
    start(number);
    carry(number);
}

static bool is_answered(unsigned number)
{
    struct test_end *client = &w.clients[number];
    const size_t before = client->plain_len;

    if (srflx_secure_write(client->s, VIEW("hello"), &client->out)) return false;
    carry(number);
    return client->plain_len == before + 5 && !memcmp(client->plain + before, "hello", 5);
}

static const struct srflx_dtls_counters *counters(void)
{
    return srflx_dtls_counters(w.dtls);
}

TEST(a_client_shakes_hands_and_is_answered)
{
    const struct srflx_dtls_path path = path_of(2);

    begin_plainly();
    shake(2);
    CHECK(srflx_secure_is_open(w.clients[2].s));
    CHECK_INT(counters()->cookies, 1);
    CHECK_INT(counters()->begun, 1);
    CHECK_INT(counters()->completed, 1);
    CHECK_INT(counters()->open, 1);
    CHECK(is_answered(2) && is_answered(2));
    CHECK_INT(counters()->messages, 2);
    CHECK_INT(counters()->answers, 2);
    CHECK_MEM(&w.last, &path, sizeof path);
    end();
}

/* spec: R8489-13-01 R7350-4.1-01 */
TEST(nothing_is_kept_before_the_cookie_comes_back)
{
    static uint8_t bytes[TEST_BYTES];
    struct srflx_dtls_path path;
    size_t len;

    begin_plainly();
    start(0);
    len = test_end_take(&w.clients[0], bytes);
    for (unsigned i = 0; i < 1000; i++) {
        path = path_of(i);
        path.socket = 1;
        srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes, len}, w.now);
    }
    CHECK_INT(counters()->cookies, 1000);
    CHECK_INT(w.datagrams, 1000);
    CHECK_INT(counters()->open, 0);
    CHECK_INT(srflx_dtls_tick(w.dtls, w.now), -1);
    end();
}

/* spec: R7350-3-08 */
TEST(the_handshake_and_silence_have_their_time)
{
    begin_plainly();
    shake(0);
    pass(29999);
    CHECK(srflx_dtls_tick(w.dtls, w.now) >= 0);
    CHECK(is_answered(0));
    pass(29999);
    srflx_dtls_tick(w.dtls, w.now);
    CHECK_INT(counters()->idle, 0);
    pass(1);
    CHECK_INT(srflx_dtls_tick(w.dtls, w.now), -1);
    CHECK_INT(counters()->idle, 1);
    CHECK_INT(counters()->open, 0);
    CHECK(!is_answered(0));
    CHECK_INT(counters()->strays, 1);
    end();
}

/* Its second ClientHello is the last that is heard of it. */
static void abandon(unsigned number)
{
    static uint8_t bytes[TEST_BYTES];
    const struct srflx_dtls_path path = path_of(number);

    for (unsigned i = 0; i < 2; i++) {
        size_t len;
        if (!i) start(number);
        len = test_end_take(&w.clients[number], bytes);
        srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes, len}, w.now);
    }
    w.clients[number].out.len = 0;
    w.clients[number].out.count = 0;
}

TEST(a_handshake_that_is_not_ended_is_given_up)
{
    begin_plainly();
    abandon(0);
    CHECK_INT(counters()->open, 1);
    pass(4999);
    CHECK(srflx_dtls_tick(w.dtls, w.now) <= 2);
    CHECK_INT(counters()->late, 0);
    pass(1);
    srflx_dtls_tick(w.dtls, w.now);
    CHECK_INT(counters()->late, 1);
    CHECK_INT(counters()->open, 0);
    end();
}

TEST(the_longest_idle_makes_room)
{
    begin(&(struct srflx_dtls_options){.associations = 3});
    for (unsigned i = 0; i < 3; i++) {
        shake(i);
        pass(10);
    }
    CHECK(is_answered(0));
    shake(3);
    CHECK_INT(counters()->evicted, 1);
    CHECK(is_answered(0) && !is_answered(1) && is_answered(2) && is_answered(3));
    CHECK_INT(counters()->open, 3);
    end();
}

TEST(one_address_has_its_share_alone)
{
    begin(&(struct srflx_dtls_options){.per_address = 2});
    shake(0);
    shake(1);
    shake(2);
    CHECK(!srflx_secure_is_open(w.clients[2].s));
    CHECK_INT(counters()->refused_address, 1);
    CHECK(is_answered(0) && is_answered(1));
    pass(30000);
    srflx_dtls_tick(w.dtls, w.now);
    shake(2);
    CHECK(is_answered(2));
    end();
}

/* RFC 6347 section 4.2.8. */
TEST(a_client_may_begin_anew_and_a_forger_not)
{
    static uint8_t bytes[TEST_BYTES];
    const struct srflx_dtls_path path = path_of(0);
    struct srflx_secure *before;
    size_t len;

    begin_plainly();
    shake(0);
    CHECK(is_answered(0));
    before = w.clients[0].s; /* which a forger knows nothing of */
    w.clients[0].s = NULL;
    start(0);
    len = test_end_take(&w.clients[0], bytes);
    srflx_secure_destroy(w.clients[0].s);
    test_end_init(&w.clients[0], NULL);
    srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes, len}, w.now);
    CHECK_INT(counters()->cookies, 2);
    test_end_init(&w.clients[0], before);
    CHECK(is_answered(0));
    shake(0);
    CHECK(is_answered(0));
    CHECK_INT(counters()->open, 1);
    CHECK_INT(counters()->completed, 2);
    end();
}

/* What the network, or somebody who listens, sends twice. */
TEST(a_late_copy_of_a_hello_ends_nothing)
{
    static uint8_t bytes[TEST_BYTES];
    const struct srflx_dtls_path path = path_of(0);
    struct srflx_view hello = {bytes, 0};

    begin_plainly();
    start(0);
    hello.len = test_end_take(&w.clients[0], bytes);
    srflx_dtls_feed(w.dtls, &path, hello, w.now);
    hello.len = test_end_take(&w.clients[0], bytes); /* with its cookie */
    srflx_dtls_feed(w.dtls, &path, hello, w.now);
    carry(0);
    CHECK(is_answered(0));
    srflx_dtls_feed(w.dtls, &path, hello, w.now);
    CHECK_INT(counters()->strays, 1);
    CHECK_INT(counters()->begun, 1);
    CHECK(is_answered(0));
    end();
}

TEST(a_handshake_may_begin_anew_from_the_same_port)
{
    begin_plainly();
    abandon(0);
    CHECK_INT(counters()->begun, 1);
    shake(0);
    CHECK(is_answered(0));
    CHECK_INT(counters()->failed, 1);
    CHECK_INT(counters()->open, 1);
    end();
}

/* spec: R7350-3-08 */
TEST(the_client_says_goodbye)
{
    begin_plainly();
    shake(0);
    srflx_secure_close(w.clients[0].s, &w.clients[0].out);
    carry(0);
    CHECK_INT(counters()->closed, 1);
    CHECK_INT(counters()->open, 0);
    end();
}

TEST(what_is_no_record_changes_nothing)
{
    const struct srflx_dtls_path path = path_of(0);
    uint8_t bytes[64];

    begin_plainly();
    shake(0);
    for (unsigned first = 0; first < 256; first++) {
        memset(bytes, (int)first, sizeof bytes);
        srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes, sizeof bytes}, w.now);
        srflx_dtls_feed(w.dtls, &path, (struct srflx_view){bytes, first % sizeof bytes}, w.now);
    }
    CHECK(is_answered(0));
    end();
}

TEST(without_a_certificate_nobody_is_answered)
{
    begin_plainly();
    srflx_dtls_set_security(w.dtls, NULL);
    shake(0);
    CHECK_INT(counters()->no_certificate, 1);
    CHECK_INT(w.datagrams, 0);
    end();
}

TEST(associations_outlive_their_certificate)
{
    begin_plainly();
    shake(0);
    srflx_dtls_set_security(w.dtls, NULL);
    CHECK(is_answered(0));
    end();
}

TEST(options_are_checked)
{
    struct srflx_dtls_options options;
    struct srflx_dtls *dtls;

    srflx_dtls_options_defaults(&options);
    CHECK_INT(srflx_dtls_new(&options, &dtls), SRFLX_ERROR_ARGUMENT);
    options.handler.handle = echo;
    CHECK_INT(srflx_dtls_new(&options, &dtls), SRFLX_ERROR_ARGUMENT);
    options.send = to_client;
    options.associations = 0;
    CHECK_INT(srflx_dtls_new(&options, &dtls), SRFLX_ERROR_ARGUMENT);
    options.associations = SRFLX_DTLS_ASSOCIATIONS_MOST + 1;
    CHECK_INT(srflx_dtls_new(&options, &dtls), SRFLX_ERROR_ARGUMENT);
}

static int make_contexts(void **state)
{
    struct srflx_secure_server_options server;
    struct srflx_secure_client_options client;
    struct srflx_secure_identity files;
    char text[SRFLX_SECURE_TEXT];

    (void)state;
    test_folder_make(folder);
    test_identity_make(&identity, folder, "a", &(struct test_wish){.names = "a.example"});
    files = (struct srflx_secure_identity){identity.certificate, identity.key};
    srflx_secure_server_options_defaults(&server);
    server.identities = &files;
    server.identity_count = 1;
    srflx_secure_client_options_defaults(&client);
    client.insecure = true;
    return srflx_secure_server_new(&server, &context, text) ||
           srflx_secure_client_new(&client, &client_context, text);
}

static int drop_contexts(void **state)
{
    (void)state;
    srflx_secure_context_destroy(context);
    srflx_secure_context_destroy(client_context);
    test_identity_drop(&identity);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_client_shakes_hands_and_is_answered),
        TEST_OF(nothing_is_kept_before_the_cookie_comes_back),
        TEST_OF(the_handshake_and_silence_have_their_time),
        TEST_OF(a_handshake_that_is_not_ended_is_given_up),
        TEST_OF(the_longest_idle_makes_room),
        TEST_OF(one_address_has_its_share_alone),
        TEST_OF(a_client_may_begin_anew_and_a_forger_not),
        TEST_OF(a_late_copy_of_a_hello_ends_nothing),
        TEST_OF(a_handshake_may_begin_anew_from_the_same_port),
        TEST_OF(the_client_says_goodbye),
        TEST_OF(what_is_no_record_changes_nothing),
        TEST_OF(without_a_certificate_nobody_is_answered),
        TEST_OF(associations_outlive_their_certificate),
        TEST_OF(options_are_checked),
    };

    return cmocka_run_group_tests(tests, make_contexts, drop_contexts);
}
