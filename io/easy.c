#include <srflx/easy.h>

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/ask.h>

enum { TIMEOUT_DEFAULT_MS = 10000, TIMEOUT_MOST_MS = 3600000 };

static int __attribute__((format(printf, 3, 4)))
fail(struct srflx_query_result *ret_result, int error, const char *format, ...)
{
    va_list arguments;
    char *at;

    memset(ret_result, 0, sizeof *ret_result);
    va_start(arguments, format);
    vsnprintf(ret_result->text, sizeof ret_result->text, format, arguments);
    va_end(arguments);
    for (at = ret_result->text; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') *at = '?';
    return error;
}

void srflx_query_options_defaults(struct srflx_query_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->timeout_ms = TIMEOUT_DEFAULT_MS;
}

static bool is_family(uint8_t family)
{
    return family == SRFLX_NO_FAMILY || family == SRFLX_IPV4 || family == SRFLX_IPV6;
}

/* Returns NULL, or what is wrong. */
static const char *check(const struct srflx_query_options *options)
{
    const uint8_t bound = options->local.family;

    if (options->size != sizeof *options) return "options are not from defaults()";
    if (options->timeout_ms < 1 || options->timeout_ms > TIMEOUT_MOST_MS)
        return "timeout_ms is not from 1 to 3600000";
    if (!is_family(options->family) || !is_family(bound)) return "no such address family";
    if (options->family && bound && options->family != bound)
        return "the local address is of another family";
    if (options->transport > SRFLX_DTLS) return "no such transport";
    return NULL;
}

/* Returns NULL, or what is wrong. */
static const char *read_uri(const char *text, struct srflx_uri *ret_uri)
{
    const struct srflx_view view = {(const uint8_t *)text, strlen(text)};
    size_t at;

    if (!srflx_uri_parse_lenient(view, false, ret_uri)) return NULL;
    return srflx_uri_fault_text(srflx_uri_explain(view, true, &at));
}

static bool fits(uint8_t transport, bool secure)
{
    return !transport || secure == (transport == SRFLX_TLS || transport == SRFLX_DTLS);
}

/* spec: R8489-6.2.3-09 */
static int trust(const struct srflx_query_options *options,
                 struct srflx_secure_context **ret_context, struct srflx_query_result *ret_result)
{
    struct srflx_secure_client_options client;
    char text[SRFLX_SECURE_TEXT];
    int error;

    srflx_secure_client_options_defaults(&client);
    client.ca = options->ca;
    client.pins = options->pins;
    client.pin_count = options->pin_count;
    client.insecure = options->insecure;
    error = srflx_secure_client_new(&client, ret_context, text);
    return error ? fail(ret_result, error, "%s", text) : 0;
}

/* Who verifies nothing needs no name. */
static const char *verified_name(const struct srflx_query_options *options,
                                 const struct srflx_uri *uri)
{
    return !options->name && options->insecure && uri->secure ? uri->host : options->name;
}

/* Waits for it, or for whoever cancels it. */
static void converse(struct srflx_ask *ask, const struct srflx_cancel *cancel)
{
    struct pollfd fds[SRFLX_ASK_FDS + 1];

    while (!srflx_ask_result(ask)) {
        const size_t count = srflx_ask_fds(ask, fds);
        fds[count] = (struct pollfd){.fd = cancel ? cancel->wait_fd : -1, .events = POLLIN};
        if (poll(fds, (nfds_t)count + 1, (int)srflx_ask_wait_ms(ask)) < 1)
            srflx_ask_step(ask, NULL, 0);
        else if (fds[count].revents)
            srflx_ask_cancel(ask);
        else
            srflx_ask_step(ask, fds, count);
    }
}

static int report(const struct srflx_ask_result *found, struct srflx_query_result *ret_result)
{
    if (found->error) return fail(ret_result, found->error, "%s", found->text);
    memset(ret_result, 0, sizeof *ret_result);
    ret_result->mapped = found->mapped;
    ret_result->local = found->local;
    ret_result->server = found->server;
    ret_result->rtt_ns = found->rtt_ns;
    ret_result->sent = found->sent;
    return 0;
}

static int run(const char *text, const struct srflx_ask_options *options,
               const struct srflx_cancel *cancel, struct srflx_query_result *ret_result)
{
    struct srflx_ask *ask;
    int error = srflx_ask_new(options, &ask);

    if (error) return fail(ret_result, error, "'%s': %s", text, srflx_error_text(error));
    converse(ask, cancel);
    error = report(srflx_ask_result(ask), ret_result);
    srflx_ask_destroy(ask);
    return error;
}

int srflx_query(const char *uri, const struct srflx_query_options *options,
                struct srflx_query_result *ret_result)
{
    struct srflx_secure_context *secure = NULL;
    struct srflx_ask_options asked;
    const char *wrong = check(options);
    int error = 0;

    if (wrong) return fail(ret_result, SRFLX_ERROR_ARGUMENT, "%s", wrong);
    srflx_ask_options_defaults(&asked);
    wrong = read_uri(uri, &asked.uri);
    if (!wrong && !fits(options->transport, asked.uri.secure))
        wrong = "the transport belongs to the other scheme: UDP and TCP to stun:, TLS and DTLS to "
                "stuns:";
    if (wrong) return fail(ret_result, SRFLX_ERROR_ARGUMENT, "'%s': %s", uri, wrong);
    if (asked.uri.secure) error = trust(options, &secure, ret_result);
    if (error) return error;
    asked.transports[0] = options->transport;
    asked.family = options->family;
    asked.local = options->local;
    asked.limit_ms = options->timeout_ms;
    asked.credentials = options->credentials;
    asked.secure = secure;
    asked.verify = verified_name(options, &asked.uri);
    asked.dns = options->dns;
    error = run(uri, &asked, options->cancel, ret_result);
    srflx_secure_context_destroy(secure);
    return error;
}
