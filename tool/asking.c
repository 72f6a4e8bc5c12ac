#include "asking.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <srflx/addr.h>
#include <srflx/clock.h>

#include "explain.h"

static void trace(const struct srflx_ask_view *view, const char *what)
{
    char text[SRFLX_ADDR_TEXT];

    fprintf(stderr, "%10.3f ms  %s, %zu bytes, %s\n", (double)view->elapsed_ns / 1e6, what,
            view->bytes.len, srflx_addr_write(&view->server, text));
}

static void trace_message(const struct srflx_ask_view *view, const char *what)
{
    struct srflx_message m;

    trace(view, what);
    if (srflx_message_parse(view->bytes, &m)) {
        fputs("               no STUN message\n", stderr);
        return;
    }
    fputs("               ", stderr);
    print_message_title(stderr, m.type);
    fputc('\n', stderr);
    print_attributes(stderr, view->bytes, NULL, "          ");
}

static void tell(const struct srflx_ask_view *view)
{
    switch (view->moment) {
    case SRFLX_ASK_SENDS:
        trace(view, "sent a request");
        break;
    case SRFLX_ASK_HEARS:
        trace_message(view, "received the answer");
        break;
    case SRFLX_ASK_IGNORES:
        trace_message(view, "received and ignored");
        break;
    case SRFLX_ASK_MOVES:
        trace(view, "sent on");
        break;
    default:
        break;
    }
}

/* Which server is asked next, and why. */
static void say_next(const struct asking *asking, const struct srflx_addr *next)
{
    char addr[SRFLX_ADDR_TEXT], before[SRFLX_ADDR_TEXT];

    srflx_addr_write(next, addr);
    if (asking->has_failed)
        fprintf(stderr, "srflx query: %s; asking %s\n", asking->failure, addr);
    else
        fprintf(stderr, "srflx query: no answer from %s yet; asking %s too\n",
                srflx_addr_write(&asking->server, before), addr);
}

static void watch(void *user, const struct srflx_ask_view *view)
{
    struct asking *asking = user;

    if (asking->verbose) tell(view);
    switch (view->moment) {
    case SRFLX_ASK_TRIES:
        if (asking->server.family) say_next(asking, &view->server);
        asking->has_failed = false;
        asking->server = view->server;
        asking->sent = 0;
        break;
    case SRFLX_ASK_FAILS:
        asking->has_failed = true;
        snprintf(asking->failure, sizeof asking->failure, "%s", view->text);
        break;
    default:
        asking->server = view->server;
        asking->sent = view->sent;
    }
}

int asking_begin(struct asking *asking, const struct srflx_ask_options *plan)
{
    struct srflx_ask_options options = *plan;

    options.uri = asking->uri;
    options.watch = watch;
    options.watch_user = asking;
    return srflx_ask_new(&options, &asking->ask);
}

void asking_end(struct asking *asking)
{
    srflx_ask_destroy(asking->ask);
    asking->ask = NULL;
}

static struct asking *first_without_result(struct asking *all, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!srflx_ask_result(all[i].ask)) return &all[i];
    return NULL;
}

static void say_progress(struct progress *p, const struct asking *asking)
{
    const struct srflx_time now = srflx_clock_now();

    if (asking->server.family)
        progress_tick(p, &asking->server, asking->sent, now);
    else if (progress_is_due(p, now))
        progress_say(p, "looking for %s", asking->uri.host);
}

/* Until the next thing to do, or to say. */
static int wait_ms(const struct progress *p, uint32_t ask_ms)
{
    const uint64_t now = srflx_clock_now().mono_ns;
    uint64_t ms;

    if (p->next_ns == UINT64_MAX) return (int)ask_ms;
    ms = p->next_ns > now ? (p->next_ns - now + 999999) / 1000000 : 0;
    return (int)(ms < ask_ms ? ms : ask_ms);
}

/* Each has its part of `fds`. */
static void turn(struct asking *all, size_t count, struct pollfd *fds, const struct progress *p)
{
    size_t i, total = 0, at = 0, *parts = calloc(count, sizeof *parts);
    uint32_t least_ms = UINT32_MAX, ms;

    if (!parts) abort();
    for (i = 0; i < count; i++) {
        parts[i] = srflx_ask_fds(all[i].ask, fds + total);
        total += parts[i];
        ms = srflx_ask_wait_ms(all[i].ask);
        if (ms < least_ms) least_ms = ms;
    }
    if (poll(fds, (nfds_t)total, wait_ms(p, least_ms)) < 1)
        for (i = 0; i < total; i++)
            fds[i].revents = 0;
    for (i = 0; i < count; at += parts[i++])
        srflx_ask_step(all[i].ask, fds + at, parts[i]);
    free(parts);
}

bool asking_wait(struct asking *all, size_t count, bool silent, const volatile sig_atomic_t *stop)
{
    struct pollfd *fds = calloc(count, SRFLX_ASK_FDS * sizeof *fds);
    const struct asking *pending;
    struct progress progress;

    if (!fds) abort();
    progress_begin(&progress, silent, srflx_clock_now());
    while ((pending = first_without_result(all, count)) && !*stop) {
        turn(all, count, fds, &progress);
        say_progress(&progress, pending);
    }
    progress_end(&progress);
    free(fds);
    return !pending;
}
