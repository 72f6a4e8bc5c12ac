/* The questions of a plan, and what their answers lead to. */
#include "plan.h"

#include <srflxi/bytes.h>

#include "name.h"

void srflx_locate_options_defaults(struct srflx_locate_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->first = SRFLX_IPV6;
    ret_options->limit_ms = SRFLX_LOCATE_LIMIT_MS;
}

size_t srflx_locate_size(void)
{
    return sizeof(struct srflx_locate);
}

static bool is_secure(uint8_t transport)
{
    return transport == SRFLX_TLS || transport == SRFLX_DTLS;
}

/* Those of the URI's scheme, each once, then zeros. spec: R7064-3.2-01 R7064-3.2-02 */
static bool are_transports(const struct srflx_locate_options *options)
{
    const uint8_t *list = options->transports;

    if (!list[0]) return !list[1] && !list[2] && !list[3];
    if (list[0] > SRFLX_DTLS || list[1] > SRFLX_DTLS || list[2] || list[3]) return false;
    if (is_secure(list[0]) != options->uri.secure) return false;
    return !list[1] || (list[1] != list[0] && is_secure(list[1]) == options->uri.secure);
}

static bool is_family(uint8_t family)
{
    return family == SRFLX_IPV4 || family == SRFLX_IPV6;
}

static bool is_uri(const struct srflx_uri *uri)
{
    const bool literal = is_family(uri->kind) && uri->addr.family == uri->kind;

    return uri->host[0] && !uri->host[NAME_LONGEST] && (literal || uri->kind == SRFLX_URI_NAME);
}

static bool are_families(const struct srflx_locate_options *options)
{
    return (!options->family || is_family(options->family)) && is_family(options->first);
}

static bool is_limit(uint32_t limit_ms)
{
    return limit_ms >= 1 && limit_ms <= SRFLX_LOCATE_LIMIT_MS;
}

/* spec: R8489-8.1-02 R7350-4.1.1-03 */
static int check(const struct srflx_locate_options *options)
{
    if (options->size != sizeof *options || !options->random) return SRFLX_ERROR_ARGUMENT;
    if (!is_uri(&options->uri) || !are_transports(options)) return SRFLX_ERROR_ARGUMENT;
    if (!are_families(options) || !is_limit(options->limit_ms)) return SRFLX_ERROR_ARGUMENT;
    if (options->verify[NAME_LONGEST]) return SRFLX_ERROR_ARGUMENT;
    if (options->uri.secure && options->uri.kind != SRFLX_URI_NAME && !options->verify[0])
        return SRFLX_ERROR_NAMELESS;
    return 0;
}

/* spec: R7064-3.2-03 R8489-8-03 */
static void add_services(struct srflx_locate *l)
{
    const uint8_t *list = l->options.transports;
    const uint8_t standard = l->options.uri.secure ? SRFLX_TLS : SRFLX_UDP;

    l->services[0].transport = list[0] ? list[0] : standard;
    l->services[1].transport = list[1];
    l->service_count = list[1] ? 2 : 1;
}

/* spec: R7064-3.2-04 R8489-8.1-06 R7350-3-09 R5780-5.1-02 */
static uint16_t port_of(const struct srflx_locate *l, const struct service *service)
{
    if (l->options.uri.port) return l->options.uri.port;
    return is_secure(service->transport) ? SRFLX_PORT_SECURE : SRFLX_PORT;
}

static bool is_wanted(const struct srflx_locate *l, size_t family)
{
    return !l->options.family || l->options.family == (family ? SRFLX_IPV4 : SRFLX_IPV6);
}

static void add_question(struct srflx_locate *l, uint16_t type, size_t subject)
{
    struct question *q = &l->questions[l->question_count++];

    q->type = type;
    q->subject = (uint8_t)subject;
    q->state = QUEUED;
    q->why = SRFLX_WHY_ASKING;
}

/* IPv6 first, as its answer is awaited. spec: R8489-8.1-05 */
static void ask_addrs(struct srflx_locate *l, size_t host)
{
    size_t family;

    for (family = 0; family < FAMILIES; family++) {
        if (is_wanted(l, family))
            add_question(l, family ? SRFLX_DNS_A : SRFLX_DNS_AAAA, host);
        else
            l->hosts[host].families[family].known = true;
    }
}

/* The index of the host with this name, which is asked for its addresses if it is a new one. */
static uint8_t add_host(struct srflx_locate *l, const char *name)
{
    size_t i;

    for (i = 0; i < l->host_count; i++)
        if (srflxi_name_equal(l->hosts[i].name, name)) return (uint8_t)i;
    srflxi_name_copy(l->hosts[l->host_count++].name, name);
    ask_addrs(l, i);
    return (uint8_t)i;
}

/* No SRV records, or none wanted. spec: R8489-8.1-10 */
static void use_host(struct srflx_locate *l, struct service *service)
{
    service->targets[0] =
        (struct srflxi_target){0, 0, port_of(l, service), add_host(l, l->options.uri.host)};
    service->count = 1;
    service->source = SRFLX_FROM_HOST;
    service->ready = true;
}

/* spec: R8489-8.1-01 */
static void use_literal(struct srflx_locate *l)
{
    const struct srflx_uri *uri = &l->options.uri;
    struct host *host = &l->hosts[l->host_count++];
    size_t i;

    srflxi_name_copy(host->name, uri->host);
    for (i = 0; i < FAMILIES; i++) {
        struct addrs *addrs = &host->families[i];
        addrs->known = true;
        addrs->list[0] = uri->addr;
        addrs->count = is_wanted(l, i) && uri->kind == (i ? SRFLX_URI_IPV4 : SRFLX_URI_IPV6);
    }
    for (i = 0; i < l->service_count; i++) {
        use_host(l, &l->services[i]);
        l->services[i].source = SRFLX_FROM_LITERAL;
    }
}

static void ask_services(struct srflx_locate *l)
{
    char name[SRFLX_NAME_TEXT];
    size_t i;

    for (i = 0; i < l->service_count; i++) {
        struct question *q = &l->questions[l->question_count];
        add_question(l, SRFLX_DNS_SRV, i);
        if (srflxi_locate_service_name(l, l->services[i].transport, name)) continue;
        q->state = ANSWERED;
        q->why = SRFLX_WHY_SRV_LONG;
        use_host(l, &l->services[i]);
    }
}

static void begin(struct srflx_locate *l)
{
    const struct srflx_uri *uri = &l->options.uri;
    size_t i;

    l->first_why = SRFLX_WHY_ASKING;
    if (uri->kind != SRFLX_URI_NAME) {
        l->first_why = SRFLX_WHY_LITERAL;
        use_literal(l);
    } else if (uri->port) {
        l->first_why = SRFLX_WHY_PORT;
        for (i = 0; i < l->service_count; i++)
            use_host(l, &l->services[i]);
    } else {
        ask_services(l);
    }
}

int srflx_locate_init(void *memory, size_t len, const struct srflx_locate_options *options,
                      struct srflx_time now, struct srflx_locate **ret_locate)
{
    struct srflx_locate *l = memory;
    int error = check(options);

    if (error) return error;
    if (len < sizeof *l) return SRFLX_ERROR_SPACE;
    memset(l, 0, sizeof *l);
    l->options = *options;
    l->end_ns = now.mono_ns + options->limit_ms * MS;
    l->first = options->first == SRFLX_IPV4;
    l->cursor.next = l->first;
    add_services(l);
    begin(l);
    srflxi_locate_advance(l);
    *ret_locate = l;
    return 0;
}

/* Beside other targets "." means nothing. spec: R2782-Target-01 */
static bool is_off(const struct srflx_dns_answer *answer)
{
    size_t i;

    for (i = 0; i < answer->count; i++)
        if (answer->srvs[i].target[0] != '.') return false;
    return true;
}

static void use_srvs(struct srflx_locate *l, struct service *service,
                     const struct srflx_dns_answer *answer)
{
    struct srflxi_target order[SRFLX_DNS_SRVS];
    size_t i, count = 0;

    for (i = 0; i < answer->count; i++) {
        const struct srflx_dns_srv *srv = &answer->srvs[i];
        if (srv->target[0] == '.') continue;
        order[count++] = (struct srflxi_target){srv->priority, srv->weight, srv->port, (uint8_t)i};
    }
    srflxi_srv_order(order, count, l->options.random, l->options.random_user);
    for (i = 0; i < count; i++) {
        service->targets[i] = order[i];
        service->targets[i].host = add_host(l, answer->srvs[order[i].host].target);
    }
    service->count = (uint8_t)count;
    service->source = SRFLX_FROM_SRV;
    service->ready = true;
}

/* spec: R8489-8.1-10 R2782-Target-01 */
static uint8_t settle_service(struct srflx_locate *l, struct service *service,
                              const struct srflx_dns_answer *answer)
{
    if (answer->outcome != SRFLX_DNS_RECORDS) {
        use_host(l, service);
        return SRFLX_WHY_SRV_NONE;
    }
    if (is_off(answer)) {
        service->off = service->ready = true;
        return SRFLX_WHY_SRV_OFF;
    }
    use_srvs(l, service, answer);
    return SRFLX_WHY_SRV;
}

static uint8_t settle_addrs(struct addrs *addrs, const struct srflx_dns_answer *answer,
                            struct srflx_time now)
{
    addrs->known = true;
    addrs->known_ns = now.mono_ns;
    if (answer->outcome != SRFLX_DNS_RECORDS) return SRFLX_WHY_ADDRS_NONE;
    addrs->count = (uint8_t)answer->count;
    memcpy(addrs->list, answer->addrs, answer->count * sizeof addrs->list[0]);
    return SRFLX_WHY_ADDRS;
}

/* `answer` has been checked. */
static void settle(struct srflx_locate *l, struct question *q,
                   const struct srflx_dns_answer *answer, struct srflx_time now)
{
    const bool records = answer->outcome == SRFLX_DNS_RECORDS;

    if (q->state == ASKED) l->outstanding--;
    q->state = ANSWERED;
    q->outcome = answer->outcome;
    q->local = answer->local;
    q->aliases = answer->aliases;
    q->count = records ? answer->count : 0;
    q->unused = answer->unused;
    q->answered_ns = now.mono_ns;
    if (q->type == SRFLX_DNS_SRV)
        q->why = settle_service(l, &l->services[q->subject], answer);
    else
        q->why = settle_addrs(&l->hosts[q->subject].families[q->type == SRFLX_DNS_A], answer, now);
}

/* An outcome without records. */
static void settle_empty(struct srflx_locate *l, struct question *q, enum srflx_dns_outcome outcome,
                         struct srflx_time now)
{
    struct srflx_dns_answer answer;

    memset(&answer, 0, sizeof answer);
    answer.outcome = (uint8_t)outcome;
    settle(l, q, &answer, now);
}

static void write_question(const struct srflx_locate *l, const struct question *q,
                           struct srflx_dns_question *ret_question)
{
    memset(ret_question, 0, sizeof *ret_question);
    ret_question->type = q->type;
    ret_question->id = (uint16_t)(q - l->questions);
    if (q->type == SRFLX_DNS_SRV)
        (void)srflxi_locate_service_name(l, l->services[q->subject].transport, ret_question->name);
    else
        srflxi_name_copy(ret_question->name, l->hosts[q->subject].name);
}

/* True if the cache knows that there is nothing; then it need not be asked. */
static bool is_remembered(struct srflx_locate *l, struct question *q,
                          const struct srflx_dns_question *question, struct srflx_time now)
{
    enum srflx_dns_outcome outcome;

    if (!l->options.cache) return false;
    outcome = srflx_dns_cache_find(l->options.cache, question, now);
    if (outcome == SRFLX_DNS_RECORDS) return false;
    q->remembered = true;
    q->asked_ns = now.mono_ns;
    settle_empty(l, q, outcome, now);
    srflxi_locate_advance(l);
    return true;
}

bool srflx_locate_next_question(struct srflx_locate *l, struct srflx_time now,
                                struct srflx_dns_question *ret_question)
{
    struct srflx_dns_question question;
    size_t i;

    srflx_locate_tick(l, now);
    for (i = 0; i < l->question_count && !srflx_locate_is_done(l); i++) {
        struct question *q = &l->questions[i];
        if (l->outstanding == SRFLX_LOCATE_OUTSTANDING) return false;
        if (q->state != QUEUED) continue;
        write_question(l, q, &question);
        if (is_remembered(l, q, &question, now)) continue;
        q->state = ASKED;
        q->asked_ns = now.mono_ns;
        l->outstanding++;
        *ret_question = question;
        return true;
    }
    return false;
}

/* What a reader of messages makes of them is always in range; others may not be. */
static bool is_in_range(const struct question *q, const struct srflx_dns_answer *answer)
{
    const unsigned most = q->type == SRFLX_DNS_SRV ? SRFLX_DNS_SRVS : SRFLX_DNS_ADDRS;
    const uint8_t family = q->type == SRFLX_DNS_A ? SRFLX_IPV4 : SRFLX_IPV6;
    unsigned i;

    if (answer->outcome != SRFLX_DNS_RECORDS) return answer->outcome <= SRFLX_DNS_TIMEOUT;
    if (answer->count < 1 || answer->count > most) return false;
    for (i = 0; i < answer->count; i++) {
        if (q->type != SRFLX_DNS_SRV && answer->addrs[i].family != family) return false;
        if (q->type == SRFLX_DNS_SRV && answer->srvs[i].target[NAME_LONGEST]) return false;
    }
    return true;
}

void srflx_locate_feed(struct srflx_locate *l, uint16_t id, const struct srflx_dns_answer *answer,
                       struct srflx_time now)
{
    struct srflx_dns_question question;
    struct question *q;

    srflx_locate_tick(l, now);
    if (id >= l->question_count || l->questions[id].state != ASKED) return;
    q = &l->questions[id];
    if (!is_in_range(q, answer)) {
        settle_empty(l, q, SRFLX_DNS_BROKEN, now);
    } else {
        write_question(l, q, &question);
        if (l->options.cache) srflx_dns_cache_add(l->options.cache, &question, answer, now);
        settle(l, q, answer, now);
    }
    srflxi_locate_advance(l);
}

/* Questions that come up while the others are given up are among them. */
static void give_up(struct srflx_locate *l, struct srflx_time now)
{
    size_t i;

    for (i = 0; i < l->question_count; i++) {
        struct question *q = &l->questions[i];
        if (q->state == ANSWERED) continue;
        q->late = q->state == QUEUED;
        settle_empty(l, q, SRFLX_DNS_TIMEOUT, now);
    }
}

void srflx_locate_tick(struct srflx_locate *l, struct srflx_time now)
{
    if (now.mono_ns >= l->end_ns && !srflx_locate_is_done(l)) give_up(l, now);
    srflxi_locate_advance(l);
}

uint64_t srflx_locate_next_deadline(const struct srflx_locate *l)
{
    uint64_t patience = srflxi_locate_patience_ns(l);

    if (srflx_locate_is_done(l)) return UINT64_MAX;
    return patience < l->end_ns ? patience : l->end_ns;
}
