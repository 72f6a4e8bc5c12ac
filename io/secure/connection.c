#include "connection.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { NAME_MOST = 253 };

struct srflx_secure *srflxi_secure_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

/* One BIO for both directions. */
static bool attach(struct srflx_secure *s)
{
    BIO *bio = BIO_new(s->context->bio);

    if (!bio) return false;
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    SSL_set_bio(s->ssl, bio, bio);
    SSL_set_app_data(s->ssl, s);
    if (s->dtls) SSL_set_mtu(s->ssl, SRFLX_SECURE_DATAGRAM);
    return true;
}

/* SNI is for names alone. spec: R8489-6.2.3-11 R7350-3-02 */
static bool expect(struct srflx_secure *s, const char *name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);

    if (!name) return true;
    s->name = strdup(name);
    if (!s->name) return false;
    if (srflxi_is_ip(name)) return X509_VERIFY_PARAM_set1_ip_asc(param, name);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, name, 0) && SSL_set_tlsext_host_name(s->ssl, name);
}

static bool prepare(struct srflx_secure *s, const char *name)
{
    s->ssl = SSL_new(srflxi_context_ssl(s->context, s->dtls));
    if (!s->ssl || !attach(s)) return false;
    if (s->context->is_server) {
        SSL_set_accept_state(s->ssl);
        return true;
    }
    SSL_set_connect_state(s->ssl);
    return expect(s, name);
}

int srflxi_secure_make(struct srflx_secure_context *context, bool dtls, const char *name,
                       struct srflx_secure **ret_s)
{
    struct srflx_secure *s = calloc(1, sizeof *s);
    bool made;

    if (!s) return SRFLX_ERROR_SYSTEM;
    s->context = srflxi_context_keep(context);
    s->dtls = dtls;
    made = prepare(s, name);
    ERR_clear_error();
    if (!made) {
        srflx_secure_destroy(s);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_s = s;
    return 0;
}

int srflx_secure_new(struct srflx_secure_context *context, uint8_t transport, const char *name,
                     struct srflx_secure **ret_s)
{
    const bool dtls = transport == SRFLX_DTLS;

    if (!dtls && transport != SRFLX_TLS) return SRFLX_ERROR_ARGUMENT;
    if (context->is_server && (dtls || name)) return SRFLX_ERROR_ARGUMENT;
    if (!context->is_server && !name && !context->insecure) return SRFLX_ERROR_ARGUMENT;
    if (name && (!*name || strlen(name) > NAME_MOST)) return SRFLX_ERROR_ARGUMENT;
    return srflxi_secure_make(context, dtls, name, ret_s);
}

void srflx_secure_destroy(struct srflx_secure *s)
{
    if (!s) return;
    SSL_free(s->ssl);
    srflx_secure_context_destroy(s->context);
    free(s->name);
    free(s->text);
    free(s);
}

void srflxi_secure_lend(struct srflx_secure *s, struct srflx_view *input,
                        struct srflx_secure_out *out)
{
    s->input = input;
    s->out = out;
    s->full = false;
    ERR_clear_error();
}

void srflxi_secure_give_back(struct srflx_secure *s)
{
    s->input = NULL;
    s->out = NULL;
    ERR_clear_error();
}

/* What a call of OpenSSL that did not succeed means: 0, or an error that stays. */
static int judge(struct srflx_secure *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return s->ended = SRFLX_ERROR_CLOSED;
    default:
        return s->ended = srflxi_blame_queue(s);
    }
}

/* A server without ALPN is fine, one that chose what we have not offered is not. spec: R7443-1-01 */
static int check_protocol(struct srflx_secure *s)
{
    const unsigned char *chosen;
    unsigned len;

    SSL_get0_alpn_selected(s->ssl, &chosen, &len);
    if (!len || (len == srflxi_alpn[0] && !memcmp(chosen, srflxi_alpn + 1, len))) return 1;
    return s->ended =
               srflxi_blame(s, SRFLX_SECURE_NO_ALPN,
                            "the peer chose a protocol (ALPN) that is not stun.nat-discovery");
}

int srflxi_secure_shake(struct srflx_secure *s)
{
    int result;

    if (s->established) return 1;
    result = SSL_do_handshake(s->ssl);
    if (result != 1) return judge(s, result);
    s->established = true;
    return check_protocol(s);
}

int srflx_secure_read(struct srflx_secure *s, struct srflx_view *input,
                      struct srflx_secure_out *out, uint8_t *ret_plain, size_t cap)
{
    int got;

    if (s->ended) return s->ended;
    srflxi_secure_lend(s, input, out);
    got = srflxi_secure_shake(s);
    if (got > 0) {
        got = SSL_read(s->ssl, ret_plain, cap > INT_MAX ? INT_MAX : (int)cap);
        if (got <= 0) got = judge(s, got);
    }
    srflxi_secure_give_back(s);
    return got;
}

bool srflx_secure_is_full(const struct srflx_secure *s)
{
    return s->full && s->ended != SRFLX_ERROR_SECURITY;
}

static bool fits(const struct srflx_secure *s, size_t len, const struct srflx_secure_out *out)
{
    if (s->full || out->cap - out->len < SRFLX_SECURE_ROOM(len)) return false;
    return !s->dtls || out->count < SRFLX_SECURE_DATAGRAMS;
}

int srflx_secure_write(struct srflx_secure *s, struct srflx_view plain,
                       struct srflx_secure_out *out)
{
    const size_t most = s->dtls ? SRFLX_SECURE_PLAIN_MAX : INT_MAX / 2;
    int result;

    if (s->ended == SRFLX_ERROR_SECURITY) return SRFLX_ERROR_SECURITY;
    if (!srflx_secure_is_open(s)) return SRFLX_ERROR_STATE;
    if (!plain.len || plain.len > most) return SRFLX_ERROR_ARGUMENT;
    if (!fits(s, plain.len, out)) return SRFLX_ERROR_SPACE;
    srflxi_secure_lend(s, NULL, out);
    result = SSL_write(s->ssl, plain.ptr, (int)plain.len);
    if (result <= 0) s->ended = srflxi_blame_queue(s);
    srflxi_secure_give_back(s);
    return result > 0 ? 0 : s->ended;
}

void srflx_secure_close(struct srflx_secure *s, struct srflx_secure_out *out)
{
    if (!s->established || s->ended == SRFLX_ERROR_SECURITY || (s->closed && !s->full)) return;
    srflxi_secure_lend(s, NULL, out);
    SSL_shutdown(s->ssl);
    s->closed = true;
    srflxi_secure_give_back(s);
}

bool srflx_secure_is_open(const struct srflx_secure *s)
{
    return s->established && !s->closed && !s->ended;
}

uint32_t srflx_secure_wait_ms(struct srflx_secure *s)
{
    struct timeval left;
    int64_t ms;

    if (!s->dtls || s->ended || !DTLSv1_get_timeout(s->ssl, &left)) return UINT32_MAX;
    ms = (int64_t)left.tv_sec * 1000 + (left.tv_usec + 999) / 1000;
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX - 1;
}

/* OpenSSL says 0 if it was not time yet. */
int srflx_secure_tick(struct srflx_secure *s, struct srflx_secure_out *out)
{
    long result;

    if (!s->dtls || s->ended) return s->ended == SRFLX_ERROR_SECURITY ? s->ended : 0;
    srflxi_secure_lend(s, NULL, out);
    result = DTLSv1_handle_timeout(s->ssl);
    if (result < 0 && !s->full) s->ended = srflxi_blame_queue(s);
    srflxi_secure_give_back(s);
    return s->ended;
}

const char *srflx_secure_version(const struct srflx_secure *s)
{
    return s->established ? SSL_get_version(s->ssl) : "none";
}

const char *srflx_secure_suite(const struct srflx_secure *s)
{
    return s->established ? SSL_get_cipher_name(s->ssl) : "none";
}

int srflx_secure_check_name(const struct srflx_secure *s, const char *name)
{
    X509 *certificate;

    if (!name || !*name) return SRFLX_ERROR_ARGUMENT;
    if (!srflx_secure_is_open(s) || s->context->is_server) return SRFLX_ERROR_STATE;
    if (s->context->insecure) return 0;
    certificate = SSL_get0_peer_certificate(s->ssl);
    return certificate && srflxi_has_name(certificate, name) ? 0 : SRFLX_ERROR_SECURITY;
}
