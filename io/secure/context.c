#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/wipe.h>

#include "bio.h"

struct srflx_secure_context *srflxi_context_new(size_t services)
{
    struct srflx_secure_context *context = calloc(1, sizeof *context);

    if (!context) return NULL;
    atomic_init(&context->references, 1);
    context->now = srflx_clock_now;
    context->bio = srflxi_bio_method();
    context->services = calloc(services, sizeof *context->services);
    srflx_random_fill(NULL, context->ticket_master, sizeof context->ticket_master);
    srflx_random_fill(NULL, context->cookie_key, sizeof context->cookie_key);
    if (context->bio && context->services) return context;
    srflx_secure_context_destroy(context);
    return NULL;
}

struct srflx_secure_context *srflxi_context_keep(struct srflx_secure_context *context)
{
    atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void srflx_secure_context_destroy(struct srflx_secure_context *context)
{
    if (!context) return;
    if (atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) > 1) return;
    for (size_t i = 0; i < context->service_count; i++) {
        X509_free(context->services[i].certificate);
        SSL_CTX_free(context->services[i].tls);
        SSL_CTX_free(context->services[i].dtls);
    }
    free(context->services);
    free(context->pins);
    BIO_meth_free(context->bio);
    srflx_wipe(context, sizeof *context);
    free(context);
}

SSL_CTX *srflxi_context_ssl(const struct srflx_secure_context *context, bool dtls)
{
    return dtls ? context->services[0].dtls : context->services[0].tls;
}

int srflxi_say(char *ret_text, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(ret_text, SRFLX_SECURE_TEXT, format, arguments) < 0) ret_text[0] = '\0';
    va_end(arguments);
    return code;
}

const char *srflxi_date(const ASN1_TIME *time, char *ret_text)
{
    struct tm tm;

    if (!ASN1_TIME_to_tm(time, &tm) ||
        !strftime(ret_text, SRFLXI_DATE, "%Y-%m-%d %H:%M:%S UTC", &tm))
        snprintf(ret_text, SRFLXI_DATE, "an unknown date");
    return ret_text;
}
