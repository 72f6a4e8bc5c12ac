#include "secure.h"

#include "fuzz.h"
#include "identity_for_tests.h"

struct srflx_secure_context *fuzz_server(void)
{
    static struct srflx_secure_context *server;
    struct srflx_secure_server_options options;
    struct srflx_secure_identity files;
    struct test_identity identity;
    char folder[TEST_PATH], text[SRFLX_SECURE_TEXT];

    if (server) return server;
    test_folder_make(folder);
    test_identity_make(&identity, folder, "fuzz", &(struct test_wish){.names = "stun.example"});
    files = (struct srflx_secure_identity){identity.certificate, identity.key};
    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    options.tickets = true;
    REQUIRE(!srflx_secure_server_new(&options, &server, text));
    test_identity_drop(&identity);
    test_folder_remove(folder);
    return server;
}

size_t fuzz_first_flight(uint8_t transport, uint8_t *ret_bytes, size_t cap)
{
    struct srflx_secure_out out = {.bytes = ret_bytes, .cap = cap};
    struct srflx_secure_client_options options;
    struct srflx_secure_context *client;
    struct srflx_view nothing = {NULL, 0};
    char text[SRFLX_SECURE_TEXT];
    struct srflx_secure *s;
    uint8_t plain[1];

    srflx_secure_client_options_defaults(&options);
    options.insecure = true;
    REQUIRE(!srflx_secure_client_new(&options, &client, text));
    REQUIRE(!srflx_secure_new(client, transport, "stun.example", &s));
    REQUIRE(!srflx_secure_read(s, &nothing, &out, plain, sizeof plain));
    srflx_secure_destroy(s);
    srflx_secure_context_destroy(client);
    return out.len;
}
