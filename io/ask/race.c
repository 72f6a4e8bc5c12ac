/* Which attempts there are: candidates one after the other, addresses of one server side by side.
 * spec: R8489-8.1-04 R8489-8.1-05 R8305-5-01 */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include <srflx/random.h>

static const uint64_t ms_ns = 1000000;

static int start_resolver(struct srflx_ask *ask)
{
    struct srflx_resolver_options options;
    int error;

    if (ask->options.uri.kind != SRFLX_URI_NAME) return 0;
    srflx_resolver_options_defaults(&options);
    options.servers = ask->options.dns;
    error = srflx_resolver_new(&options, &ask->resolver);
    return error ? error : srflx_resolver_start(ask->resolver, ask->locate);
}

static uint32_t locate_limit_ms(const struct srflx_ask *ask)
{
    const uint32_t limit_ms = ask->options.limit_ms;

    return limit_ms && limit_ms < SRFLX_LOCATE_LIMIT_MS ? limit_ms : SRFLX_LOCATE_LIMIT_MS;
}

static int start_locate(struct srflx_ask *ask, struct srflx_time now)
{
    const uint8_t bound = ask->options.local.family;
    struct srflx_locate_options options;
    void *memory;
    int error;

    srflx_locate_options_defaults(&options);
    options.uri = ask->options.uri;
    memcpy(options.transports, ask->options.transports, sizeof options.transports);
    options.family = bound ? bound : ask->options.family;
    options.limit_ms = locate_limit_ms(ask);
    memcpy(options.verify, ask->verify, sizeof options.verify);
    options.random = srflx_random_fill;
    options.cache = ask->options.names;
    memory = malloc(srflx_locate_size());
    if (!memory) return SRFLX_ERROR_SYSTEM;
    error = srflx_locate_init(memory, srflx_locate_size(), &options, now, &ask->locate);
    if (error) free(memory);
    return error;
}

static void stop_locating(struct srflx_ask *ask)
{
    srflx_resolver_destroy(ask->resolver);
    ask->resolver = NULL;
    free(ask->locate);
    ask->locate = NULL;
}

void srflxi_race_stop(struct srflx_ask *ask)
{
    size_t i;

    stop_locating(ask);
    for (i = 0; i < SRFLX_ASK_ATTEMPTS; i++)
        if (&ask->attempts[i] != ask->decider) srflxi_attempt_clear(ask, &ask->attempts[i]);
}

static void take_candidates(struct srflx_ask *ask, struct srflx_time now)
{
    while (ask->found < SRFLX_LOCATE_CANDIDATES &&
           srflx_locate_next_candidate(ask->locate, now, &ask->candidates[ask->found]))
        ask->found++;
}

int srflxi_race_start(struct srflx_ask *ask, struct srflx_time now)
{
    int error;

    ask->found = ask->tried = 0;
    ask->pace = (struct srflx_pace){0};
    error = start_locate(ask, now);
    if (!error) error = start_resolver(ask);
    if (!error) take_candidates(ask, now);
    return error;
}

/* Addresses of one server race; another server is only asked when this one fails: that is what priorities and
 * weights are for. */
static bool is_same_server(const struct srflx_candidate *a, const struct srflx_candidate *b)
{
    return a->transport == b->transport && a->addr.port == b->addr.port &&
           !strcmp(a->host, b->host);
}

static size_t running(const struct srflx_ask *ask)
{
    size_t i, count = 0;

    for (i = 0; i < SRFLX_ASK_ATTEMPTS; i++)
        count += ask->attempts[i].state != ATTEMPT_FREE;
    return count;
}

static struct attempt *free_attempt(struct srflx_ask *ask)
{
    size_t i;

    for (i = 0; i < SRFLX_ASK_ATTEMPTS; i++)
        if (ask->attempts[i].state == ATTEMPT_FREE) return &ask->attempts[i];
    return NULL;
}

/* When the next candidate may be tried; UINT64_MAX: not before something else happens. */
static uint64_t next_try_ns(const struct srflx_ask *ask)
{
    const size_t count = running(ask);

    if (ask->tried == ask->found || count == SRFLX_ASK_ATTEMPTS) return UINT64_MAX;
    if (count && !is_same_server(&ask->candidates[ask->tried - 1], &ask->candidates[ask->tried]))
        return UINT64_MAX;
    return srflx_pace_next(&ask->pace);
}

static void try_next(struct srflx_ask *ask, struct srflx_time now)
{
    const struct srflx_candidate *next = &ask->candidates[ask->tried];

    if (!ask->tried || !is_same_server(next - 1, next)) ask->group_ns = now.mono_ns;
    ask->tried++;
    srflx_pace_start(&ask->pace, now);
    srflxi_attempt_begin(ask, free_attempt(ask), next, now);
}

/* Servers that wait behind those being asked. */
static uint64_t servers_behind(const struct srflx_ask *ask)
{
    uint64_t count = 0;
    size_t i;

    for (i = ask->tried ? ask->tried : 1; i < ask->found; i++)
        count += !is_same_server(&ask->candidates[i - 1], &ask->candidates[i]);
    return count;
}

/* Those being asked have an equal part of what is left for all. */
static uint64_t turn_end(const struct srflx_ask *ask)
{
    if (ask->end_ns == UINT64_MAX || ask->group_ns >= ask->end_ns) return ask->end_ns;
    return ask->group_ns + (ask->end_ns - ask->group_ns) / (servers_behind(ask) + 1);
}

static void step_attempts(struct srflx_ask *ask, struct srflx_time now)
{
    size_t i;

    for (i = 0; i < SRFLX_ASK_ATTEMPTS && !ask->is_over; i++)
        srflxi_attempt_step(ask, &ask->attempts[i], turn_end(ask), now);
}

static bool has_found_all(const struct srflx_ask *ask)
{
    return ask->tried == ask->found && (!ask->locate || srflx_locate_is_done(ask->locate));
}

static void find(struct srflx_ask *ask, const struct pollfd *fds, size_t count,
                 struct srflx_time now)
{
    if (!ask->locate) return;
    if (ask->resolver) srflx_resolver_process(ask->resolver, fds, count);
    take_candidates(ask, now);
}

/* Attempts are stepped again when one has begun, and another may begin when one has failed at once. */
void srflxi_race_step(struct srflx_ask *ask, const struct pollfd *fds, size_t count,
                      struct srflx_time now)
{
    find(ask, fds, count, now);
    step_attempts(ask, now);
    while (!ask->is_over && now.mono_ns < ask->end_ns && next_try_ns(ask) <= now.mono_ns) {
        try_next(ask, now);
        step_attempts(ask, now);
    }
    if (ask->is_over || running(ask)) return;
    if (has_found_all(ask) || now.mono_ns >= ask->end_ns)
        srflxi_outcome_without_server(ask, SRFLX_ERROR_NAME);
}

uint64_t srflxi_race_deadline(const struct srflx_ask *ask, struct srflx_time now)
{
    uint64_t deadline = ask->end_ns, own;
    uint32_t wait_ms;
    size_t i;

    own = next_try_ns(ask);
    if (own < deadline) deadline = own;
    if (has_found_all(ask) && !running(ask)) return now.mono_ns;
    if (ask->resolver) {
        wait_ms = srflx_resolver_wait_ms(ask->resolver);
        own = wait_ms == UINT32_MAX ? UINT64_MAX : now.mono_ns + wait_ms * ms_ns;
        if (own < deadline) deadline = own;
    }
    for (i = 0; i < SRFLX_ASK_ATTEMPTS; i++) {
        own = srflxi_attempt_deadline(ask, &ask->attempts[i], turn_end(ask), now);
        if (own < deadline) deadline = own;
    }
    return deadline;
}
