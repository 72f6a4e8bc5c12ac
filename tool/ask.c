#include "ask.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>

#include "explain.h"
#include "output.h"
#include "progress.h"

enum { RECEIVE_SIZE = 65536 };

struct asking {
    const struct ask_plan *plan;
    struct channel *channel;
    struct srflx_exchange *exchange;
    struct srflx_time start;
    struct progress progress;
    struct ask_result result;
    uint8_t received[RECEIVE_SIZE];
};

static void trace(const struct asking *a, const char *what, size_t len)
{
    double ms = (double)(srflx_clock_now().mono_ns - a->start.mono_ns) / 1e6;
    char text[SRFLX_ADDR_TEXT];

    if (!a->plan->verbose) return;
    fprintf(stderr, "%10.3f ms  %s, %zu bytes, %s\n", ms, what, len,
            srflx_addr_write(&a->channel->server, text));
}

static void trace_packet(const struct asking *a, struct srflx_view bytes, bool ours)
{
    struct srflx_message m;

    if (!a->plan->verbose) return;
    trace(a, ours ? "received the answer" : "received and ignored", bytes.len);
    if (srflx_message_parse(bytes, &m)) {
        fputs("               no STUN message\n", stderr);
        return;
    }
    fputs("               ", stderr);
    print_message_title(stderr, m.type);
    fputc('\n', stderr);
    print_attributes(stderr, bytes, NULL, "          ");
}

static void fail(struct asking *a, int error, int number)
{
    a->result.error = error;
    a->result.number = number;
}

/* What the system says about an earlier request, or about this one. spec: R8489-6.2.1-17 */
static void take_socket_error(struct asking *a, int number)
{
    switch (srflx_socket_error_kind(number)) {
    case SRFLX_SOCKET_PASSING:
        return;
    case SRFLX_SOCKET_HARD:
        srflx_exchange_unreachable(a->exchange, srflx_clock_now());
        break;
    default:
        srflx_exchange_cancel(a->exchange);
    }
    fail(a, SRFLX_ERROR_SYSTEM, number);
}

static void send_request(struct asking *a, const struct srflx_event *event)
{
    a->result.sent = event->sent;
    trace(a, "sent a request", event->bytes.len);
    if (send(a->channel->fd, event->bytes.ptr, event->bytes.len, 0) < 0)
        take_socket_error(a, errno);
}

static void take_rejection(struct asking *a, const struct srflx_event *event)
{
    struct srflx_error_code error;
    char *phrase;

    a->result.code = event->code;
    if (srflx_message_get_error(&event->answer, &error)) return;
    phrase = escape_text(error.phrase);
    snprintf(a->result.phrase, sizeof a->result.phrase, "%s", phrase);
    free(phrase);
}

/* To the server that the last one named: a socket of its own, as ours takes datagrams from one alone. */
static void take_redirect(struct asking *a, const struct srflx_event *event)
{
    struct channel next;
    const char *step;

    a->result.redirected++;
    a->result.server = event->to;
    if (channel_open(&event->to, &a->plan->bind_to, &next, &step)) {
        fail(a, SRFLX_ERROR_SYSTEM, errno);
        srflx_exchange_cancel(a->exchange);
        return;
    }
    channel_close(a->channel);
    *a->channel = next;
    a->result.server = next.server;
    a->result.local = next.local;
    trace(a, "sent on", 0);
    srflx_exchange_resume(a->exchange, srflx_clock_now());
}

/* What the server and we have agreed on, if the answer shows that it knows the credentials. */
static void take_login(struct asking *a)
{
    struct srflx_login_state state;
    char *realm;

    srflx_login_get_state(a->plan->login, &state);
    a->result.has_login = true;
    a->result.authenticated = state.integrity != SRFLX_INTEGRITY_ABSENT;
    a->result.algorithm = state.algorithm;
    a->result.integrity = state.integrity;
    a->result.userhash = state.userhash;
    a->result.token = state.token;
    realm = escape_text(state.realm);
    snprintf(a->result.realm, sizeof a->result.realm, "%s", realm);
    free(realm);
}

static void take_answer(struct asking *a, const struct srflx_event *event)
{
    a->result.mapped = event->mapped;
    a->result.rtt_ns = event->rtt_ns;
    a->result.is_sample = event->rtt_is_sample;
    a->result.interval_ns = event->interval_ns;
    a->result.sent = event->sent;
    if (a->plan->login) take_login(a);
}

static void take_failure(struct asking *a, const struct srflx_event *event)
{
    a->result.error = event->error;
    a->result.code = event->code;
    if (event->error == SRFLX_ERROR_REJECTED) take_rejection(a, event);
    if (event->error == SRFLX_ERROR_REFUSED)
        a->result.refusal = (uint8_t)srflx_login_refusal(a->plan->login);
}

static void take_event(struct asking *a, const struct srflx_event *event)
{
    switch (event->kind) {
    case SRFLX_EVENT_SEND:
        send_request(a, event);
        break;
    case SRFLX_EVENT_MOVED:
        take_redirect(a, event);
        break;
    case SRFLX_EVENT_ANSWER:
        take_answer(a, event);
        break;
    default:
        take_failure(a, event);
    }
}

/* Milliseconds until the next deadline, rounded up as poll() has it. */
static int wait_ms(const struct asking *a)
{
    uint64_t deadline = srflx_exchange_next_deadline(a->exchange);
    uint64_t now = srflx_clock_now().mono_ns;

    if (a->progress.next_ns < deadline) deadline = a->progress.next_ns;
    return deadline > now ? (int)((deadline - now + 999999) / 1000000) : 0;
}

static void receive(struct asking *a)
{
    struct srflx_packet packet = {.transport = SRFLX_UDP, .to = a->channel->local};
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t len = recvfrom(a->channel->fd, a->received, sizeof a->received, 0,
                           (struct sockaddr *)&from, &from_len);
    bool ours;

    if (len < 0) {
        take_socket_error(a, errno);
        return;
    }
    if (!srflx_addr_from_sockaddr((struct sockaddr *)&from, &packet.from)) return;
    packet.bytes.ptr = a->received;
    packet.bytes.len = (size_t)len;
    ours = srflx_exchange_feed(a->exchange, &packet, srflx_clock_now());
    trace_packet(a, packet.bytes, ours);
}

/* Events are taken before anything else is received, as they borrow what was. */
static bool converse(struct asking *a, const volatile sig_atomic_t *stop)
{
    struct pollfd readable = {.events = POLLIN};
    struct srflx_event event;

    for (;;) {
        while (srflx_exchange_next_event(a->exchange, &event))
            take_event(a, &event);
        if (srflx_exchange_next_deadline(a->exchange) == UINT64_MAX) return true;
        if (*stop) return false;
        readable.fd = a->channel->fd; /* another one after a redirection */
        if (poll(&readable, 1, wait_ms(a)) > 0) receive(a);
        srflx_exchange_tick(a->exchange, srflx_clock_now());
        progress_tick(&a->progress, &a->channel->server, a->result.sent, srflx_clock_now());
    }
}

/* Without credentials this is a request without attributes, which servers of all generations answer.
 * spec: R8489-5-08 R8489-5-10 R8489-6.1-04 R5389-12.1-01 R3489-9.3-03 */
static bool run_exchange(struct asking *a, const volatile sig_atomic_t *stop)
{
    const size_t size = srflx_exchange_size();
    struct srflx_exchange_options options;
    void *memory = malloc(size);
    bool ended;

    srflx_exchange_options_defaults(&options);
    options.timing = a->plan->timing;
    options.login = a->plan->login;
    options.classic = a->plan->classic;
    options.redirects = a->plan->redirects;
    if (!memory ||
        srflx_exchange_init(memory, size, &options, srflx_random_fill, NULL, &a->exchange) ||
        srflx_exchange_start(a->exchange, &a->channel->server, SRFLX_UDP, a->start))
        abort();
    ended = converse(a, stop);
    free(memory);
    return ended;
}

bool ask(const struct ask_plan *plan, struct channel *channel, const volatile sig_atomic_t *stop,
         struct ask_result *ret_result)
{
    struct asking *a = calloc(1, sizeof *a);
    bool ended;

    if (!a) abort();
    a->plan = plan;
    a->channel = channel;
    a->start = srflx_clock_now();
    a->result.server = channel->server;
    a->result.local = channel->local;
    progress_begin(&a->progress, plan->patient || plan->verbose, a->start);
    ended = run_exchange(a, stop);
    progress_end(&a->progress);
    a->result.elapsed_ns = srflx_clock_now().mono_ns - a->start.mono_ns;
    *ret_result = a->result;
    free(a);
    return ended;
}
