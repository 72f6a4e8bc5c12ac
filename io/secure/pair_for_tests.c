#include "pair_for_tests.h"

#include <string.h>

#include <openssl/ssl.h>

#include "check.h"
#include "connection.h"

void test_end_init(struct test_end *end, struct srflx_secure *s)
{
    memset(end, 0, sizeof *end);
    end->s = s;
    end->out.bytes = end->bytes;
    end->out.cap = sizeof end->bytes;
}

void test_pair_make(struct test_pair *pair, struct srflx_secure_context *client,
                    struct srflx_secure_context *server, const char *name)
{
    struct srflx_secure *c, *s;

    CHECK_INT(srflx_secure_new(client, SRFLX_TLS, name, &c), 0);
    CHECK_INT(srflx_secure_new(server, SRFLX_TLS, NULL, &s), 0);
    test_end_init(&pair->client, c);
    test_end_init(&pair->server, s);
}

void test_pair_drop(struct test_pair *pair)
{
    srflx_secure_destroy(pair->client.s);
    srflx_secure_destroy(pair->server.s);
}

void test_end_feed(struct test_end *end, struct srflx_view piece)
{
    do {
        end->last = srflx_secure_read(end->s, &piece, &end->out, end->plain + end->plain_len,
                                      sizeof end->plain - end->plain_len);
        if (end->last > 0) end->plain_len += (size_t)end->last;
    } while (end->last > 0);
    if (!end->last) CHECK_INT(piece.len, 0);
}

size_t test_end_take(struct test_end *end, uint8_t *ret_bytes)
{
    const size_t len = end->out.len;

    memcpy(ret_bytes, end->bytes, len);
    end->out.len = 0;
    end->out.count = 0;
    return len;
}

/* Returns if anything was said. */
static bool carry(struct test_end *from, struct test_end *to, size_t step)
{
    static uint8_t bytes[TEST_BYTES];
    const size_t len = test_end_take(from, bytes);

    for (size_t at = 0; at < len;) {
        const size_t part = step && step < len - at ? step : len - at;
        test_end_feed(to, (struct srflx_view){bytes + at, part});
        at += part;
    }
    return len > 0;
}

void test_pair_run(struct test_pair *pair, size_t step)
{
    bool said;

    test_end_feed(&pair->client, (struct srflx_view){NULL, 0});
    do {
        said = carry(&pair->client, &pair->server, step);
        said |= carry(&pair->server, &pair->client, step);
    } while (said);
}

void test_end_renew_keys(struct test_end *end)
{
    CHECK_INT(SSL_key_update(end->s->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    srflxi_secure_lend(end->s, NULL, &end->out);
    CHECK_INT(SSL_do_handshake(end->s->ssl), 1);
    srflxi_secure_give_back(end->s);
}

void test_end_ask_anew(struct test_end *end)
{
    SSL_clear_options(end->s->ssl, SSL_OP_NO_RENEGOTIATION);
    CHECK_INT(SSL_renegotiate(end->s->ssl), 1);
    srflxi_secure_lend(end->s, NULL, &end->out);
    CHECK_INT(SSL_do_handshake(end->s->ssl), -1); /* it waits for the answer */
    srflxi_secure_give_back(end->s);
}
