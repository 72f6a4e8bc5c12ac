#include "loop.h"

#include <stdio.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/secure.h>

/* All questions of a program share this one; it is needed for stuns: alone. */
static struct srflx_secure_context *security;

static struct srflx_ask *refuse(const char *what)
{
    fprintf(stderr, "%s\n", what);
    return NULL;
}

static bool make_security(void)
{
    struct srflx_secure_client_options options;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_client_options_defaults(&options);
    if (!srflx_secure_client_new(&options, &security, text)) return true;
    fprintf(stderr, "%s\n", text);
    return false;
}

struct srflx_ask *loop_begin(int argc, char **argv)
{
    struct srflx_ask_options options;
    struct srflx_ask *ask;

    if (argc != 2) return refuse("usage: loop stun:HOST[:PORT]");
    srflx_ask_options_defaults(&options);
    options.limit_ms = 3000;
    if (srflx_uri_parse_lenient((struct srflx_view){(const uint8_t *)argv[1], strlen(argv[1])},
                                false, &options.uri))
        return refuse("this is no stun: URI");
    if (options.uri.secure && !make_security()) return NULL;
    options.secure = security;
    return srflx_ask_new(&options, &ask) ? refuse("cannot ask this") : ask;
}

int loop_end(struct srflx_ask *ask)
{
    const struct srflx_ask_result *result = srflx_ask_result(ask);
    const int status = result->error ? 1 : 0;
    char text[SRFLX_ADDR_TEXT];

    if (status)
        fprintf(stderr, "%s\n", result->text);
    else
        printf("I am %s (%.1f ms)\n", srflx_addr_write(&result->mapped, text),
               (double)result->rtt_ns / 1e6);
    srflx_ask_destroy(ask);
    srflx_secure_context_destroy(security);
    return status;
}

int loop_wait_ms(const struct srflx_ask *ask)
{
    const uint32_t wait_ms = srflx_ask_wait_ms(ask);

    return wait_ms > 60000 ? 60000 : (int)wait_ms;
}
