#include "ask.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/clock.h>

enum { LIMIT_MS = 10000 };

void srflx_ask_options_defaults(struct srflx_ask_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->limit_ms = LIMIT_MS;
    ret_options->redirects = 5;
    srflx_transaction_options_defaults(&ret_options->timing);
}

static bool needs_secure(const struct srflx_ask_options *options)
{
    return options->uri.secure;
}

static bool is_sound(const struct srflx_ask_options *o)
{
    if (o->size != sizeof *o || (needs_secure(o) && !o->secure)) return false;
    if (o->verify && strlen(o->verify) >= SRFLX_NAME_TEXT) return false;
    if (o->local.family && o->family && o->local.family != o->family) return false;
    return !(o->classic && (o->credentials || o->fingerprint)) &&
           o->redirects <= SRFLX_REDIRECTS_MAX;
}

static int start(struct srflx_ask *ask)
{
    const struct srflx_time now = srflx_clock_now();
    const uint64_t limit_ns = (uint64_t)ask->options.limit_ms * 1000000;

    ask->end_ns = limit_ns ? now.mono_ns + limit_ns : UINT64_MAX;
    ask->is_over = false;
    memset(&ask->result, 0, sizeof ask->result);
    if (ask->decider) {
        ask->group_ns = now.mono_ns;
        ask->tried = ask->found; /* nobody else is asked */
        srflxi_attempt_again(ask, ask->decider, now);
        return 0;
    }
    return srflxi_race_start(ask, now);
}

/* Credentials that no login can be made of are found out before anything begins. */
static int check_credentials(const struct srflx_credentials *credentials)
{
    struct srflx_login *login;
    void *memory;
    int error;

    if (!credentials) return 0;
    memory = malloc(srflx_login_size());
    if (!memory) return SRFLX_ERROR_SYSTEM;
    error = srflx_login_init(memory, srflx_login_size(), credentials, &login);
    if (!error) srflx_login_wipe(login);
    free(memory);
    return error;
}

int srflx_ask_new(const struct srflx_ask_options *options, struct srflx_ask **ret_ask)
{
    struct srflx_ask *ask;
    int error;

    if (!is_sound(options)) return SRFLX_ERROR_ARGUMENT;
    error = check_credentials(options->credentials);
    if (error) return error;
    ask = calloc(1, sizeof *ask);
    if (!ask) return SRFLX_ERROR_SYSTEM;
    ask->options = *options;
    if (options->verify) memcpy(ask->verify, options->verify, strlen(options->verify) + 1);
    error = start(ask);
    if (error)
        srflx_ask_destroy(ask);
    else
        *ret_ask = ask;
    return error;
}

void srflx_ask_destroy(struct srflx_ask *ask)
{
    if (!ask) return;
    ask->decider = NULL;
    srflxi_race_stop(ask);
    free(ask);
}

size_t srflx_ask_fds(const struct srflx_ask *ask, struct pollfd *ret_fds)
{
    size_t i, count = 0;

    if (ask->is_over) return 0;
    if (ask->resolver) count = srflx_resolver_fds(ask->resolver, ret_fds);
    for (i = 0; i < SRFLX_ASK_ATTEMPTS; i++) {
        const struct srflx_link *link = ask->attempts[i].link;
        if (!link || srflx_link_fd(link) < 0) continue;
        ret_fds[count++] =
            (struct pollfd){.fd = srflx_link_fd(link), .events = srflx_link_events(link)};
    }
    return count;
}

uint32_t srflx_ask_wait_ms(const struct srflx_ask *ask)
{
    const struct srflx_time now = srflx_clock_now();
    uint64_t deadline, wait_ms;

    if (ask->is_over) return UINT32_MAX;
    deadline = srflxi_race_deadline(ask, now);
    if (deadline <= now.mono_ns) return 0;
    wait_ms = (deadline - now.mono_ns - 1) / 1000000 + 1;
    return wait_ms < INT_MAX ? (uint32_t)wait_ms : INT_MAX;
}

void srflx_ask_step(struct srflx_ask *ask, const struct pollfd *fds, size_t count)
{
    if (!ask->is_over) srflxi_race_step(ask, fds, count, srflx_clock_now());
}

void srflx_ask_cancel(struct srflx_ask *ask)
{
    if (!ask->is_over) srflxi_outcome_without_server(ask, SRFLX_ERROR_CANCELLED);
}

const struct srflx_ask_result *srflx_ask_result(const struct srflx_ask *ask)
{
    return ask->is_over ? &ask->result : NULL;
}

const struct srflx_login *srflx_ask_login(const struct srflx_ask *ask)
{
    return ask->decider ? ask->decider->login : NULL;
}

int srflx_ask_again(struct srflx_ask *ask)
{
    return ask->is_over ? start(ask) : SRFLX_ERROR_STATE;
}
