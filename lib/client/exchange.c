#include <srflx/exchange.h>

#include <stddef.h>

#include <srflx/addr.h>

#include <srflxi/transaction.h>

#include "login.h"

enum { REQUEST_MOST = 2560, SERVERS_MOST = SRFLX_REDIRECTS_MAX + 1 };

struct srflx_exchange {
    struct srflx_exchange_options options;
    srflx_random_fn *random;
    void *user;
    struct srflx_transaction *transaction;

    uint8_t transport;
    unsigned server_count; /* asked so far; the last one is in hand */
    struct srflx_addr servers[SERVERS_MOST];
    bool moving;       /* resume() is to come */
    uint32_t sent;     /* by the transactions that have ended */
    uint64_t limit_ns; /* of all transactions */
    bool is_waiting;   /* the event that the caller has not taken yet */
    struct srflx_event event;
    uint8_t request[REQUEST_MOST];
    max_align_t transaction_memory[];
};

void srflx_exchange_options_defaults(struct srflx_exchange_options *ret_options)
{
    static const struct srflx_exchange_options defaults = {.size = sizeof defaults, .redirects = 5};

    *ret_options = defaults;
    srflx_transaction_options_defaults(&ret_options->timing);
}

size_t srflx_exchange_size(void)
{
    return sizeof(struct srflx_exchange) + srflx_transaction_size();
}

/* spec: R8489-9.2.2-01 */
static bool is_sound(const struct srflx_exchange_options *options)
{
    if (options->size != sizeof *options || options->redirects > SRFLX_REDIRECTS_MAX) return false;
    return !(options->classic && (options->login || options->fingerprint));
}

int srflx_exchange_init(void *memory, size_t len, const struct srflx_exchange_options *options,
                        srflx_random_fn *random, void *user, struct srflx_exchange **ret_exchange)
{
    struct srflx_exchange *x = memory;
    int error;

    if (len < srflx_exchange_size()) return SRFLX_ERROR_SPACE;
    if (!is_sound(options)) return SRFLX_ERROR_ARGUMENT;
    *x = (struct srflx_exchange){.options = *options, .random = random, .user = user};
    error = srflx_transaction_init(x->transaction_memory, srflx_transaction_size(),
                                   &options->timing, &x->transaction);
    if (error) return error;
    srflx_transaction_set_login(x->transaction, options->login);
    *ret_exchange = x;
    return 0;
}

static const struct srflx_addr *server_in_hand(const struct srflx_exchange *x)
{
    return &x->servers[x->server_count - 1];
}

static int write_request(struct srflx_exchange *x, struct srflx_view *ret_request)
{
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(x->random, x->user, x->options.classic, &id);
    srflx_writer_begin(&w, x->request, sizeof x->request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (x->options.login) srflx_login_put(x->options.login, &w);
    if (x->options.fingerprint) srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, ret_request);
}

/* spec: R8489-9.2.3-02 R8489-9.2.5-03 R8489-10-06 R8489-10-07 */
static int start_transaction(struct srflx_exchange *x, struct srflx_time now)
{
    struct srflx_view request;
    int error = write_request(x, &request);

    if (!error)
        error =
            srflx_transaction_start(x->transaction, request, server_in_hand(x), x->transport, now);
    if (!error) srflxi_transaction_set_limit(x->transaction, x->limit_ns);
    return error;
}

/* What was learnt last was learnt of the server that the one in question had sent us to. */
static void begin_login(struct srflx_exchange *x)
{
    if (!x->options.login) return;
    if (x->server_count > 1)
        srflx_login_forget(x->options.login);
    else
        srflx_login_begin(x->options.login);
}

int srflx_exchange_start(struct srflx_exchange *x, const struct srflx_addr *server,
                         uint8_t transport, struct srflx_time now)
{
    uint64_t limit_ns = (uint64_t)x->options.timing.limit_ms * 1000000;

    if (x->moving || srflx_transaction_next_deadline(x->transaction) != UINT64_MAX)
        return SRFLX_ERROR_STATE;
    begin_login(x);
    x->transport = transport;
    x->servers[0] = *server;
    x->server_count = 1;
    x->sent = 0;
    x->is_waiting = false;
    x->limit_ns =
        limit_ns && now.mono_ns < UINT64_MAX - limit_ns ? now.mono_ns + limit_ns : UINT64_MAX;
    return start_transaction(x, now);
}

/* `event->sent` counts what the transaction in hand has sent. */
static void put_event(struct srflx_exchange *x, const struct srflx_event *event)
{
    x->event = *event;
    x->event.sent += x->sent;
    x->is_waiting = true;
}

static void fail(struct srflx_exchange *x, int error, uint16_t code)
{
    const struct srflx_event event = {.kind = SRFLX_EVENT_FAILED, .error = error, .code = code};

    x->moving = false;
    put_event(x, &event);
}

static void start_next(struct srflx_exchange *x, struct srflx_time now)
{
    int error = start_transaction(x, now);

    if (error) fail(x, error, 0);
}

/* The first alternate of the family in use. spec: R8489-10-02 R8489-14.15-01 R5389-15.11-01 */
static bool find_alternate(const struct srflx_exchange *x, const struct srflx_message *m,
                           struct srflx_addr *ret_addr)
{
    struct srflx_value value;
    struct srflx_attr attr;
    struct srflx_iter it;
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        if (!attr.counts || attr.type != SRFLX_ATTR_ALTERNATE_SERVER) continue;
        if (srflx_value_read(attr.type, attr.value, &id, &value)) continue;
        if (value.addr.family != server_in_hand(x)->family || !value.addr.port) continue;
        *ret_addr = value.addr;
        return true;
    }
    return false;
}

/* spec: R8489-10-11 */
static bool was_asked(const struct srflx_exchange *x, const struct srflx_addr *server)
{
    unsigned i;

    for (i = 0; i < x->server_count; i++)
        if (srflx_addr_equal(&x->servers[i], server)) return true;
    return false;
}

/* Anybody could send us anywhere with a 300 that is not signed.
 * spec: R8489-10-04 R8489-10-06 R8489-10-07 R8489-10-11 R5389-11-01 */
static void redirect(struct srflx_exchange *x, const struct srflx_event *refused)
{
    struct srflx_login *login = x->options.login;
    struct srflx_event event = {.kind = SRFLX_EVENT_MOVED, .answer = refused->answer};

    if (!login || !login->shown || x->server_count > x->options.redirects ||
        !find_alternate(x, &refused->answer, &event.to) || was_asked(x, &event.to)) {
        fail(x, SRFLX_ERROR_REDIRECT, refused->code);
        return;
    }
    x->servers[x->server_count++] = event.to;
    srflx_login_forget(login);
    x->moving = true;
    put_event(x, &event);
}

/* What the transaction says, said by the exchange or dealt with. */
static void settle(struct srflx_exchange *x, const struct srflx_event *event, struct srflx_time now)
{
    bool is_redirect = event->error == SRFLX_ERROR_REJECTED && event->code == 300;

    if (event->error != SRFLX_ERROR_CHALLENGED && !is_redirect) {
        put_event(x, event);
        return;
    }
    x->sent += event->sent;
    if (is_redirect)
        redirect(x, event);
    else
        start_next(x, now);
}

bool srflx_exchange_feed(struct srflx_exchange *x, const struct srflx_packet *packet,
                         struct srflx_time now)
{
    struct srflx_event event;

    if (!srflx_transaction_feed(x->transaction, packet, now)) return false;
    if (srflx_transaction_next_event(x->transaction, &event)) settle(x, &event, now);
    return true;
}

void srflx_exchange_tick(struct srflx_exchange *x, struct srflx_time now)
{
    if (x->moving && now.mono_ns >= x->limit_ns) fail(x, SRFLX_ERROR_TIMEOUT, 0);
    srflx_transaction_tick(x->transaction, now);
}

void srflx_exchange_unreachable(struct srflx_exchange *x, struct srflx_time now)
{
    if (x->moving) fail(x, SRFLX_ERROR_UNREACHABLE, 0);
    srflx_transaction_unreachable(x->transaction, now);
}

void srflx_exchange_cancel(struct srflx_exchange *x)
{
    x->moving = false;
    x->is_waiting = false;
    srflx_transaction_cancel(x->transaction);
}

uint64_t srflx_exchange_next_deadline(const struct srflx_exchange *x)
{
    return x->moving ? x->limit_ns : srflx_transaction_next_deadline(x->transaction);
}

void srflx_exchange_set_limit(struct srflx_exchange *x, uint64_t limit_ns)
{
    x->limit_ns = limit_ns;
    srflxi_transaction_set_limit(x->transaction, limit_ns);
}

void srflx_exchange_resume(struct srflx_exchange *x, struct srflx_time now)
{
    if (!x->moving) return;
    x->moving = false;
    start_next(x, now);
}

bool srflx_exchange_next_event(struct srflx_exchange *x, struct srflx_event *ret_event)
{
    struct srflx_event event;

    if (x->is_waiting) {
        x->is_waiting = false;
        *ret_event = x->event;
        return true;
    }
    if (!srflx_transaction_next_event(x->transaction, &event)) return false;
    event.sent += x->sent;
    *ret_event = event;
    return true;
}
