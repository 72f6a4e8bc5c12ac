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
#include <srflx/writer.h>

#include "explain.h"
#include "output.h"
#include "progress.h"

enum { REQUEST_SIZE = 20, RECEIVE_SIZE = 65536 };

struct asking {
    const struct ask_plan *plan;
    const struct channel *channel;
    struct srflx_transaction *transaction;
    struct srflx_time start;
    struct progress progress;
    struct ask_result result;
    uint8_t request[REQUEST_SIZE];
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
    print_attributes(stderr, bytes, "          ");
}

/* A request without attributes, which servers of all generations answer.
 * spec: R8489-5-08 R8489-5-10 R8489-6.1-04 R5389-12.1-01 R3489-9.3-03 */
static struct srflx_view write_request(struct asking *a)
{
    struct srflx_view request = {NULL, 0};
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(srflx_random_fill, NULL, a->plan->classic, &id);
    srflx_writer_begin(&w, a->request, sizeof a->request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (srflx_writer_finish(&w, &request)) abort();
    return request;
}

static void fail(struct asking *a, int error, int number)
{
    a->result.error = error;
    a->result.number = number;
}

/* What the system says about an earlier request, or about this one. True if the server cannot
 * answer: ICMP's hard errors. False if it is of no consequence, and the next request may fare
 * better. */
static bool is_hard(int number)
{
    return number == ECONNREFUSED || number == EHOSTUNREACH || number == ENETUNREACH ||
           number == ENOPROTOOPT;
}

static bool is_passing(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR || number == ENOBUFS;
}

/* spec: R8489-6.2.1-17 */
static void take_socket_error(struct asking *a, int number)
{
    if (is_passing(number)) return;
    if (is_hard(number))
        srflx_transaction_unreachable(a->transaction, srflx_clock_now());
    else
        srflx_transaction_cancel(a->transaction);
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

static void take_event(struct asking *a, const struct srflx_event *event)
{
    switch (event->kind) {
    case SRFLX_EVENT_SEND:
        send_request(a, event);
        break;
    case SRFLX_EVENT_ANSWER:
        a->result.mapped = event->mapped;
        a->result.rtt_ns = event->rtt_ns;
        a->result.is_sample = event->rtt_is_sample;
        break;
    default:
        a->result.error = event->error;
        if (event->error == SRFLX_ERROR_REJECTED) take_rejection(a, event);
    }
}

/* Milliseconds until the next deadline, rounded up as poll() has it. */
static int wait_ms(const struct asking *a)
{
    uint64_t deadline = srflx_transaction_next_deadline(a->transaction);
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
    ours = srflx_transaction_feed(a->transaction, &packet, srflx_clock_now());
    trace_packet(a, packet.bytes, ours);
}

/* Events are taken before anything else is received, as they borrow what was. */
static bool converse(struct asking *a, const volatile sig_atomic_t *stop)
{
    struct pollfd readable = {.fd = a->channel->fd, .events = POLLIN};
    struct srflx_event event;

    for (;;) {
        while (srflx_transaction_next_event(a->transaction, &event))
            take_event(a, &event);
        if (srflx_transaction_next_deadline(a->transaction) == UINT64_MAX) return true;
        if (*stop) return false;
        if (poll(&readable, 1, wait_ms(a)) > 0) receive(a);
        srflx_transaction_tick(a->transaction, srflx_clock_now());
        progress_tick(&a->progress, &a->channel->server, a->result.sent, srflx_clock_now());
    }
}

static bool run_transaction(struct asking *a, const volatile sig_atomic_t *stop)
{
    struct srflx_view request = write_request(a);
    void *memory = malloc(srflx_transaction_size());
    bool ended;

    if (!memory ||
        srflx_transaction_init(memory, srflx_transaction_size(), &a->plan->timing, &a->transaction))
        abort();
    if (srflx_transaction_start(a->transaction, request, &a->channel->server, SRFLX_UDP, a->start))
        abort();
    ended = converse(a, stop);
    free(memory);
    return ended;
}

bool ask(const struct ask_plan *plan, const struct channel *channel,
         const volatile sig_atomic_t *stop, struct ask_result *ret_result)
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
    ended = run_transaction(a, stop);
    progress_end(&a->progress);
    a->result.elapsed_ns = srflx_clock_now().mono_ns - a->start.mono_ns;
    *ret_result = a->result;
    free(a);
    return ended;
}
