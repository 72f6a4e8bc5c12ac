/* A plan under test, its clock, and what it gives, as lines of text: for the tests of plans. */
#ifndef LOCATE_FIXTURE_H
#define LOCATE_FIXTURE_H

#include <srflx/locate.h>

#include <srflx/addr.h>

#include "check.h"

#define MS ((uint64_t)1000000)

enum { START_MS = 5000, LINES = 4096 };

static struct srflx_locate_options options;
static struct srflx_locate *plan;
static union {
    uint8_t bytes[65536];
    max_align_t align;
} memory;
static uint64_t now_ms;
static char got[LINES];

static inline struct srflx_time now(void)
{
    return (struct srflx_time){now_ms * MS, 0};
}

static inline void zeros(void *user, uint8_t *ret_bytes, size_t len)
{
    (void)user;
    memset(ret_bytes, 0, len);
}

static inline void want(const char *uri)
{
    srflx_locate_options_defaults(&options);
    options.random = zeros;
    CHECK_INT(srflx_uri_parse((struct srflx_view){(const uint8_t *)uri, strlen(uri)}, &options.uri),
              0);
}

static inline int try_begin(void)
{
    got[0] = '\0';
    now_ms = START_MS;
    CHECK(srflx_locate_size() <= sizeof memory);
    return srflx_locate_init(&memory, srflx_locate_size(), &options, now(), &plan);
}

static inline void begin(void)
{
    CHECK_INT(try_begin(), 0);
}

static inline void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
    va_list arguments;
    size_t len = strlen(got);

    va_start(arguments, format);
    vsnprintf(got + len, sizeof got - len, format, arguments);
    va_end(arguments);
}

static inline const char *type_name(uint16_t type)
{
    return type == SRFLX_DNS_SRV ? "SRV" : type == SRFLX_DNS_A ? "A" : "AAAA";
}

/* All questions there are now: "SRV _stun._udp.example;". */
static inline const char *questions(void)
{
    struct srflx_dns_question q;

    got[0] = '\0';
    while (srflx_locate_next_question(plan, now(), &q))
        note("%s %s;", type_name(q.type), q.name);
    return got;
}

/* All candidates there are now: "udp 192.0.2.1:3478;". */
static inline const char *candidates(void)
{
    static const char *const transports[] = {"", "udp", "tcp", "tls", "dtls"};
    struct srflx_candidate c;
    char text[SRFLX_ADDR_TEXT];

    got[0] = '\0';
    while (srflx_locate_next_candidate(plan, now(), &c))
        note("%s %s;", transports[c.transport], srflx_addr_write(&c.addr, text));
    return got;
}

static inline struct srflx_dns_answer outcome(enum srflx_dns_outcome what)
{
    struct srflx_dns_answer answer;

    memset(&answer, 0, sizeof answer);
    answer.outcome = (uint8_t)what;
    return answer;
}

static inline void add_addr(struct srflx_dns_answer *answer, const char *ip)
{
    answer->outcome = SRFLX_DNS_RECORDS;
    CHECK_INT(srflx_addr_parse(ip, &answer->addrs[answer->count++]), 0);
}

static inline void add_srv(struct srflx_dns_answer *answer, uint16_t priority, uint16_t weight,
                           uint16_t port, const char *target)
{
    struct srflx_dns_srv *srv = &answer->srvs[answer->count++];

    answer->outcome = SRFLX_DNS_RECORDS;
    *srv = (struct srflx_dns_srv){.priority = priority, .weight = weight, .port = port};
    memcpy(srv->target, target, strlen(target));
}

/* The id of the question, found among the steps. */
static inline uint16_t id_of(uint16_t type, const char *name)
{
    struct srflx_locate_step step;
    size_t i;

    for (i = 0; srflx_locate_step(plan, i, &step); i++)
        if (step.question.type == type && !strcmp(step.question.name, name))
            return step.question.id;
    FAIL("nobody asked for %s of %s", type_name(type), name);
    return 0;
}

static inline void feed(uint16_t type, const char *name, struct srflx_dns_answer answer)
{
    srflx_locate_feed(plan, id_of(type, name), &answer, now());
}

static inline void feed_addr(const char *name, const char *ip)
{
    struct srflx_dns_answer answer = outcome(SRFLX_DNS_RECORDS);

    add_addr(&answer, ip);
    feed(answer.addrs[0].family == SRFLX_IPV4 ? SRFLX_DNS_A : SRFLX_DNS_AAAA, name, answer);
}

static inline void feed_none(uint16_t type, const char *name)
{
    feed(type, name, outcome(SRFLX_DNS_NO_RECORDS));
}

#endif
