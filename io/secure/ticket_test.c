/* Session tickets: none unless wanted, and for an hour or two then. */
#include <stdlib.h>

#include <openssl/ssl.h>

#include "check.h"
#include "connection.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { HOUR_MS = 3600000 };

static char folder[TEST_PATH];
static struct test_identity leaf;
static struct srflx_secure_context *client, *on, *also_on, *off;
static struct test_pair pair;
static SSL_SESSION *kept;
static uint64_t now_ms;

/* In half an hour of the tests' own. */
static struct srflx_time test_now(void)
{
    return (struct srflx_time){.unix_ms = now_ms + HOUR_MS / 2};
}

static struct srflx_secure_context *serve(bool tickets)
{
    const struct srflx_secure_identity files = {leaf.certificate, leaf.key};
    struct srflx_secure_server_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    options.tickets = tickets;
    if (srflx_secure_server_new(&options, &context, text)) FAIL("%s", text);
    context->now = test_now;
    return context;
}

/* Our clients never resume; this one may. Keeps the session that it ends up with. Returns whether the old
 * one was resumed. */
static bool connect_again(struct srflx_secure_context *server, int version)
{
    bool resumed;
    SSL *ssl;

    test_pair_make(&pair, client, server, "stun.example");
    ssl = pair.client.s->ssl;
    SSL_clear_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_max_proto_version(ssl, version);
    if (kept) CHECK(SSL_set_session(ssl, kept) == 1);
    test_pair_run(&pair, 0);
    CHECK(srflx_secure_is_open(pair.client.s) && srflx_secure_is_open(pair.server.s));
    resumed = SSL_session_reused(pair.server.s->ssl) == 1;
    CHECK_INT(SSL_session_reused(ssl), resumed);
    SSL_SESSION_free(kept);
    kept = SSL_get1_session(ssl);
    /* OpenSSL does not resume what has not been closed. */
    srflx_secure_close(pair.client.s, &pair.client.out);
    test_pair_drop(&pair);
    return resumed;
}

static void forget(void)
{
    SSL_SESSION_free(kept);
    kept = NULL;
}

TEST(there_are_no_tickets_by_default)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        forget();
        CHECK(!connect_again(off, version));
        CHECK(!SSL_SESSION_is_resumable(kept) || !SSL_SESSION_has_ticket(kept));
        CHECK(!connect_again(off, version));
        forget();
        CHECK(!connect_again(on, version));
        CHECK(!connect_again(off, version));
    }
}

TEST(clients_resume_if_that_is_wanted)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        forget();
        CHECK(!connect_again(on, version));
        CHECK(SSL_SESSION_has_ticket(kept));
        CHECK(connect_again(on, version));
        CHECK(connect_again(on, version));
    }
}

TEST(keys_change_with_the_hour)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SSL_SESSION *first;
        forget();
        now_ms = 1000ull * HOUR_MS;
        CHECK(!connect_again(on, version));
        first = SSL_SESSION_dup(kept);
        now_ms += HOUR_MS;
        CHECK(connect_again(on, version));
        now_ms += HOUR_MS;
        CHECK(connect_again(on, version));
        SSL_SESSION_free(kept);
        kept = first;
        CHECK(!connect_again(on, version));
    }
}

TEST(another_server_has_other_keys)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        forget();
        CHECK(!connect_again(on, version));
        CHECK(!connect_again(also_on, version));
    }
}

/* Of a million ways one: the ticket's last byte. */
TEST(a_spoilt_ticket_is_no_ticket)
{
    const unsigned char *ticket;
    size_t len;

    forget();
    CHECK(!connect_again(on, TLS1_2_VERSION));
    SSL_SESSION_get0_ticket(kept, &ticket, &len);
    CHECK(len > 64);
    ((unsigned char *)(uintptr_t)ticket)[len - 1] ^= 1;
    CHECK(!connect_again(on, TLS1_2_VERSION));
}

static int set_up(void **state)
{
    struct srflx_secure_client_options wish;
    char text[SRFLX_SECURE_TEXT];

    (void)state;
    test_folder_make(folder);
    test_identity_make(&leaf, folder, "leaf", &(struct test_wish){.names = "stun.example"});
    srflx_secure_client_options_defaults(&wish);
    wish.insecure = true;
    on = serve(true);
    also_on = serve(true);
    off = serve(false);
    return srflx_secure_client_new(&wish, &client, text);
}

static int clean_up(void **state)
{
    (void)state;
    forget();
    srflx_secure_context_destroy(client);
    srflx_secure_context_destroy(on);
    srflx_secure_context_destroy(also_on);
    srflx_secure_context_destroy(off);
    test_identity_drop(&leaf);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(there_are_no_tickets_by_default), TEST_OF(clients_resume_if_that_is_wanted),
        TEST_OF(keys_change_with_the_hour),       TEST_OF(another_server_has_other_keys),
        TEST_OF(a_spoilt_ticket_is_no_ticket),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
