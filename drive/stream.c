#define _POSIX_C_SOURCE 200809L
#include "stream_engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/clock.h>
#include <srflx/random.h>

/* What an event is about: a connection by slot and generation, which is never 0, or a listener by its
 * number, or the caller's descriptor. */
#define WATCHED UINT32_MAX

static struct srflx_time read_clock(void *user)
{
    (void)user;
    return srflx_clock_now();
}

void srflx_streams_options_defaults(struct srflx_streams_options *ret_options)
{
    *ret_options = (struct srflx_streams_options){
        .connections = 10000,
        .per_address = 256,
        .buffers = 1024,
        .header_ms = 5000,
        .idle_ms = 30000,
        .handshake_ms = 5000,
        .handshakes = 16,
        .now = read_clock,
    };
}

static bool are_usable(const struct srflx_streams_options *options)
{
    const uint32_t times[] = {options->header_ms, options->idle_ms, options->handshake_ms};

    for (unsigned i = 0; i < sizeof times / sizeof *times; i++)
        if (!times[i] || times[i] > SRFLX_STREAM_MS_MOST) return false;
    if (!options->connections || options->connections > SRFLX_STREAM_CONNECTIONS_MOST) return false;
    if (options->buffers < 2 || options->buffers > SRFLX_STREAM_BUFFERS_MOST) return false;
    return options->handshakes && options->handler.handle;
}

static uint64_t read_now(struct srflx_streams *s)
{
    return s->options.now(s->options.now_user).mono_ns / 1000000;
}

static int allocate(struct srflx_streams *s)
{
    const uint32_t most = s->options.connections;

    s->slots = calloc(most, sizeof *s->slots);
    s->links = calloc(most, sizeof *s->links);
    if (!s->slots || !s->links) return SRFLX_ERROR_SYSTEM;
    if (srflx_deadlines_init(&s->deadlines, most, s->now_ms)) return SRFLX_ERROR_SYSTEM;
    if (srflx_buffer_pool_init(&s->pool, s->options.buffers)) return SRFLX_ERROR_SYSTEM;
    if (srflx_limits_init(&s->limits, most, s->options.per_address, srflx_random_fill, NULL))
        return SRFLX_ERROR_SYSTEM;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    return s->epoll < 0 ? SRFLX_ERROR_SYSTEM : 0;
}

int srflx_streams_new(const struct srflx_streams_options *options,
                      struct srflx_streams **ret_streams)
{
    struct srflx_streams *s;

    if (!are_usable(options)) return SRFLX_ERROR_ARGUMENT;
    s = calloc(1, sizeof *s);
    if (!s) return SRFLX_ERROR_SYSTEM;
    s->options = *options;
    if (!s->options.now) s->options.now = read_clock;
    s->world.handler = options->handler;
    s->epoll = -1;
    s->free_slot = SRFLX_INDEX_NONE;
    for (unsigned i = 0; i < SRFLX_SLOT_LISTS; i++)
        srflx_index_list_init(&s->lists[i]);
    s->now_ms = read_now(s);
    if (allocate(s)) {
        srflx_streams_destroy(s);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_streams = s;
    return 0;
}

void srflx_streams_destroy(struct srflx_streams *streams)
{
    if (!streams) return;
    for (uint32_t i = 0; i < streams->fresh_slot; i++)
        if (streams->slots[i].fd >= 0) srflx_stream_close(streams, i, SRFLX_STREAM_END_shut);
    if (streams->epoll >= 0) close(streams->epoll);
    srflx_limits_free(&streams->limits);
    srflx_buffer_pool_free(&streams->pool);
    srflx_deadlines_free(&streams->deadlines);
    free(streams->links);
    free(streams->slots);
    free(streams);
}

static int add(struct srflx_streams *s, int fd, uint64_t what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};

    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) ? SRFLX_ERROR_SYSTEM : 0;
}

int srflx_streams_listen(struct srflx_streams *streams, const struct srflx_stream_socket *socket)
{
    if (streams->listener_count == SRFLX_STREAM_LISTENERS) return SRFLX_ERROR_SPACE;
    if (add(streams, socket->fd, streams->listener_count)) return SRFLX_ERROR_SYSTEM;
    streams->listeners[streams->listener_count++] = *socket;
    return 0;
}

int srflx_streams_watch(struct srflx_streams *streams, int fd)
{
    return add(streams, fd, WATCHED);
}

void srflx_streams_set_security(struct srflx_streams *streams,
                                struct srflx_secure_context *security)
{
    streams->world.security = security;
}

void srflx_streams_set_proxies(struct srflx_streams *streams, const struct srflx_prefix *prefixes,
                               size_t count)
{
    streams->proxies = prefixes;
    streams->proxy_count = count;
}

const struct srflx_stream_counters *srflx_streams_counters(const struct srflx_streams *streams)
{
    return &streams->world.counters;
}

size_t srflx_streams_idle_size(void)
{
    return sizeof(struct srflx_slot) + sizeof(struct srflx_links) + SRFLX_DEADLINE_SIZE +
           SRFLX_LIMITS_SIZE;
}

static int sooner(int a, int b)
{
    if (a < 0) return b;
    if (b < 0) return a;
    return a < b ? a : b;
}

/* How long this round may wait: for the caller, for deadlines, for descriptors to be free again, and
 * not at all while handshakes wait for their turn. */
static int wait_ms(const struct srflx_streams *s, int timeout_ms)
{
    if (s->lists[SRFLX_IN_QUEUE].first != SRFLX_INDEX_NONE) return 0;
    timeout_ms = sooner(timeout_ms, srflx_deadlines_wait_ms(&s->deadlines, s->now_ms));
    if (!s->paused_until_ms) return timeout_ms;
    if (s->paused_until_ms <= s->now_ms) return 0;
    return sooner(timeout_ms, (int)(s->paused_until_ms - s->now_ms));
}

/* The slot whose connection this event is about; SRFLX_INDEX_NONE if that has been
 * closed, or it is about none. */
static uint32_t slot_of(const struct srflx_streams *s, const struct epoll_event *event)
{
    const uint32_t i = (uint32_t)event->data.u64, generation = (uint32_t)(event->data.u64 >> 32);

    if (!generation) return SRFLX_INDEX_NONE;
    if (s->slots[i].fd < 0 || s->slots[i].generation != generation) return SRFLX_INDEX_NONE;
    return i;
}

/* In the order in which a round takes them. Newcomers come late, so that nobody is closed to make room for
 * them whose request is there already. */
enum turn { TURN_MESSAGES, TURN_HANDSHAKES, TURN_NEWCOMERS, TURNS };

static enum turn turn_of(const struct srflx_streams *s, const struct epoll_event *event)
{
    const uint32_t i = slot_of(s, event);

    if (event->data.u64 < SRFLX_STREAM_LISTENERS) return TURN_NEWCOMERS;
    if (i == SRFLX_INDEX_NONE) return TURN_MESSAGES;
    return s->slots[i].c.phase == SRFLX_CONNECTION_HANDSHAKE ? TURN_HANDSHAKES : TURN_MESSAGES;
}

static void serve(struct srflx_streams *s, const struct epoll_event *event)
{
    const uint32_t i = slot_of(s, event);

    if (event->data.u64 == WATCHED)
        s->watched = true;
    else if (event->data.u64 < SRFLX_STREAM_LISTENERS)
        srflx_stream_accept(s, (unsigned)event->data.u64);
    else if (i != SRFLX_INDEX_NONE)
        srflx_stream_serve(s, i, event->events);
}

/* Serves those whose turn it is, and keeps the others. Handshakes that are too many for this round are
 * reported again by the next one. */
static unsigned serve_turn(struct srflx_streams *s, unsigned count, enum turn turn)
{
    unsigned left = 0;

    for (unsigned n = 0; n < count; n++) {
        const enum turn own = turn_of(s, &s->events[n]);
        if (own > turn)
            s->events[left++] = s->events[n];
        else if (own != TURN_HANDSHAKES || srflx_stream_handshakes_left(s))
            serve(s, &s->events[n]);
    }
    return left;
}

/* What has begun comes first, messages before handshakes. Last are the handshakes that wait for their turn,
 * as many as this round still allows. */
static void serve_all(struct srflx_streams *s, unsigned count)
{
    for (unsigned turn = TURN_MESSAGES; turn < TURNS; turn++)
        count = serve_turn(s, count, (enum turn)turn);
    srflx_stream_serve_queue(s);
}

/* Never opens a connection. spec: R8489-6.2.2-14 */
bool srflx_streams_run(struct srflx_streams *streams, int timeout_ms)
{
    struct srflx_streams *s = streams;
    const int count = epoll_wait(s->epoll, s->events, SRFLX_STREAM_EVENTS, wait_ms(s, timeout_ms));

    s->now_ms = read_now(s);
    s->handshakes_before = s->world.handshake_steps;
    s->watched = false;
    srflx_stream_resume_accepting(s);
    serve_all(s, count > 0 ? (unsigned)count : 0);
    srflx_stream_expire(s);
    return s->watched;
}
