/* A client's context: whom it trusts. */
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>

#include <srflx/base64.h>

#include "policy.h"

enum { PIN_LETTERS = SRFLX_BASE64_LETTERS(SRFLXI_PIN) };

void srflx_secure_client_options_defaults(struct srflx_secure_client_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->minimum = TLS1_2_VERSION;
    ret_options->alpn = true;
}

static int read_pin(const char *pin, uint8_t *ret_hash, char *ret_text)
{
    static const char prefix[] = "sha256/";
    const char *letters = strncmp(pin, prefix, sizeof prefix - 1) ? pin : pin + sizeof prefix - 1;
    const struct srflx_view view = {(const uint8_t *)letters, strlen(letters)};
    size_t len = 0;

    if (view.len == PIN_LETTERS &&
        !srflx_base64_decode(SRFLX_BASE64_PADDED, view, ret_hash, SRFLXI_PIN, &len) &&
        len == SRFLXI_PIN)
        return 0;
    return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT,
                      "pin '%s': want sha256/ and the %d letters of Base64 that 32 bytes have", pin,
                      PIN_LETTERS);
}

static int read_pins(struct srflx_secure_context *context,
                     const struct srflx_secure_client_options *options, char *ret_text)
{
    int error = 0;

    if (!options->pin_count) return 0;
    context->pins = calloc(options->pin_count, sizeof *context->pins);
    if (!context->pins) return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    context->pin_count = options->pin_count;
    for (size_t i = 0; i < options->pin_count && !error; i++)
        error = read_pin(options->pins[i], context->pins[i], ret_text);
    return error;
}

/* Lists of what has been revoked count if there are any. spec: R8489-6.2.3-10 */
static void obey_lists(SSL_CTX *ctx)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);

    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) {
            X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
            return;
        }
}

static int trust(SSL_CTX *ctx, const char *ca, char *ret_text)
{
    struct stat about;
    bool done;

    if (!ca) {
        if (SSL_CTX_set_default_verify_paths(ctx)) return 0;
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "cannot find the system's certificates");
    }
    if (stat(ca, &about))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: cannot open it: %s", ca,
                          strerror(errno));
    done = S_ISDIR(about.st_mode) ? SSL_CTX_load_verify_dir(ctx, ca)
                                  : SSL_CTX_load_verify_file(ctx, ca);
    if (!done)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: has no certificate in PEM form", ca);
    obey_lists(ctx);
    return 0;
}

static int make_ctx(struct srflx_secure_context *context,
                    const struct srflx_secure_client_options *options, bool dtls, SSL_CTX **ret_ctx,
                    char *ret_text)
{
    const struct srflxi_policy policy = {options->minimum, NULL, NULL, NULL, false};
    SSL_CTX *ctx;
    const int error = srflxi_policy_apply(&policy, false, dtls, &ctx, ret_text);

    if (error) return error;
    *ret_ctx = ctx;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, srflxi_verify, context);
    if (options->alpn && SSL_CTX_set_alpn_protos(ctx, srflxi_alpn, sizeof srflxi_alpn))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    return options->insecure ? 0 : trust(ctx, options->ca, ret_text);
}

static int fill(struct srflx_secure_context *context,
                const struct srflx_secure_client_options *options, char *ret_text)
{
    struct srflxi_service *service = &context->services[0];
    int error = read_pins(context, options, ret_text);

    context->service_count = 1;
    context->insecure = options->insecure;
    if (!error) error = make_ctx(context, options, false, &service->tls, ret_text);
    return error ? error : make_ctx(context, options, true, &service->dtls, ret_text);
}

int srflx_secure_client_new(const struct srflx_secure_client_options *options,
                            struct srflx_secure_context **ret_context, char *ret_text)
{
    struct srflx_secure_context *context;
    int error;

    if (options->size != sizeof *options)
        return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT, "the options have another size");
    context = srflxi_context_new(1);
    if (!context) return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    error = fill(context, options, ret_text);
    ERR_clear_error();
    if (error)
        srflx_secure_context_destroy(context);
    else
        *ret_context = context;
    return error;
}
