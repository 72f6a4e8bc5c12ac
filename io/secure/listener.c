/* DTLS before the cookie is right. spec: R7350-4.1-01 R7350-4.5-01 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "connection.h"
#include "first_flight.h"

enum {
    MINUTE_NS_SHIFT = 36,
    BLOCK = 16,
    IP_UDP = 28,
    SECOND_NS = 1000000000,
    CREDIT_MOST = 16384, /* bytes */
    CREDIT_GIVEN = 6400  /* in every second that has less: a hundred answers */
};

struct srflx_secure_listener {
    struct srflx_secure_context *context;
    EVP_CIPHER_CTX *aes;
    BIO_ADDR *nobody; /* what OpenSSL wants to write an address to */
    size_t credit;    /* bytes that may be said to nobody in particular */
    uint64_t second;  /* in which credit was given last */
};

int srflx_secure_listener_new(struct srflx_secure_context *context,
                              struct srflx_secure_listener **ret_listener)
{
    struct srflx_secure_listener *listener;

    if (!context->is_server) return SRFLX_ERROR_ARGUMENT;
    listener = calloc(1, sizeof *listener);
    if (!listener) return SRFLX_ERROR_SYSTEM;
    listener->context = srflxi_context_keep(context);
    listener->aes = EVP_CIPHER_CTX_new();
    listener->nobody = BIO_ADDR_new();
    if (!listener->aes || !listener->nobody ||
        !EVP_EncryptInit_ex(listener->aes, EVP_aes_128_ecb(), NULL, context->cookie_key, NULL)) {
        srflx_secure_listener_destroy(listener);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_listener = listener;
    return 0;
}

void srflx_secure_listener_destroy(struct srflx_secure_listener *listener)
{
    if (!listener) return;
    EVP_CIPHER_CTX_free(listener->aes);
    BIO_ADDR_free(listener->nobody);
    srflx_secure_context_destroy(listener->context);
    free(listener);
}

/* CBC-MAC with AES, sound because what it is made of has always the same length: who asks, and when. A
 * kept AES key is all of OpenSSL that works without allocating. */
static bool make_cookie(struct srflx_secure_listener *listener, const struct srflx_addr *peer,
                        uint64_t minute, uint8_t *ret_cookie)
{
    uint8_t text[2 * BLOCK] = {0}, sealed[BLOCK];
    int len;

    memcpy(text, peer->ip, sizeof peer->ip);
    text[16] = peer->family;
    text[17] = (uint8_t)(peer->port >> 8);
    text[18] = (uint8_t)peer->port;
    for (size_t i = 0; i < 4; i++)
        text[20 + i] = (uint8_t)(peer->scope >> 8 * i);
    for (size_t i = 0; i < 8; i++)
        text[24 + i] = (uint8_t)(minute >> 8 * i);
    if (!EVP_EncryptUpdate(listener->aes, sealed, &len, text, BLOCK)) return false;
    for (size_t i = 0; i < BLOCK; i++)
        text[BLOCK + i] ^= sealed[i];
    if (!EVP_EncryptUpdate(listener->aes, sealed, &len, text + BLOCK, BLOCK)) return false;
    memcpy(ret_cookie, sealed, SRFLXI_COOKIE);
    return true;
}

/* A "minute" has 69 seconds: cookies are good for this one and the next. */
static bool is_ours(struct srflx_secure_listener *listener, const struct srflx_addr *peer,
                    uint64_t minute, struct srflx_view cookie)
{
    uint8_t want[SRFLXI_COOKIE];

    for (uint64_t age = 0; age < 2; age++)
        if (make_cookie(listener, peer, minute - age, want) &&
            !CRYPTO_memcmp(cookie.ptr, want, sizeof want))
            return true;
    return false;
}

/* An answer has at most half of the bytes that asked for it, at the IP layer, and all answers to strangers together at
 * most 0.3 of what they sent, but for a hundred a second: clients with few suites, no name and no ALPN have a ClientHello of
 * 150 bytes, for which an answer is 0.36. An ordinary one has 200, and pays for itself. */
static bool can_afford(struct srflx_secure_listener *listener, struct srflx_view datagram)
{
    const size_t asked = datagram.len + IP_UDP, answer = SRFLX_SECURE_HELLO_VERIFY + IP_UDP;
    const uint64_t second = listener->context->now().mono_ns / SECOND_NS;

    if (second != listener->second && listener->credit < CREDIT_GIVEN)
        listener->credit = CREDIT_GIVEN;
    listener->second = second;
    listener->credit += asked * 3 / 10;
    if (listener->credit > CREDIT_MOST) listener->credit = CREDIT_MOST;
    if (2 * answer > asked || answer > listener->credit) return false;
    listener->credit -= answer;
    return true;
}

static void send_back(struct srflx_secure_listener *listener, const struct srflxi_hello *hello,
                      const struct srflx_addr *peer, uint64_t minute, struct srflx_secure_out *out)
{
    uint8_t cookie[SRFLXI_COOKIE];

    if (out->count == SRFLX_SECURE_DATAGRAMS || out->cap - out->len < SRFLX_SECURE_HELLO_VERIFY)
        return;
    if (!make_cookie(listener, peer, minute, cookie)) return;
    srflxi_hello_verify_write(hello, cookie, out->bytes + out->len);
    out->len += SRFLX_SECURE_HELLO_VERIFY;
    out->ends[out->count++] = out->len;
}

/* Returns 1 if OpenSSL has taken the ClientHello; an alert in `out` may say why not. */
static int begin(struct srflx_secure_listener *listener, struct srflx_secure *s,
                 struct srflx_view datagram, struct srflx_secure_out *out)
{
    int got;

    srflxi_secure_lend(s, &datagram, out);
    got = DTLSv1_listen(s->ssl, listener->nobody);
    if (got == 1) got = srflxi_secure_shake(s) < 0 ? 0 : 1;
    srflxi_secure_give_back(s);
    return got == 1;
}

static int take_in(struct srflx_secure_listener *listener, struct srflx_view datagram,
                   struct srflx_secure_out *out, struct srflx_secure **ret_s)
{
    struct srflx_secure *s;

    if (srflxi_secure_make(listener->context, true, NULL, &s)) return SRFLX_ERROR_SYSTEM;
    if (!begin(listener, s, datagram, out)) {
        srflx_secure_destroy(s);
        return 0;
    }
    *ret_s = s;
    return 1;
}

int srflx_secure_listen(struct srflx_secure_listener *listener, struct srflx_view datagram,
                        const struct srflx_addr *peer, struct srflx_secure_out *out,
                        struct srflx_secure **ret_s)
{
    struct srflxi_hello hello;
    uint64_t minute;

    if (!srflxi_hello_read(datagram, &hello)) return 0;
    if (hello.cookie.len && hello.cookie.len != SRFLXI_COOKIE) return 0;
    minute = listener->context->now().mono_ns >> MINUTE_NS_SHIFT;
    if (hello.cookie.len && is_ours(listener, peer, minute, hello.cookie))
        return take_in(listener, datagram, out, ret_s);
    if (can_afford(listener, datagram)) send_back(listener, &hello, peer, minute, out);
    return 0;
}
