/* Answers of a DNS server that means harm: whatever they are, the plan keeps its limits, never leaves the
 * URI's scheme, and ends. Header and question of each message are right, so that the rest is read. */
#include "fuzz.h"

#include <srflx/addr.h>
#include <srflx/locate.h>

enum { MESSAGE = 4096, ROUNDS = 400 };

#define MS ((uint64_t)1000000)

struct run {
    struct srflx_view input;
    struct srflx_locate *plan;
    struct srflx_locate_options options;
    struct srflx_time now;
    struct srflx_dns_question asked[SRFLX_LOCATE_OUTSTANDING];
    size_t outstanding;
    struct srflx_candidate given[SRFLX_LOCATE_CANDIDATES];
    size_t given_count;
};

/* The next byte, or 0. */
static uint8_t next(struct run *run)
{
    if (!run->input.len) return 0;
    run->input.len--;
    return *run->input.ptr++;
}

static void draw(void *user, uint8_t *ret_bytes, size_t len)
{
    while (len)
        ret_bytes[--len] = next(user);
}

static const char *const uris[] = {"stun:a.example", "stuns:a.example", "stun:a.example:77",
                                   "stun:[2001:db8::1]"};

static void choose(struct run *run)
{
    static const uint8_t pairs[][2] = {{0}, {SRFLX_TCP, SRFLX_UDP}, {SRFLX_DTLS, SRFLX_TLS}};
    uint8_t choice = next(run);
    const char *uri = uris[choice % 4];
    struct srflx_view text = {(const uint8_t *)uri, strlen(uri)};

    srflx_locate_options_defaults(&run->options);
    REQUIRE(!srflx_uri_parse(text, &run->options.uri));
    if (choice & 4) memcpy(run->options.transports, pairs[run->options.uri.secure ? 2 : 1], 2);
    run->options.behavior = choice & 8;
    if (choice & 16) run->options.family = SRFLX_IPV6;
    if (choice & 32) run->options.first = SRFLX_IPV4;
    run->options.random = draw;
    run->options.random_user = run;
}

static void ask(struct run *run)
{
    struct srflx_dns_question q;

    while (srflx_locate_next_question(run->plan, run->now, &q)) {
        require_initialised((struct srflx_view){(const uint8_t *)q.name, sizeof q.name});
        REQUIRE(run->outstanding < SRFLX_LOCATE_OUTSTANDING);
        REQUIRE(strlen(q.name) > 0 && strlen(q.name) < SRFLX_NAME_TEXT);
        run->asked[run->outstanding++] = q;
    }
}

static void check_candidate(const struct run *run, const struct srflx_candidate *c)
{
    bool secure = c->transport == SRFLX_TLS || c->transport == SRFLX_DTLS;
    size_t i;

    REQUIRE(secure == run->options.uri.secure);
    REQUIRE(c->addr.port && !srflx_addr_is_multicast(&c->addr));
    REQUIRE(!srflx_addr_is_unspecified(&c->addr));
    REQUIRE(!run->options.family || c->addr.family == run->options.family);
    REQUIRE(!strcmp(c->verify, run->options.uri.host));
    REQUIRE(strlen(c->host) > 0 && strlen(c->host) < SRFLX_NAME_TEXT);
    for (i = 0; i < run->given_count; i++)
        REQUIRE(run->given[i].transport != c->transport ||
                !srflx_addr_equal(&run->given[i].addr, &c->addr));
}

static void take(struct run *run)
{
    struct srflx_candidate c;

    while (srflx_locate_next_candidate(run->plan, run->now, &c)) {
        REQUIRE(run->given_count < SRFLX_LOCATE_CANDIDATES);
        check_candidate(run, &c);
        run->given[run->given_count++] = c;
    }
}

static size_t put_name(uint8_t *at, const char *name)
{
    uint8_t *start = at;

    while (*name) {
        size_t label = strcspn(name, ".");
        *at++ = (uint8_t)label;
        memcpy(at, name, label);
        at += label;
        name += label + (name[label] == '.');
    }
    *at++ = 0;
    return (size_t)(at - start);
}

/* Header and question, then bytes of the input as they are. */
static struct srflx_view make_message(struct run *run, const struct srflx_dns_question *q,
                                      uint8_t *buf)
{
    size_t len = 12, rest;
    uint8_t lengths[2];

    memset(buf, 0, 12);
    buf[2] = 0x81;
    buf[3] = next(run) & 0x8F;
    buf[5] = 1;
    buf[7] = next(run);
    buf[9] = next(run);
    len += put_name(buf + len, q->name);
    buf[len++] = 0;
    buf[len++] = (uint8_t)q->type;
    buf[len++] = 0;
    buf[len++] = 1;
    lengths[0] = next(run);
    lengths[1] = next(run);
    rest = get16(lengths) % (MESSAGE - 512);
    if (rest > run->input.len) rest = run->input.len;
    if (rest) memcpy(buf + len, run->input.ptr, rest);
    run->input.ptr += rest;
    run->input.len -= rest;
    return (struct srflx_view){buf, len + rest};
}

static void check_answer(const struct srflx_dns_question *q, const struct srflx_dns_answer *answer)
{
    unsigned most = q->type == SRFLX_DNS_SRV ? SRFLX_DNS_SRVS : SRFLX_DNS_ADDRS;

    require_initialised((struct srflx_view){(const uint8_t *)answer, sizeof *answer});
    REQUIRE(answer->count <= most && answer->aliases <= SRFLX_DNS_ALIASES + 1);
    REQUIRE((answer->outcome == SRFLX_DNS_RECORDS) == (answer->count > 0));
    REQUIRE(*srflx_dns_outcome_text((enum srflx_dns_outcome)answer->outcome));
}

static void answer_one(struct run *run)
{
    size_t which = next(run) % run->outstanding;
    struct srflx_dns_question q = run->asked[which];
    uint8_t buf[MESSAGE];
    struct srflx_view message = heap_copy(make_message(run, &q, buf));
    struct srflx_dns_answer answer;

    run->asked[which] = run->asked[--run->outstanding];
    spoil(&answer, sizeof answer);
    srflx_dns_read(message, &q, &answer);
    check_answer(&q, &answer);
    srflx_locate_feed(run->plan, q.id, &answer, run->now);
    heap_free(message);
}

static void check_steps(const struct srflx_locate *plan)
{
    struct srflx_locate_step step;
    size_t i;

    for (i = 0; srflx_locate_step(plan, i, &step); i++)
        REQUIRE(*srflx_locate_why_text((enum srflx_locate_why)step.why));
    REQUIRE(i > 0 && i < 140);
}

static void check_run(struct run *run)
{
    size_t round = 0;

    while (!srflx_locate_is_done(run->plan)) {
        REQUIRE(round++ < ROUNDS);
        ask(run);
        take(run);
        run->now.mono_ns += next(run) % 64 * MS;
        if (run->outstanding && run->input.len) {
            answer_one(run);
        } else if (!srflx_locate_is_done(run->plan)) {
            run->now.mono_ns = srflx_locate_next_deadline(run->plan);
            srflx_locate_tick(run->plan, run->now);
        }
        take(run);
    }
    REQUIRE(srflx_locate_next_deadline(run->plan) == UINT64_MAX);
    REQUIRE((srflx_locate_end(run->plan) == SRFLX_LOCATE_FOUND) == (run->given_count > 0));
    REQUIRE(srflx_locate_end(run->plan) != SRFLX_LOCATE_PENDING);
    check_steps(run->plan);
}

/* The bytes as a message of their own. */
static void check_plain(struct srflx_view input)
{
    struct srflx_dns_question q = {.name = "a.example", .type = SRFLX_DNS_SRV};
    struct srflx_view message = heap_copy(input);
    struct srflx_dns_answer answer;

    srflx_dns_read(message, &q, &answer);
    check_answer(&q, &answer);
    heap_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = {.input = {data, size}, .now = {1000 * MS, 0}};
    void *memory = malloc(srflx_locate_size());

    REQUIRE(memory);
    choose(&run);
    REQUIRE(!srflx_locate_init(memory, srflx_locate_size(), &run.options, run.now, &run.plan));
    check_run(&run);
    check_plain((struct srflx_view){data, size});
    free(memory);
    return 0;
}
