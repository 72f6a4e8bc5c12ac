/* What an idle connection weighs on a server. */
#include <malloc.h>
#include <stdlib.h>

#include "check.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { CONNECTIONS = 64, MOST = 18 * 1024 };

static char folder[TEST_PATH];
static struct test_identity leaf;
static struct srflx_secure_context *server, *client;
static struct test_pair pair;

/* A connection that has said "ping" and heard it; the client goes. */
static struct srflx_secure *open_one(void)
{
    test_pair_make(&pair, client, server, "stun.example");
    test_pair_run(&pair, 0);
    CHECK_INT(srflx_secure_write(pair.client.s, VIEW("ping"), &pair.client.out), 0);
    test_pair_run(&pair, 0);
    CHECK_INT(srflx_secure_write(pair.server.s, VIEW("pong"), &pair.server.out), 0);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.client.plain_len, 4);
    srflx_secure_destroy(pair.client.s);
    return pair.server.s;
}

static size_t weigh(void)
{
    struct srflx_secure *all[CONNECTIONS];
    size_t before, after;

    srflx_secure_destroy(open_one());
    before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (size_t i = 0; i < CONNECTIONS; i++)
        all[i] = open_one();
    after = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (size_t i = 0; i < CONNECTIONS; i++)
        srflx_secure_destroy(all[i]);
    return (after - before) / CONNECTIONS;
}

static void make_contexts(uint16_t version)
{
    struct srflx_secure_server_options options;
    struct srflx_secure_client_options wish;
    struct srflx_secure_identity files = {leaf.certificate, leaf.key};
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    if (srflx_secure_server_new(&options, &server, text)) FAIL("%s", text);
    srflx_secure_client_options_defaults(&wish);
    wish.insecure = true;
    wish.minimum = version;
    if (srflx_secure_client_new(&wish, &client, text)) FAIL("%s", text);
}

TEST(an_idle_connection_is_small)
{
    size_t bytes;

    test_folder_make(folder);
    test_identity_make(&leaf, folder, "leaf", &(struct test_wish){.names = "stun.example"});
    make_contexts(0x0304);
    bytes = weigh();
    print_message("an idle connection of TLS 1.3 weighs %zu bytes\n", bytes);
    CHECK(bytes > 1000 && bytes <= MOST);
    srflx_secure_context_destroy(server);
    srflx_secure_context_destroy(client);
    test_identity_drop(&leaf);
    test_folder_remove(folder);
}

RUN(TEST_OF(an_idle_connection_is_small))
