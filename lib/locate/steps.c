/* Names of services, and a plan for people to read. */
#include "plan.h"

#include <srflxi/bytes.h>

#include "name.h"

static size_t put_word(char *to, const char *word)
{
    size_t len = srflxi_name_len(word);

    srflxi_copy((uint8_t *)to, (const uint8_t *)word, len);
    return len;
}

/* spec: R8489-8.1-03 R7350-3-10 R7350-4.1.1-01 R5780-5.1-01 */
bool srflxi_locate_service_name(const struct srflx_locate *l, uint8_t transport, char *ret_name)
{
    const bool datagrams = transport == SRFLX_UDP || transport == SRFLX_DTLS;
    const struct srflx_uri *uri = &l->options.uri;
    char prefix[32];
    size_t len = put_word(prefix, l->options.behavior ? "_stun-behavior" : "_stun");

    if (uri->secure) prefix[len++] = 's';
    len += put_word(prefix + len, datagrams ? "._udp." : "._tcp.");
    if (len + srflxi_name_len(uri->host) > NAME_LONGEST) return false;
    memset(ret_name, 0, SRFLX_NAME_TEXT);
    memcpy(ret_name, prefix, len);
    put_word(ret_name + len, uri->host);
    return true;
}

static const struct srflx_dns_question none;

/* Without a name too long to ask for, the step shows the host. */
static void fill_question(const struct srflx_locate *l, const struct question *q,
                          struct srflx_dns_question *ret_question)
{
    *ret_question = none;
    ret_question->type = q->type;
    ret_question->id = (uint16_t)(q - l->questions);
    if (q->type != SRFLX_DNS_SRV) {
        srflxi_name_copy(ret_question->name, l->hosts[q->subject].name);
        return;
    }
    if (!srflxi_locate_service_name(l, l->services[q->subject].transport, ret_question->name))
        srflxi_name_copy(ret_question->name, l->options.uri.host);
}

static uint8_t why_of(const struct srflx_locate *l, const struct question *q)
{
    if (q->late) return SRFLX_WHY_LATE;
    if (q->state == QUEUED && srflx_locate_is_done(l)) return SRFLX_WHY_ENOUGH;
    return q->why;
}

static void fill_step(const struct srflx_locate *l, const struct question *q,
                      struct srflx_locate_step *ret_step)
{
    fill_question(l, q, &ret_step->question);
    if (q->type == SRFLX_DNS_SRV) ret_step->transport = l->services[q->subject].transport;
    ret_step->outcome = q->outcome;
    ret_step->why = why_of(l, q);
    ret_step->aliases = q->aliases;
    ret_step->count = q->count;
    ret_step->unused = q->unused;
    ret_step->local = q->local;
    ret_step->remembered = q->remembered;
    if (q->state == ANSWERED && q->answered_ns > q->asked_ns && q->asked_ns)
        ret_step->ns = q->answered_ns - q->asked_ns;
}

bool srflx_locate_step(const struct srflx_locate *l, size_t number,
                       struct srflx_locate_step *ret_step)
{
    const size_t before = l->first_why != SRFLX_WHY_ASKING;

    if (number >= before + l->question_count) return false;
    memset(ret_step, 0, sizeof *ret_step);
    if (number < before)
        ret_step->why = l->first_why;
    else
        fill_step(l, &l->questions[number - before], ret_step);
    return true;
}

const char *srflx_locate_why_text(enum srflx_locate_why why)
{
    switch (why) {
#define WHY_TEXT(name, text) \
    case SRFLX_WHY_##name:   \
        return text;
        SRFLX_LOCATE_WHY_MAP(WHY_TEXT)
#undef WHY_TEXT
    default:
        return "";
    }
}

const char *srflx_locate_end_text(enum srflx_locate_end end)
{
    switch (end) {
#define END_TEXT(name, text)  \
    case SRFLX_LOCATE_##name: \
        return text;
        SRFLX_LOCATE_END_MAP(END_TEXT)
#undef END_TEXT
    default:
        return "";
    }
}

static bool is_not_offered(const struct srflx_locate *l)
{
    size_t i;

    for (i = 0; i < l->service_count; i++)
        if (!l->services[i].off) return false;
    return true;
}

/* How much an outcome of a question for addresses says about the whole: the greatest decides. */
static enum srflx_locate_end weigh(enum srflx_dns_outcome outcome)
{
    switch (outcome) {
    case SRFLX_DNS_NO_NAME:
        return SRFLX_LOCATE_NO_NAME;
    case SRFLX_DNS_RECORDS:
    case SRFLX_DNS_NO_RECORDS:
        return SRFLX_LOCATE_NO_ADDRESS;
    case SRFLX_DNS_TIMEOUT:
        return SRFLX_LOCATE_TIMEOUT;
    default:
        return SRFLX_LOCATE_DNS;
    }
}

enum srflx_locate_end srflx_locate_end(const struct srflx_locate *l)
{
    enum srflx_locate_end worst = SRFLX_LOCATE_PENDING;
    size_t i;

    if (l->given_count) return SRFLX_LOCATE_FOUND;
    if (!srflx_locate_is_done(l)) return SRFLX_LOCATE_PENDING;
    if (is_not_offered(l)) return SRFLX_LOCATE_NO_SERVICE;
    for (i = 0; i < l->question_count; i++) {
        const struct question *q = &l->questions[i];
        enum srflx_locate_end end = weigh((enum srflx_dns_outcome)q->outcome);
        if (q->type != SRFLX_DNS_SRV && end > worst) worst = end;
    }
    if (worst == SRFLX_LOCATE_NO_ADDRESS || worst == SRFLX_LOCATE_PENDING)
        return l->options.family ? SRFLX_LOCATE_NO_FAMILY : SRFLX_LOCATE_NO_ADDRESS;
    return worst;
}
