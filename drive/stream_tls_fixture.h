/* For tests of streams over TLS: a certificate, and a client without a socket. */
#ifndef SRFLX_DRIVE_STREAM_TLS_FIXTURE_H
#define SRFLX_DRIVE_STREAM_TLS_FIXTURE_H

#include "stream_fixture.h"

#include <identity_for_tests.h>
#include <pair_for_tests.h>

/* What both sides need. */
struct tls {
    char folder[TEST_PATH];
    struct test_identity identity;
    struct srflx_secure_context *server, *client;
};

static inline void tls_make(struct tls *tls, uint16_t minimum)
{
    const struct test_wish wish = {.names = "stun.example"};
    struct srflx_secure_server_options server;
    struct srflx_secure_client_options client;
    struct srflx_secure_identity identity;
    char text[SRFLX_SECURE_TEXT];

    test_folder_make(tls->folder);
    test_identity_make(&tls->identity, tls->folder, "leaf", &wish);
    identity = (struct srflx_secure_identity){tls->identity.certificate, tls->identity.key};
    srflx_secure_server_options_defaults(&server);
    server.identities = &identity;
    server.identity_count = 1;
    server.minimum = minimum;
    CHECK_INT(srflx_secure_server_new(&server, &tls->server, text), 0);
    srflx_secure_client_options_defaults(&client);
    client.ca = tls->identity.certificate;
    CHECK_INT(srflx_secure_client_new(&client, &tls->client, text), 0);
}

static inline void tls_drop(struct tls *tls)
{
    srflx_secure_context_destroy(tls->client);
    srflx_secure_context_destroy(tls->server);
    test_identity_drop(&tls->identity);
    test_folder_remove(tls->folder);
}

/* A new client, which has said its first words. */
static inline void tls_client_make(struct tls *tls, struct test_end *client)
{
    struct srflx_secure *s;

    CHECK_INT(srflx_secure_new(tls->client, SRFLX_TLS, "stun.example", &s), 0);
    test_end_init(client, s);
    test_end_feed(client, (struct srflx_view){NULL, 0});
}

static inline void tls_say(struct test_end *client, const void *bytes, size_t len)
{
    CHECK_INT(srflx_secure_write(client->s, (struct srflx_view){bytes, len}, &client->out), 0);
}

#endif
