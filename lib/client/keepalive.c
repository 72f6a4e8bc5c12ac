#include <srflx/keepalive.h>

#include <stddef.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/writer.h>
#include <srflxi/bytes.h>

enum { INDICATIONS_LEAST_MS = 15000, REQUESTS_LEAST_MS = 1000, INTERVAL_MOST_MS = 3600000 };
enum { MESSAGE = 64 };

enum state {
    STOPPED,
    WAITING, /* for next_ns */
    ASKING   /* the transaction is running */
};

struct srflx_keepalive {
    struct srflx_keepalive_options options;
    struct srflx_transaction *transaction;
    struct srflx_addr peer;
    uint8_t transport;
    uint8_t state;            /* enum state */
    uint64_t next_ns;         /* of the next message */
    struct srflx_addr mapped; /* of the first answer */
    bool is_waiting;          /* the indication or failure that the caller has not taken yet */
    struct srflx_keepalive_event event;
    uint8_t message[MESSAGE];
    max_align_t transaction_memory[];
};

/* spec: R8445-11-02 R5626-4.4.2-03 R5626-4.4.2-04 */
void srflx_keepalive_options_defaults(bool requests, struct srflx_keepalive_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->requests = requests;
    ret_options->least_ms = requests ? 24000 : 15000;
    ret_options->most_ms = requests ? 29000 : 16000;
    srflx_transaction_options_defaults(&ret_options->timing);
    ret_options->timing.max_resends = 0;
}

size_t srflx_keepalive_size(void)
{
    return sizeof(struct srflx_keepalive) + srflx_transaction_size();
}

/* spec: R8445-11-03 */
static bool is_sound(const struct srflx_keepalive_options *options)
{
    const uint32_t least = options->requests ? REQUESTS_LEAST_MS : INDICATIONS_LEAST_MS;

    if (options->size != sizeof *options || !options->random) return false;
    if (options->least_ms < least || options->least_ms > options->most_ms) return false;
    return options->most_ms <= INTERVAL_MOST_MS && !options->timing.max_resends;
}

int srflx_keepalive_init(void *memory, size_t len, const struct srflx_keepalive_options *options,
                         struct srflx_keepalive **ret_keepalive)
{
    struct srflx_keepalive *k = memory;
    int error;

    if (len < srflx_keepalive_size()) return SRFLX_ERROR_SPACE;
    if (!is_sound(options)) return SRFLX_ERROR_ARGUMENT;
    memset(k, 0, sizeof *k);
    k->options = *options;
    error = srflx_transaction_init(k->transaction_memory, srflx_transaction_size(),
                                   &options->timing, &k->transaction);
    if (error) return error;
    *ret_keepalive = k;
    return 0;
}

/* From this message, or from what was sent instead of it. */
static void schedule(struct srflx_keepalive *k, struct srflx_time now)
{
    const uint32_t span = k->options.most_ms - k->options.least_ms;
    uint8_t bytes[8];

    k->options.random(k->options.random_user, bytes, sizeof bytes);
    k->next_ns =
        now.mono_ns + (k->options.least_ms + srflxi_get64(bytes) % ((uint64_t)span + 1)) * 1000000;
}

/* A request goes without attributes, as SIP servers need not know any, and FINGERPRINT in it would have to
 * be in the answer too. spec: R8445-11-04 R8445-11-05 R8445-11-06 R8445-11-07 */
static struct srflx_view write_message(struct srflx_keepalive *k)
{
    const uint8_t kind = k->options.requests ? SRFLX_REQUEST : SRFLX_INDICATION;
    struct srflx_view message = {NULL, 0};
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(k->options.random, k->options.random_user, false, &id);
    srflx_writer_begin(&w, k->message, sizeof k->message, srflx_type(SRFLX_METHOD_BINDING, kind),
                       &id);
    if (!k->options.requests) srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, &message) ? (struct srflx_view){NULL, 0} : message;
}

static void put_event(struct srflx_keepalive *k, const struct srflx_keepalive_event *event)
{
    k->event = *event;
    k->is_waiting = true;
}

static void fail(struct srflx_keepalive *k, int error)
{
    const struct srflx_keepalive_event event = {.kind = SRFLX_KEEPALIVE_FAILED, .error = error};

    srflx_keepalive_stop(k);
    put_event(k, &event);
}

static void send_indication(struct srflx_keepalive *k)
{
    const struct srflx_keepalive_event event = {
        .kind = SRFLX_KEEPALIVE_SEND, .bytes = write_message(k), .to = k->peer};

    put_event(k, &event);
}

static void begin_request(struct srflx_keepalive *k, struct srflx_time now)
{
    const int error =
        srflx_transaction_start(k->transaction, write_message(k), &k->peer, k->transport, now);

    k->state = ASKING;
    if (error) fail(k, error);
}

static void send_next(struct srflx_keepalive *k, struct srflx_time now)
{
    schedule(k, now);
    if (k->options.requests)
        begin_request(k, now);
    else
        send_indication(k);
}

/* spec: R5626-4.4.2-01 R5626-4.4.2-02 */
int srflx_keepalive_start(struct srflx_keepalive *k, const struct srflx_addr *peer,
                          uint8_t transport, struct srflx_time now)
{
    const bool datagrams = transport == SRFLX_UDP || transport == SRFLX_DTLS;

    if (!datagrams || !peer->family || !peer->port) return SRFLX_ERROR_ARGUMENT;
    srflx_keepalive_stop(k);
    k->peer = *peer;
    k->transport = transport;
    k->mapped = (struct srflx_addr){.family = SRFLX_NO_FAMILY};
    k->state = WAITING;
    if (k->options.requests)
        send_next(k, now);
    else
        schedule(k, now);
    return 0;
}

/* An indication that nobody has sent yet need not be sent any more. spec: R8445-11-01 */
void srflx_keepalive_touch(struct srflx_keepalive *k, struct srflx_time now)
{
    if (k->state != WAITING || k->options.requests) return;
    k->is_waiting = false;
    schedule(k, now);
}

bool srflx_keepalive_feed(struct srflx_keepalive *k, const struct srflx_packet *packet,
                          struct srflx_time now)
{
    return k->state == ASKING && srflx_transaction_feed(k->transaction, packet, now);
}

void srflx_keepalive_tick(struct srflx_keepalive *k, struct srflx_time now)
{
    if (k->state == ASKING) srflx_transaction_tick(k->transaction, now);
    if (k->state == WAITING && now.mono_ns >= k->next_ns) send_next(k, now);
}

void srflx_keepalive_unreachable(struct srflx_keepalive *k, struct srflx_time now)
{
    (void)now;
    if (k->state != STOPPED) fail(k, SRFLX_ERROR_UNREACHABLE);
}

void srflx_keepalive_stop(struct srflx_keepalive *k)
{
    srflx_transaction_cancel(k->transaction);
    k->state = STOPPED;
    k->is_waiting = false;
}

/* spec: R5626-4.4.2-05 */
static void take_answer(struct srflx_keepalive *k, const struct srflx_event *answer,
                        struct srflx_keepalive_event *ret_event)
{
    const bool first = !k->mapped.family;
    const bool moved = !first && !srflx_addr_equal(&k->mapped, &answer->mapped);

    ret_event->kind = moved ? SRFLX_KEEPALIVE_MOVED : SRFLX_KEEPALIVE_ALIVE;
    ret_event->mapped = answer->mapped;
    ret_event->rtt_ns = answer->rtt_ns;
    ret_event->rtt_is_sample = answer->rtt_is_sample;
    if (moved) ret_event->before = k->mapped;
    if (first) k->mapped = answer->mapped;
    k->state = moved ? STOPPED : WAITING;
}

/* spec: R5626-4.4.2-04 */
static void take_event(struct srflx_keepalive *k, const struct srflx_event *event,
                       struct srflx_keepalive_event *ret_event)
{
    switch (event->kind) {
    case SRFLX_EVENT_SEND:
        ret_event->kind = SRFLX_KEEPALIVE_SEND;
        ret_event->bytes = event->bytes;
        ret_event->to = event->to;
        break;
    case SRFLX_EVENT_ANSWER:
        take_answer(k, event, ret_event);
        break;
    default:
        ret_event->kind = SRFLX_KEEPALIVE_FAILED;
        ret_event->error = event->error;
        ret_event->code = event->code;
        k->state = STOPPED;
    }
}

bool srflx_keepalive_next_event(struct srflx_keepalive *k, struct srflx_keepalive_event *ret_event)
{
    struct srflx_event event;

    if (k->is_waiting) {
        *ret_event = k->event;
        k->is_waiting = false;
        return true;
    }
    if (k->state != ASKING || !srflx_transaction_next_event(k->transaction, &event)) return false;
    memset(ret_event, 0, sizeof *ret_event);
    take_event(k, &event, ret_event);
    return true;
}

uint64_t srflx_keepalive_next_deadline(const struct srflx_keepalive *k)
{
    if (k->state == ASKING) return srflx_transaction_next_deadline(k->transaction);
    return k->state == WAITING ? k->next_ns : UINT64_MAX;
}
