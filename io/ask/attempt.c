/* One attempt: through the gate, over a link, with an exchange. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/value.h>

/* So many messages are taken before others have their turn, and how long to wait for the gate if nobody says that
 * it has opened. */
enum { MESSAGES_MOST = 64, GATE_MS = 50 };

static const uint64_t ms_ns = 1000000;

static void watch(const struct srflx_ask *ask, const struct attempt *a,
                  enum srflx_ask_moment moment, struct srflx_view bytes, struct srflx_time now)
{
    const struct srflx_ask_view view = {
        .moment = moment,
        .server = a->server,
        .transport = a->transport,
        .elapsed_ns = now.mono_ns - a->start_ns,
        .sent = a->sent,
        .bytes = bytes,
    };

    if (ask->options.watch) ask->options.watch(ask->options.watch_user, &view);
}

static void fail(struct srflx_ask *ask, struct attempt *a, int error, struct srflx_time now)
{
    const struct outcome outcome = {.error = error};

    srflxi_outcome(ask, a, &outcome, now);
}

void srflxi_attempt_leave_gate(const struct srflx_ask *ask, struct attempt *a)
{
    if (a->entered) srflx_gate_leave(ask->options.gate, &a->gated);
    a->entered = false;
}

void srflxi_attempt_clear(struct srflx_ask *ask, struct attempt *a)
{
    srflxi_attempt_leave_gate(ask, a);
    srflx_link_destroy(a->link);
    free(a->exchange_memory);
    if (a->login) srflx_login_wipe(a->login);
    free(a->login);
    memset(a, 0, sizeof *a);
}

/* spec: R8489-10-07 */
static int make_login(const struct srflx_ask *ask, struct attempt *a)
{
    const size_t size = srflx_login_size();
    struct srflx_login *login;
    void *memory;
    int error;

    if (!ask->options.credentials || a->login) return 0;
    memory = malloc(size);
    if (!memory) return SRFLX_ERROR_SYSTEM;
    error = srflx_login_init(memory, size, ask->options.credentials, &login);
    if (error)
        free(memory);
    else
        a->login = login;
    return error;
}

/* Without credentials this is a request without attributes, which servers of all generations answer.
 * spec: R8489-5-08 R8489-5-10 R8489-6.1-04 R5389-12.1-01 R3489-9.3-03 */
static int make_exchange(const struct srflx_ask *ask, struct attempt *a, uint32_t rto_ms)
{
    const size_t size = srflx_exchange_size();
    struct srflx_exchange_options options;

    if (!a->exchange_memory) a->exchange_memory = malloc(size);
    if (!a->exchange_memory) return SRFLX_ERROR_SYSTEM;
    srflx_exchange_options_defaults(&options);
    options.timing = ask->options.timing;
    options.timing.limit_ms = 0;
    options.timing.rto_ms = rto_ms;
    options.login = a->login;
    options.classic = ask->options.classic;
    options.fingerprint = ask->options.fingerprint;
    options.redirects = ask->options.redirects;
    return srflx_exchange_init(a->exchange_memory, size, &options, srflx_random_fill, NULL,
                               &a->exchange);
}

static bool is_datagram(const struct attempt *a)
{
    return a->transport == SRFLX_UDP || a->transport == SRFLX_DTLS;
}

/* RFC 3489 has a schedule of its own, without an estimate. spec: R8489-6.2.1-10 */
static uint32_t first_rto_ms(const struct srflx_ask *ask, const struct attempt *a,
                             struct srflx_time now)
{
    if (!ask->options.rto || ask->options.classic || !is_datagram(a))
        return ask->options.timing.rto_ms;
    return srflx_rto_cache_get(ask->options.rto, &a->server, now);
}

static int start_exchange(const struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    int error;

    if (a->moving) {
        a->moving = false;
        srflx_exchange_resume(a->exchange, now);
        return 0;
    }
    error = make_login(ask, a);
    if (!error) error = make_exchange(ask, a, first_rto_ms(ask, a, now));
    return error ? error : srflx_exchange_start(a->exchange, &a->server, a->transport, now);
}

static void open_link(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    struct srflx_link_options options;
    int error;

    srflx_link_options_defaults(&options);
    options.transport = a->transport;
    options.server = a->server;
    options.local = ask->options.local;
    options.secure = ask->options.secure;
    options.name = a->verify[0] ? a->verify : NULL;
    a->linking_ns = now.mono_ns;
    a->state = ATTEMPT_LINKING;
    error = srflx_link_new(&options, &a->link);
    if (error) fail(ask, a, error, now);
}

/* spec: R8489-6.2-02 */
static void enter_gate(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    if (ask->options.gate && !a->entered) {
        if (!srflx_gate_enter(ask->options.gate, &a->server)) return;
        a->gated = a->server;
        a->entered = true;
    }
    if (a->link)
        a->state = ATTEMPT_LINKING;
    else
        open_link(ask, a, now);
}

void srflxi_attempt_begin(struct srflx_ask *ask, struct attempt *a,
                          const struct srflx_candidate *candidate, struct srflx_time now)
{
    memset(a, 0, sizeof *a);
    a->state = ATTEMPT_WAITING;
    a->transport = candidate->transport;
    a->server = candidate->addr;
    memcpy(a->verify, candidate->verify, sizeof a->verify);
    a->start_ns = now.mono_ns;
    watch(ask, a, SRFLX_ASK_TRIES, (struct srflx_view){NULL, 0}, now);
}

void srflxi_attempt_again(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    (void)ask;
    a->state = ATTEMPT_WAITING;
    a->moving = false;
    a->reused = a->link != NULL;
    a->start_ns = now.mono_ns;
    a->linking_ns = now.mono_ns;
    a->sent = 0;
    a->redirected = 0;
}

/* spec: R8489-6.2.2-11 */
static void link_failed(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    struct srflx_link_failure failure;

    if (a->reused) {
        srflx_link_abort(a->link);
        a->link = NULL;
        a->reused = false;
        open_link(ask, a, now);
        return;
    }
    srflx_link_failure(a->link, &failure);
    fail(ask, a, failure.error, now);
}

static void send_request(struct srflx_ask *ask, struct attempt *a, const struct srflx_event *event,
                         struct srflx_time now)
{
    const int error = srflx_link_send(a->link, event->bytes);

    a->sent = event->sent;
    watch(ask, a, SRFLX_ASK_SENDS, event->bytes, now);
    if (!error) return;
    if (srflx_link_state(a->link) == SRFLX_LINK_FAILED)
        link_failed(ask, a, now);
    else
        fail(ask, a, error, now);
}

/* False if the name is none that a certificate can have. */
static bool read_domain(const struct srflx_message *answer, char *ret_name)
{
    struct srflx_view domain;
    struct srflx_uri uri;
    const int error = srflx_message_get_bytes(answer, SRFLX_ATTR_ALTERNATE_DOMAIN, &domain);

    if (error == SRFLX_ERROR_ABSENT) return true;
    if (error || memchr(domain.ptr, ':', domain.len)) return false;
    if (srflx_uri_parse_lenient(domain, true, &uri) || uri.kind != SRFLX_URI_NAME) return false;
    memcpy(ret_name, uri.host, sizeof uri.host);
    return true;
}

/* To the server that the last one named: a link of its own, and over TLS and DTLS another certificate, which must
 * have the name in ALTERNATE-DOMAIN, or that of the server before.
 * spec: R8489-10-06 R8489-10-08 R8489-10-09 R8489-10-10 */
static void move(struct srflx_ask *ask, struct attempt *a, const struct srflx_event *event,
                 struct srflx_time now)
{
    if (!read_domain(&event->answer, a->verify)) {
        fail(ask, a, SRFLX_ERROR_REDIRECT, now);
        return;
    }
    srflxi_attempt_leave_gate(ask, a);
    srflx_link_destroy(a->link);
    a->link = NULL;
    a->server = event->to;
    a->redirected++;
    a->moving = true;
    a->reused = false;
    a->state = ATTEMPT_WAITING;
    watch(ask, a, SRFLX_ASK_MOVES, (struct srflx_view){NULL, 0}, now);
    enter_gate(ask, a, now);
}

static void take_event(struct srflx_ask *ask, struct attempt *a, const struct srflx_event *event,
                       struct srflx_time now)
{
    struct outcome outcome = {.error = event->error, .event = event};

    switch (event->kind) {
    case SRFLX_EVENT_SEND:
        send_request(ask, a, event, now);
        return;
    case SRFLX_EVENT_MOVED:
        move(ask, a, event, now);
        return;
    default:
        srflxi_outcome(ask, a, &outcome, now);
    }
}

/* Events are taken before anything else is received, as they borrow what was. */
static void take_events(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    struct srflx_event event;

    while (a->state == ATTEMPT_ASKING && srflx_exchange_next_event(a->exchange, &event))
        take_event(ask, a, &event, now);
}

static void take_message(struct srflx_ask *ask, struct attempt *a, struct srflx_view message,
                         struct srflx_time now)
{
    struct srflx_packet packet = {.bytes = message, .transport = a->transport};
    bool ours;

    if (a->state != ATTEMPT_ASKING) return;
    packet.from = a->server;
    packet.to = a->local;
    ours = srflx_exchange_feed(a->exchange, &packet, now);
    watch(ask, a, ours ? SRFLX_ASK_HEARS : SRFLX_ASK_IGNORES, message, now);
    if (ours) a->reused = false;
    take_events(ask, a, now);
}

/* The link is ready: its true ends are known. */
static void begin_asking(struct srflx_ask *ask, struct attempt *a, struct srflx_time now)
{
    struct srflx_addr server;
    int error;

    srflx_link_ends(a->link, &server, &a->local);
    if (!a->moving) a->server = server; /* else the exchange knows it by the name it was given */
    a->state = ATTEMPT_ASKING;
    error = start_exchange(ask, a, now);
    if (error)
        fail(ask, a, error, now);
    else
        take_events(ask, a, now);
}

/* Returns true if there may be more. The clock is read anew: an answer may follow in the same step. */
static bool talk(struct srflx_ask *ask, struct attempt *a)
{
    struct srflx_view message;
    const int got = srflx_link_next(a->link, &message);
    const struct srflx_time now = srflx_clock_now();

    if (got < 0) {
        link_failed(ask, a, now);
        return false;
    }
    if (got > 0) take_message(ask, a, message, now);
    if (a->state == ATTEMPT_LINKING && srflx_link_state(a->link) == SRFLX_LINK_READY) {
        begin_asking(ask, a, now);
        return true;
    }
    return got > 0;
}

static bool is_talking(const struct attempt *a)
{
    return a->state == ATTEMPT_LINKING || a->state == ATTEMPT_ASKING;
}

/* Connecting and the handshake may take as long as a request over TCP. */
static uint64_t linking_end(const struct srflx_ask *ask, const struct attempt *a, uint64_t end_ns)
{
    const uint64_t own_ns = a->linking_ns + ask->options.timing.ti_ms * ms_ns;

    return own_ns < end_ns ? own_ns : end_ns;
}

static void tick(struct srflx_ask *ask, struct attempt *a, uint64_t end_ns, struct srflx_time now)
{
    if (a->state == ATTEMPT_ASKING) {
        srflx_exchange_set_limit(a->exchange, end_ns);
        srflx_exchange_tick(a->exchange, now);
        take_events(ask, a, now);
    } else if (a->state == ATTEMPT_LINKING && now.mono_ns >= linking_end(ask, a, end_ns)) {
        srflx_link_give_up(a->link);
        a->reused = false;
        link_failed(ask, a, now);
    } else if (a->state == ATTEMPT_WAITING && now.mono_ns >= end_ns) {
        fail(ask, a, SRFLX_ERROR_TIMEOUT, now);
    }
}

void srflxi_attempt_step(struct srflx_ask *ask, struct attempt *a, uint64_t end_ns,
                         struct srflx_time now)
{
    int i;

    if (a->state == ATTEMPT_WAITING) enter_gate(ask, a, now);
    for (i = 0; i < MESSAGES_MOST && is_talking(a); i++)
        if (!talk(ask, a)) break;
    tick(ask, a, end_ns, now);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t srflxi_attempt_deadline(const struct srflx_ask *ask, const struct attempt *a,
                                 uint64_t end_ns, struct srflx_time now)
{
    switch (a->state) {
    case ATTEMPT_WAITING:
        if (!ask->options.gate || srflx_gate_is_open(ask->options.gate, &a->server))
            return now.mono_ns;
        return earlier(end_ns, now.mono_ns + GATE_MS * ms_ns);
    case ATTEMPT_LINKING:
        return earlier(linking_end(ask, a, end_ns), srflx_link_next_deadline(a->link, now));
    case ATTEMPT_ASKING:
        return earlier(earlier(end_ns, srflx_exchange_next_deadline(a->exchange)),
                       srflx_link_next_deadline(a->link, now));
    default:
        return UINT64_MAX;
    }
}
