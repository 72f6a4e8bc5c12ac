#include <srflxi/transaction.h>

#include <srflx/addr.h>

#include <string.h>

enum state {
    IDLE,      /* not started, or ended */
    TRYING,    /* the next request leaves when it is due */
    LAST_WAIT, /* all requests are out; failed when it is due */
    PAUSED,    /* the server was in trouble; a new round of requests begins when it is due */
    STATE_COUNT
};

enum input {
    START,
    DUE,
    LIMIT,
    USABLE,
    UNUSABLE,
    REJECTED,
    TRY_LATER,
    UNREACHABLE,
    UNTRUSTED, /* an answer that could be anybody's, over TCP or TLS */
    CHALLENGED,
    REFUSED,
    CANCEL,
    INPUT_COUNT
};

enum action { IGNORE, BEGIN, SEND, PAUSE, ANSWER, FAIL, REFUSE, STOP };

/* All that can happen, in every state. */
/* clang-format off */
static const uint8_t actions[STATE_COUNT][INPUT_COUNT] = {
    /*            START   DUE     LIMIT   USABLE  UNUSABLE REJECTED TRY_LATER UNREACHABLE
     *            UNTRUSTED CHALLENGED REFUSED CANCEL */
    [IDLE]      = {BEGIN,  IGNORE, IGNORE, IGNORE, IGNORE,  IGNORE,  IGNORE,   IGNORE,
                   IGNORE,   IGNORE,    IGNORE, STOP},
    [TRYING]    = {IGNORE, SEND,   FAIL,   ANSWER, FAIL,    FAIL,    PAUSE,    FAIL,
                   FAIL,     FAIL,      FAIL,   STOP},
    [LAST_WAIT] = {IGNORE, FAIL,   FAIL,   ANSWER, FAIL,    FAIL,    PAUSE,    FAIL,
                   FAIL,     FAIL,      FAIL,   STOP},
    [PAUSED]    = {IGNORE, SEND,   REFUSE, ANSWER, FAIL,    FAIL,    IGNORE,   FAIL,
                   FAIL,     FAIL,      FAIL,   STOP},
};
/* clang-format on */

struct srflx_transaction {
    struct srflx_transaction_options options;

    /* the question */
    struct srflx_view request;
    struct srflx_id id;
    struct srflx_addr server;
    uint16_t method;
    bool reliable;             /* TCP or TLS */
    bool fingerprint;          /* the request has one, and so must the answer */
    struct srflx_login *login; /* judges the answers; NULL: none does */

    /* where it stands */
    uint8_t state;        /* enum state */
    uint32_t round;       /* requests sent since the start or the last pause */
    uint32_t sent;        /* requests sent in all */
    uint32_t resends;     /* rounds after errors of 500 to 599 */
    uint64_t sent_ns;     /* when the last request was sent */
    uint64_t interval_ns; /* from it to the next one */
    uint64_t due_ns;      /* of the next request, or of giving up */
    uint64_t limit_ns;    /* of giving up in any case */
    bool untrusted;       /* an answer came that could be anybody's */
    uint16_t untrusted_code;

    /* what the caller has not taken yet */
    uint8_t event; /* enum srflx_event_kind, 0 for none */
    int error;
    uint64_t rtt_ns;
    struct srflxi_response response;
};

static uint64_t ms_to_ns(uint64_t ms)
{
    return ms * 1000000;
}

/* The sum, or the end of time. */
static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* spec: R8489-6.2.1-02 R3489-9.3-07 */
static uint64_t next_interval(const struct srflx_transaction *t)
{
    uint64_t doubled = add_ns(t->interval_ns, t->interval_ns);
    uint64_t max = ms_to_ns(t->options.rto_max_ms);

    if (t->round == 1) return ms_to_ns(t->options.rto_ms);
    if (max == 0 || doubled <= max) return doubled;
    return t->interval_ns > max ? t->interval_ns : max;
}

/* The wait behind the last request of a round.
 * spec: R8489-6.2.1-14 R8489-6.2.2-05 R3489-9.3-08 */
static uint64_t last_wait(const struct srflx_transaction *t)
{
    if (t->reliable) return ms_to_ns(t->options.ti_ms);
    return ms_to_ns((uint64_t)t->options.rm * t->options.rto_ms);
}

/* The request leaves with the same bytes and id every time, and at least an interval behind the one
 * before it, as the time counts from now and not from when it was due.
 * spec: R8489-5-09 R8489-6.2.1-01 R8489-6.2.1-12 R8489-6.2.2-04
 * spec: R3489-9.3-01 R6298-5-01 */
static void send_request(struct srflx_transaction *t, uint64_t now)
{
    bool last;

    t->round++;
    t->sent++;
    last = t->reliable || t->round == t->options.rc;
    t->interval_ns = next_interval(t);
    t->sent_ns = now;
    t->due_ns = add_ns(now, last ? last_wait(t) : t->interval_ns);
    t->state = last ? LAST_WAIT : TRYING;
    t->event = SRFLX_EVENT_SEND;
}

static void begin(struct srflx_transaction *t, uint64_t now)
{
    t->round = 0;
    t->sent = 0;
    t->resends = 0;
    t->error = 0;
    t->untrusted = false;
    t->untrusted_code = 0;
    t->limit_ns = UINT64_MAX;
    if (t->options.limit_ms) t->limit_ns = add_ns(now, ms_to_ns(t->options.limit_ms));
    send_request(t, now);
}

static void end(struct srflx_transaction *t, uint8_t event, int error)
{
    t->state = IDLE;
    t->event = event;
    t->error = error;
}

/* spec: R8489-6.3.4-04 R8489-6.3.4-05 R5389-7.3.4-01 */
static void pause_or_fail(struct srflx_transaction *t, uint64_t now)
{
    if (t->resends == t->options.max_resends) {
        end(t, SRFLX_EVENT_FAILED, SRFLX_ERROR_REJECTED);
        return;
    }
    t->resends++;
    t->round = 0;
    t->due_ns = add_ns(now, t->interval_ns);
    t->state = PAUSED;
    t->event = 0; /* a request not taken yet would leave without its wait */
}

/* spec: R8489-9.1.4-04 R8489-9.1.4-05 R8489-9.2.5-19 R8489-9.2.5-20 */
static int error_of(const struct srflx_transaction *t, enum input input)
{
    switch (input) {
    case UNUSABLE:
        return SRFLX_ERROR_RESPONSE;
    case REJECTED:
        return SRFLX_ERROR_REJECTED;
    case UNREACHABLE:
        return SRFLX_ERROR_UNREACHABLE;
    case CHALLENGED:
        return SRFLX_ERROR_CHALLENGED;
    case REFUSED:
        return SRFLX_ERROR_REFUSED;
    default:
        return t->untrusted ? SRFLX_ERROR_INTEGRITY : SRFLX_ERROR_TIMEOUT;
    }
}

/* Every change of state is made here. */
static void step(struct srflx_transaction *t, enum input input, uint64_t now)
{
    switch (actions[t->state][input]) {
    case BEGIN:
        begin(t, now);
        break;
    case SEND:
        send_request(t, now);
        break;
    case PAUSE:
        pause_or_fail(t, now);
        break;
    case ANSWER:
        end(t, SRFLX_EVENT_ANSWER, 0);
        break;
    case FAIL:
        end(t, SRFLX_EVENT_FAILED, error_of(t, input));
        break;
    case REFUSE: /* there is an answer, though no good one */
        end(t, SRFLX_EVENT_FAILED, SRFLX_ERROR_REJECTED);
        break;
    case STOP:
        end(t, 0, 0);
        break;
    default:
        break;
    }
}

size_t srflx_transaction_size(void)
{
    return sizeof(struct srflx_transaction);
}

int srflx_transaction_init(void *memory, size_t len,
                           const struct srflx_transaction_options *options,
                           struct srflx_transaction **ret_transaction)
{
    struct srflx_transaction *t = memory;

    if (len < sizeof *t) return SRFLX_ERROR_SPACE;
    if (!srflxi_transaction_options_valid(options)) return SRFLX_ERROR_ARGUMENT;
    *t = (struct srflx_transaction){.options = *options};
    *ret_transaction = t;
    return 0;
}

/* spec: R8489-6.1-01 R8489-11-01 */
static bool may_be_asked(const struct srflx_message *m, const struct srflx_addr *server,
                         uint8_t transport)
{
    if (m->kind != SRFLX_REQUEST || server->family == SRFLX_NO_FAMILY) return false;
    if (transport < SRFLX_UDP || transport > SRFLX_DTLS) return false;
    return !(m->classic && transport == SRFLX_DTLS);
}

void srflx_transaction_set_login(struct srflx_transaction *t, struct srflx_login *login)
{
    t->login = login;
}

int srflx_transaction_start(struct srflx_transaction *t, struct srflx_view request,
                            const struct srflx_addr *server, uint8_t transport,
                            struct srflx_time now)
{
    struct srflx_message m;

    if (t->state != IDLE) return SRFLX_ERROR_STATE;
    if (srflx_message_parse(request, &m)) return SRFLX_ERROR_ARGUMENT;
    if (!may_be_asked(&m, server, transport)) return SRFLX_ERROR_ARGUMENT;
    t->request = request;
    t->method = m.method;
    t->fingerprint = m.fingerprint == SRFLX_FINGERPRINT_RIGHT;
    srflx_message_get_id(&m, &t->id);
    t->server = *server;
    t->reliable = transport == SRFLX_TCP || transport == SRFLX_TLS;
    step(t, START, now.mono_ns);
    return 0;
}

/* Who does not use FINGERPRINT still drops an answer whose is wrong.
 * spec: R8489-6.3-07 R8489-7-01 */
static bool fingerprint_passes(const struct srflx_transaction *t, const struct srflx_message *m)
{
    if (t->fingerprint) return m->fingerprint == SRFLX_FINGERPRINT_RIGHT;
    return m->fingerprint != SRFLX_FINGERPRINT_WRONG;
}

/* All 16 bytes of the id count: a classic server knows no cookie and echoes it as part of the id.
 * spec: R8489-6.2-01 R8489-6.3-06 R5389-12.1-04 */
static bool is_ours(const struct srflx_transaction *t, const struct srflx_message *m)
{
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    return memcmp(id.bytes, t->id.bytes, sizeof id.bytes) == 0 && m->method == t->method &&
           (m->kind == SRFLX_SUCCESS || m->kind == SRFLX_ERROR) && fingerprint_passes(t, m);
}

/* spec: R8489-9.1.4-03 R8489-9.2.5-18 */
static enum input distrust(struct srflx_transaction *t, const struct srflx_message *m)
{
    struct srflx_error_code error;

    t->untrusted = true;
    t->untrusted_code = 0;
    if (m->kind == SRFLX_ERROR && !srflx_message_get_error(m, &error))
        t->untrusted_code = error.code;
    return t->reliable ? UNTRUSTED : INPUT_COUNT;
}

static enum input judge_content(struct srflx_transaction *t)
{
    static const uint8_t input_of[] = {
        [SRFLXI_USABLE] = USABLE,
        [SRFLXI_UNUSABLE] = UNUSABLE,
        [SRFLXI_REJECTED] = REJECTED,
        [SRFLXI_TRY_LATER] = TRY_LATER,
    };

    return (enum input)input_of[srflxi_response_judge(&t->response)];
}

/* What an answer means; INPUT_COUNT: nothing, as it could be anybody's. */
static enum input judge(struct srflx_transaction *t, const struct srflx_message *m)
{
    enum srflx_login_verdict verdict = SRFLX_LOGIN_ACCEPT;
    enum input content;

    if (t->login) verdict = srflx_login_judge(t->login, m);
    if (verdict == SRFLX_LOGIN_IGNORE) return distrust(t, m);
    t->response.message = *m;
    content = judge_content(t);
    if (verdict == SRFLX_LOGIN_RETRY) return CHALLENGED;
    if (verdict == SRFLX_LOGIN_REFUSED) return REFUSED;
    return content;
}

/* The first response, whatever it says, ends the retransmission.
 * spec: R8489-6.2.1-12 R3489-9.4-19 */
bool srflx_transaction_feed(struct srflx_transaction *t, const struct srflx_packet *packet,
                            struct srflx_time now)
{
    struct srflx_message m;
    enum input input;

    if (t->state == IDLE || !srflx_addr_equal(&packet->from, &t->server)) return false;
    if (srflx_message_parse(packet->bytes, &m) || !is_ours(t, &m)) return false;
    input = judge(t, &m);
    if (input == INPUT_COUNT) return false;
    t->rtt_ns = now.mono_ns > t->sent_ns ? now.mono_ns - t->sent_ns : 0;
    step(t, input, now.mono_ns);
    return true;
}

void srflx_transaction_tick(struct srflx_transaction *t, struct srflx_time now)
{
    if (now.mono_ns >= t->limit_ns)
        step(t, LIMIT, now.mono_ns);
    else if (now.mono_ns >= t->due_ns)
        step(t, DUE, now.mono_ns);
}

void srflxi_transaction_set_limit(struct srflx_transaction *t, uint64_t limit_ns)
{
    t->limit_ns = limit_ns;
}

/* spec: R8489-6.2.1-17 */
void srflx_transaction_unreachable(struct srflx_transaction *t, struct srflx_time now)
{
    step(t, UNREACHABLE, now.mono_ns);
}

void srflx_transaction_cancel(struct srflx_transaction *t)
{
    step(t, CANCEL, 0);
}

/* Karn: a response to one of several requests tells no time.
 * spec: R8489-6.2.1-08 R8489-6.2.1-09 */
static void describe_response(const struct srflx_transaction *t, struct srflx_event *event)
{
    event->answer = t->response.message;
    event->mapped = t->response.mapped;
    event->code = t->response.code;
    event->rtt_ns = t->rtt_ns;
    event->rtt_is_sample = t->sent == 1;
    event->interval_ns = t->interval_ns;
}

bool srflx_transaction_next_event(struct srflx_transaction *t, struct srflx_event *ret_event)
{
    struct srflx_event event = {.kind = t->event, .sent = t->sent, .error = t->error};

    if (t->event == 0) return false;
    if (t->event == SRFLX_EVENT_SEND) {
        event.bytes = t->request;
        event.to = t->server;
    }
    if (t->event == SRFLX_EVENT_ANSWER || t->error == SRFLX_ERROR_REJECTED ||
        t->error == SRFLX_ERROR_CHALLENGED || t->error == SRFLX_ERROR_REFUSED)
        describe_response(t, &event);
    if (t->error == SRFLX_ERROR_INTEGRITY) event.code = t->untrusted_code;
    t->event = 0;
    *ret_event = event;
    return true;
}

uint64_t srflx_transaction_next_deadline(const struct srflx_transaction *t)
{
    if (t->state == IDLE) return UINT64_MAX;
    return t->due_ns < t->limit_ns ? t->due_ns : t->limit_ns;
}
