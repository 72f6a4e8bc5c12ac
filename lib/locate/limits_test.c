#include "locate_fixture.h"

/* Thirty-two targets with eight addresses of each family. */
static void flood(void)
{
    struct srflx_dns_answer srvs = outcome(SRFLX_DNS_RECORDS);
    char name[8];
    unsigned i;

    for (i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "t%u.b", i);
        add_srv(&srvs, (uint16_t)i, 0, 1, name);
    }
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", srvs);
}

static struct srflx_dns_answer eight(unsigned number, const char *form)
{
    struct srflx_dns_answer answer = outcome(SRFLX_DNS_RECORDS);
    char ip[32];
    unsigned i;

    for (i = 0; i < 8; i++) {
        snprintf(ip, sizeof ip, form, number, i);
        add_addr(&answer, ip);
    }
    return answer;
}

TEST(eight_questions_are_outstanding_and_sixty_four_candidates_enough)
{
    struct srflx_locate_step step;
    unsigned i, count = 0;
    char name[8];

    want("stun:a.b");
    begin();
    flood();
    CHECK_STR(questions(), "AAAA t0.b;A t0.b;AAAA t1.b;A t1.b;AAAA t2.b;A t2.b;AAAA t3.b;A t3.b;");
    for (i = 0; i < 4; i++) {
        struct srflx_candidate c;
        snprintf(name, sizeof name, "t%u.b", i);
        feed(SRFLX_DNS_A, name, eight(i, "192.0.%u.%u"));
        feed(SRFLX_DNS_AAAA, name, eight(i, "2001:db8::%u:%u"));
        while (srflx_locate_next_candidate(plan, now(), &c))
            count++;
    }
    CHECK_INT(count, 64);
    CHECK(srflx_locate_is_done(plan));
    CHECK_STR(questions(), "");
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_FOUND);
    CHECK(srflx_locate_step(plan, 64, &step));
    CHECK_INT(step.why, SRFLX_WHY_ENOUGH);
    CHECK(!srflx_locate_step(plan, 65, &step));
}

TEST(the_time_limit_ends_everything)
{
    struct srflx_locate_step step;

    want("stun:a.b");
    options.limit_ms = 100;
    begin();
    flood();
    CHECK(*questions());
    feed_addr("t2.b", "192.0.2.1");
    now_ms += 99;
    CHECK_STR(candidates(), "");
    CHECK(!srflx_locate_is_done(plan));
    now_ms += 1;
    srflx_locate_tick(plan, now());
    CHECK_STR(questions(), "");
    CHECK_STR(candidates(), "udp 192.0.2.1:1;");
    CHECK(srflx_locate_is_done(plan));
    CHECK(srflx_locate_step(plan, 1, &step));
    CHECK_INT(step.outcome, SRFLX_DNS_TIMEOUT);
    CHECK_INT(step.why, SRFLX_WHY_ADDRS_NONE);
    CHECK_INT(step.ns, 100 * MS);
    CHECK(srflx_locate_step(plan, 64, &step));
    CHECK_INT(step.why, SRFLX_WHY_LATE);
    feed_addr("t0.b", "192.0.2.2"); /* too late */
    CHECK_STR(candidates(), "");
}

TEST(a_service_that_never_answers_ends_in_a_timeout)
{
    want("stun:a.b");
    begin();
    CHECK(*questions());
    now_ms += 10000;
    srflx_locate_tick(plan, now());
    CHECK(srflx_locate_is_done(plan));
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_TIMEOUT);
}

TEST(answers_that_nobody_waits_for_change_nothing)
{
    struct srflx_dns_answer answer = outcome(SRFLX_DNS_RECORDS);

    want("stun:a.b:1");
    options.family = SRFLX_IPV4;
    begin();
    add_addr(&answer, "192.0.2.1");
    srflx_locate_feed(plan, 0, &answer, now()); /* not asked yet */
    CHECK(*questions());
    srflx_locate_feed(plan, 1, &answer, now());
    srflx_locate_feed(plan, UINT16_MAX, &answer, now());
    CHECK_STR(candidates(), "");
    feed(SRFLX_DNS_A, "a.b", outcome(SRFLX_DNS_NO_NAME));
    feed(SRFLX_DNS_A, "a.b", answer); /* once is enough */
    CHECK_STR(candidates(), "");
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_NO_NAME);
}

TEST(answers_out_of_range_are_broken)
{
    struct srflx_dns_answer bad = outcome(SRFLX_DNS_RECORDS);
    struct srflx_locate_step step;
    unsigned i;

    for (i = 0; i < 4; i++) {
        want("stun:a.b:1");
        begin();
        CHECK(*questions());
        memset(&bad, 0, sizeof bad);
        add_addr(&bad, i ? "2001:db8::1" : "192.0.2.1"); /* 0: the other family */
        if (i == 1) bad.count = 9;
        if (i == 2) bad.count = 0;
        if (i == 3) bad.outcome = 99;
        feed(SRFLX_DNS_AAAA, "a.b", bad);
        CHECK(srflx_locate_step(plan, 1, &step));
        CHECK_INT(step.outcome, SRFLX_DNS_BROKEN);
    }
}

TEST(a_host_too_long_for_a_service_is_asked_itself)
{
    struct srflx_locate_step step;
    char uri[280], name[254];
    size_t i;

    for (i = 0; i < 243; i++)
        name[i] = i % 64 == 63 ? '.' : 'x';
    name[i] = '\0';
    snprintf(uri, sizeof uri, "stun:%s", name);
    want(uri);
    options.family = SRFLX_IPV4;
    begin();
    CHECK(srflx_locate_step(plan, 0, &step));
    CHECK_INT(step.why, SRFLX_WHY_SRV_LONG);
    CHECK(!strncmp(questions(), "A xxx", 5));
    name[242] = '\0';
    snprintf(uri, sizeof uri, "stun:%s", name);
    want(uri);
    begin();
    CHECK(!strncmp(questions(), "SRV _stun._udp.xxx", 18));
}

TEST(what_is_not_there_is_remembered)
{
    static union {
        uint8_t bytes[4096];
        max_align_t align;
    } space;
    struct srflx_dns_answer none = outcome(SRFLX_DNS_NO_RECORDS);
    struct srflx_locate_step step;

    want("stun:a.b");
    CHECK_INT(srflx_dns_cache_init(&space, sizeof space, 4, &options.cache), 0);
    begin();
    CHECK(*questions());
    none.ttl_s = 60;
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", none);
    CHECK(*questions());
    feed(SRFLX_DNS_AAAA, "a.b", none);
    feed_addr("a.b", "192.0.2.1");
    begin();
    CHECK_STR(questions(), "A a.b;");
    CHECK(srflx_locate_step(plan, 0, &step));
    CHECK(step.remembered);
    CHECK_INT(step.outcome, SRFLX_DNS_NO_RECORDS);
    feed_addr("a.b", "192.0.2.1");
    CHECK_STR(candidates(), "udp 192.0.2.1:3478;");
}

/* spec: R7064-3.2-01 R7064-3.2-02 */
TEST(options_outside_their_range_are_refused)
{
    static const uint8_t wrong[][4] = {
        {SRFLX_TLS},    {SRFLX_UDP, SRFLX_DTLS},           {SRFLX_UDP, SRFLX_UDP},    {5},
        {0, SRFLX_UDP}, {SRFLX_UDP, SRFLX_TCP, SRFLX_TLS}, {SRFLX_UDP, 0, SRFLX_TCP}, {0, 0, 0, 1},
    };
    struct srflx_locate_options good;
    size_t i;

    want("stun:a.b");
    good = options;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        options = good;
        memcpy(options.transports, wrong[i], 4);
        CHECK_INT(try_begin(), SRFLX_ERROR_ARGUMENT);
    }
    for (i = 0; i < 8; i++) {
        options = good;
        if (i == 0) options.size--;
        if (i == 1) options.random = NULL;
        if (i == 2) options.family = 5;
        if (i == 3) options.first = SRFLX_NO_FAMILY;
        if (i == 4) options.limit_ms = 0;
        if (i == 5) options.limit_ms = 10001;
        if (i == 6) options.uri.host[0] = '\0';
        if (i == 7) options.uri.kind = SRFLX_URI_IPV4;
        CHECK_INT(try_begin(), SRFLX_ERROR_ARGUMENT);
    }
    want("stuns:a.b");
    options.transports[0] = SRFLX_UDP;
    CHECK_INT(try_begin(), SRFLX_ERROR_ARGUMENT);
    options = good;
    CHECK_INT(srflx_locate_init(&memory, srflx_locate_size() - 1, &options, now(), &plan),
              SRFLX_ERROR_SPACE);
}

RUN(TEST_OF(eight_questions_are_outstanding_and_sixty_four_candidates_enough),
    TEST_OF(the_time_limit_ends_everything),
    TEST_OF(a_service_that_never_answers_ends_in_a_timeout),
    TEST_OF(answers_that_nobody_waits_for_change_nothing), TEST_OF(answers_out_of_range_are_broken),
    TEST_OF(a_host_too_long_for_a_service_is_asked_itself),
    TEST_OF(what_is_not_there_is_remembered), TEST_OF(options_outside_their_range_are_refused))
