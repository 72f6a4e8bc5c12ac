/* A server's context: its files, grouped into services. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "identity.h"
#include "policy.h"

enum { IDENTITIES_MOST = 1024, RENEWALS_MOST = 32 };

void srflx_secure_server_options_defaults(struct srflx_secure_server_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->minimum = TLS1_2_VERSION;
}

/* The listener has looked at the cookie before OpenSSL sees the ClientHello. */
static int refuse_to_make(SSL *ssl, unsigned char *cookie, unsigned int *ret_len)
{
    (void)ssl;
    (void)cookie;
    (void)ret_len;
    return 0;
}

static int accept_checked(SSL *ssl, const unsigned char *cookie, unsigned int len)
{
    (void)ssl;
    (void)cookie;
    (void)len;
    return 1;
}

/* Each KeyUpdate has 27 bytes, costs us some ten microseconds, and TLS sets no limit to them. A client needs one
 * in 2^24 records (RFC 8446 section 5.5). The next read ends the connection. */
static void count_renewals(const SSL *ssl, int where, int result)
{
    struct srflx_secure *s = srflxi_secure_of(ssl);

    (void)result;
    if (!s || where != SSL_CB_ACCEPT_LOOP || SSL_get_state(ssl) != TLS_ST_SR_KEY_UPDATE) return;
    if (++s->renewals > RENEWALS_MOST) s->too_long = true;
}

static void set_callbacks(SSL_CTX *ctx, struct srflx_secure_context *context)
{
    SSL_CTX_set_tlsext_servername_callback(ctx, srflxi_choose_service);
    SSL_CTX_set_tlsext_servername_arg(ctx, context);
    SSL_CTX_set_alpn_select_cb(ctx, srflxi_choose_protocol, context);
    SSL_CTX_set_info_callback(ctx, count_renewals);
    SSL_CTX_set_cookie_generate_cb(ctx, refuse_to_make);
    SSL_CTX_set_cookie_verify_cb(ctx, accept_checked);
    SSL_CTX_set_app_data(ctx, context);
    /* Nothing of a client's is as long as a chain. */
    SSL_CTX_set_max_cert_list(ctx, 0);
}

static bool set_tickets(SSL_CTX *ctx)
{
    static const unsigned char id[] = "srflx";

    SSL_CTX_clear_options(ctx, SSL_OP_NO_TICKET);
    return SSL_CTX_set_num_tickets(ctx, 1) &&
           SSL_CTX_set_session_id_context(ctx, id, sizeof id - 1) &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, srflxi_ticket_keys);
}

static int make_ctx(struct srflx_secure_context *context,
                    const struct srflx_secure_server_options *options, bool dtls, SSL_CTX **ret_ctx,
                    char *ret_text)
{
    const struct srflxi_policy policy = {options->minimum, options->ciphers, options->suites,
                                         options->groups, options->legacy};
    SSL_CTX *ctx;
    const int error = srflxi_policy_apply(&policy, true, dtls, &ctx, ret_text);

    if (error) return error;
    *ret_ctx = ctx;
    set_callbacks(ctx, context);
    if (options->tickets && !set_tickets(ctx))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    return 0;
}

static int refuse_certificate(const char *path, char *ret_text)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());

    return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: the certificate cannot be used: %s", path,
                      why ? why : "no reason known");
}

static int add_identity(struct srflxi_service *service, const struct srflxi_identity *identity,
                        const char *path, char *ret_text)
{
    if (SSL_CTX_use_cert_and_key(service->tls, identity->certificate, identity->key,
                                 identity->chain, 1) &&
        SSL_CTX_use_cert_and_key(service->dtls, identity->certificate, identity->key,
                                 identity->chain, 1))
        return 0;
    return refuse_certificate(path, ret_text);
}

static bool belongs(const struct srflxi_identity *a, const struct srflxi_identity *b)
{
    return *a->name && !strcmp(a->name, b->name) &&
           EVP_PKEY_get_base_id(a->key) != EVP_PKEY_get_base_id(b->key);
}

/* The service of the first identity, and of every other that joins it. */
static int add_service(struct srflx_secure_context *context,
                       const struct srflx_secure_server_options *options,
                       struct srflxi_identity *identities, size_t first, char *ret_text)
{
    struct srflxi_service *service = &context->services[context->service_count++];
    int error = make_ctx(context, options, false, &service->tls, ret_text);

    if (!error) error = make_ctx(context, options, true, &service->dtls, ret_text);
    if (error) return error;
    service->certificate = identities[first].certificate;
    X509_up_ref(service->certificate);
    for (size_t i = first; i < options->identity_count && !error; i++) {
        if (!identities[i].certificate) continue;
        if (i != first && !belongs(&identities[first], &identities[i])) continue;
        error = add_identity(service, &identities[i], options->identities[i].certificate, ret_text);
        if (i == first) continue;
        srflxi_identity_drop(&identities[i]);
        memset(&identities[i], 0, sizeof identities[i]);
    }
    return error;
}

static int add_services(struct srflx_secure_context *context,
                        const struct srflx_secure_server_options *options,
                        struct srflxi_identity *identities, char *ret_text)
{
    int error = 0;

    for (size_t i = 0; i < options->identity_count && !error; i++)
        error = srflxi_identity_load(&options->identities[i], &identities[i], ret_text);
    for (size_t i = 0; i < options->identity_count && !error; i++)
        if (identities[i].certificate)
            error = add_service(context, options, identities, i, ret_text);
    return error;
}

static void take_secret(struct srflx_secure_context *context, const uint8_t *secret)
{
    if (!secret) return;
    memcpy(context->ticket_master, secret, SRFLXI_TICKET_MASTER);
    memcpy(context->cookie_key, secret + SRFLXI_TICKET_MASTER, SRFLXI_COOKIE_KEY);
}

int srflx_secure_server_new(const struct srflx_secure_server_options *options,
                            struct srflx_secure_context **ret_context, char *ret_text)
{
    const size_t count = options->identity_count;
    struct srflx_secure_context *context;
    struct srflxi_identity *identities;
    int error;

    if (options->size != sizeof *options || !count || count > IDENTITIES_MOST)
        return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT, "a server needs 1 to %d certificates",
                          IDENTITIES_MOST);
    context = srflxi_context_new(count);
    identities = calloc(count, sizeof *identities);
    if (context && identities) {
        context->is_server = true;
        take_secret(context, options->secret);
        error = add_services(context, options, identities, ret_text);
    } else {
        error = srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    }
    for (size_t i = 0; identities && i < count; i++)
        srflxi_identity_drop(&identities[i]);
    free(identities);
    ERR_clear_error();
    if (error)
        srflx_secure_context_destroy(context);
    else
        *ret_context = context;
    return error;
}
