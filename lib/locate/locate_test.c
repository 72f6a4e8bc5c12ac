#include "locate_fixture.h"

/* spec: R8489-8.1-01 */
TEST(an_address_is_a_candidate_at_once)
{
    struct srflx_candidate c;
    struct srflx_locate_step step;

    want("stun:192.0.2.1");
    begin();
    CHECK_STR(questions(), "");
    CHECK(!srflx_locate_is_done(plan));
    CHECK(srflx_locate_next_candidate(plan, now(), &c));
    CHECK_INT(c.source, SRFLX_FROM_LITERAL);
    CHECK_INT(c.transport, SRFLX_UDP);
    CHECK_INT(c.addr.port, 3478);
    CHECK_STR(c.host, "192.0.2.1");
    CHECK(srflx_locate_is_done(plan));
    CHECK(!srflx_locate_next_candidate(plan, now(), &c));
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_FOUND);
    CHECK(srflx_locate_step(plan, 0, &step));
    CHECK_INT(step.why, SRFLX_WHY_LITERAL);
    CHECK_INT(step.question.type, 0);
    CHECK(!srflx_locate_step(plan, 1, &step));
    want("stun:[2001:db8::1]:9");
    options.transports[0] = SRFLX_TCP;
    options.transports[1] = SRFLX_UDP;
    begin();
    CHECK_STR(candidates(), "tcp [2001:db8::1]:9;udp [2001:db8::1]:9;");
}

TEST(an_address_of_the_other_family_is_none)
{
    want("stun:192.0.2.1");
    options.family = SRFLX_IPV6;
    begin();
    CHECK_STR(candidates(), "");
    CHECK(srflx_locate_is_done(plan));
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_NO_FAMILY);
}

/* spec: R8489-8.1-02 R7350-4.1.1-03 */
TEST(nobody_can_be_verified_by_an_address)
{
    struct srflx_candidate c;

    want("stuns:192.0.2.1");
    CHECK_INT(try_begin(), SRFLX_ERROR_NAMELESS);
    memcpy(options.verify, "example.org", 12);
    begin();
    CHECK(srflx_locate_next_candidate(plan, now(), &c));
    CHECK_STR(c.verify, "example.org");
    CHECK_INT(c.transport, SRFLX_TLS);
    CHECK_INT(c.addr.port, 5349);
}

/* spec: R8489-8.1-06 R7064-3.2-04 */
TEST(a_port_needs_no_srv_records)
{
    struct srflx_locate_step step;

    want("stun:example.org:77");
    options.transports[0] = SRFLX_UDP;
    options.transports[1] = SRFLX_TCP;
    begin();
    CHECK_STR(questions(), "AAAA example.org;A example.org;");
    CHECK(srflx_locate_step(plan, 0, &step));
    CHECK_INT(step.why, SRFLX_WHY_PORT);
    feed_addr("example.org", "2001:db8::1");
    feed_addr("example.org", "192.0.2.1");
    CHECK_STR(candidates(), "udp [2001:db8::1]:77;udp 192.0.2.1:77;"
                            "tcp [2001:db8::1]:77;tcp 192.0.2.1:77;");
    CHECK(srflx_locate_is_done(plan));
}

/* spec: R8489-8.1-03 R7064-3.2-01 R7064-3.2-02 R7064-3.2-03 R7350-3-10 R7350-4.1.1-01 R5780-5.1-01 */
TEST(services_have_the_names_of_scheme_and_transport)
{
    static const struct {
        const char *uri;
        uint8_t transports[4];
        bool behavior;
        const char *asked;
    } rows[] = {
        {"stun:a.b", {0}, false, "SRV _stun._udp.a.b;"},
        {"stun:a.b", {SRFLX_TCP}, false, "SRV _stun._tcp.a.b;"},
        {"stun:a.b", {SRFLX_TCP, SRFLX_UDP}, false, "SRV _stun._tcp.a.b;SRV _stun._udp.a.b;"},
        {"stuns:a.b", {0}, false, "SRV _stuns._tcp.a.b;"},
        {"stuns:a.b", {SRFLX_DTLS, SRFLX_TLS}, false, "SRV _stuns._udp.a.b;SRV _stuns._tcp.a.b;"},
        {"stun:a.b",
         {SRFLX_UDP, SRFLX_TCP},
         true,
         "SRV _stun-behavior._udp.a.b;SRV _stun-behavior._tcp.a.b;"},
        {"stuns:a.b",
         {SRFLX_TLS, SRFLX_DTLS},
         true,
         "SRV _stun-behaviors._tcp.a.b;SRV _stun-behaviors._udp.a.b;"},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        want(rows[i].uri);
        memcpy(options.transports, rows[i].transports, 4);
        options.behavior = rows[i].behavior;
        begin();
        CHECK_STR(questions(), rows[i].asked);
    }
}

/* spec: R8489-8.1-10 R7350-3-09 R5780-5.1-02 R8489-8.1-06 */
TEST(without_srv_records_the_host_is_asked_on_the_default_port)
{
    static const enum srflx_dns_outcome empty[] = {
        SRFLX_DNS_NO_RECORDS, SRFLX_DNS_NO_NAME, SRFLX_DNS_FAILED,      SRFLX_DNS_REFUSED,
        SRFLX_DNS_BROKEN,     SRFLX_DNS_LOOP,    SRFLX_DNS_UNREACHABLE, SRFLX_DNS_TIMEOUT,
    };
    struct srflx_locate_step step;
    size_t i;

    for (i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        want("stuns:a.b");
        options.transports[0] = SRFLX_DTLS;
        options.behavior = i % 2;
        begin();
        CHECK(*questions());
        feed(SRFLX_DNS_SRV, i % 2 ? "_stun-behaviors._udp.a.b" : "_stuns._udp.a.b",
             outcome(empty[i]));
        CHECK(srflx_locate_step(plan, 0, &step));
        CHECK_INT(step.outcome, empty[i]);
        CHECK_INT(step.why, SRFLX_WHY_SRV_NONE);
        CHECK_INT(step.transport, SRFLX_DTLS);
        CHECK_STR(questions(), "AAAA a.b;A a.b;");
        feed_addr("a.b", "192.0.2.1");
        feed_none(SRFLX_DNS_AAAA, "a.b");
        CHECK_STR(candidates(), "dtls 192.0.2.1:5349;");
        CHECK(srflx_locate_is_done(plan));
    }
}

/* spec: R2782-Target-01 */
TEST(a_service_that_is_not_offered_is_not_looked_for_elsewhere)
{
    struct srflx_dns_answer off = outcome(SRFLX_DNS_RECORDS);

    add_srv(&off, 0, 0, 0, ".");
    want("stun:a.b");
    begin();
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", off);
    CHECK_STR(questions(), "");
    CHECK(srflx_locate_is_done(plan));
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_NO_SERVICE);
    options.transports[0] = SRFLX_UDP;
    options.transports[1] = SRFLX_TCP;
    begin();
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", off);
    feed_none(SRFLX_DNS_SRV, "_stun._tcp.a.b");
    CHECK(*questions());
    feed_addr("a.b", "192.0.2.1");
    feed_none(SRFLX_DNS_AAAA, "a.b");
    CHECK_STR(candidates(), "tcp 192.0.2.1:3478;");
}

/* spec: R8489-8.1-04 R2782-Priority-01 R2782-Priority-02 R8489-8.1-05 R7350-4.1.1-02 */
TEST(servers_come_by_priority_then_by_weight_and_their_families_in_turn)
{
    struct srflx_dns_answer srvs = outcome(SRFLX_DNS_RECORDS);
    struct srflx_dns_answer many = outcome(SRFLX_DNS_RECORDS);
    struct srflx_candidate c;

    add_srv(&srvs, 20, 0, 3, "late.b");
    add_srv(&srvs, 10, 5, 1, "one.b");
    add_srv(&srvs, 10, 0, 2, "two.b"); /* without weight, so before the other in the list */
    add_srv(&srvs, 10, 0, 9, ".");     /* means nothing beside others */
    want("stun:a.b");
    begin();
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", srvs);
    CHECK_STR(questions(), "AAAA two.b;A two.b;AAAA one.b;A one.b;AAAA late.b;A late.b;");
    add_addr(&many, "192.0.2.1");
    add_addr(&many, "192.0.2.2");
    add_addr(&many, "192.0.2.3");
    feed(SRFLX_DNS_A, "two.b", many);
    feed_addr("late.b", "192.0.2.9");
    feed_addr("one.b", "2001:db8::1");
    now_ms += 49;
    CHECK_STR(candidates(), "");
    feed_addr("two.b", "2001:db8::2");
    CHECK(srflx_locate_next_candidate(plan, now(), &c));
    CHECK_INT(c.source, SRFLX_FROM_SRV);
    CHECK_INT(c.priority, 10);
    CHECK_INT(c.weight, 0);
    CHECK_STR(c.host, "two.b");
    CHECK_STR(c.verify, "a.b");
    CHECK_STR(candidates(), "udp 192.0.2.1:2;udp 192.0.2.2:2;udp 192.0.2.3:2;"
                            "udp [2001:db8::1]:1;");
    feed_none(SRFLX_DNS_A, "one.b");
    CHECK(!srflx_locate_is_done(plan));
    CHECK_STR(candidates(), "");
    feed_none(SRFLX_DNS_AAAA, "late.b");
    CHECK_STR(candidates(), "udp 192.0.2.9:3;");
    CHECK(srflx_locate_is_done(plan));
    CHECK_STR(questions(), "");
}

/* spec: R8305-8-01 */
TEST(the_second_family_waits_a_little_for_the_first)
{
    want("stun:a.b:1");
    begin();
    CHECK(*questions());
    CHECK_INT(srflx_locate_next_deadline(plan), (START_MS + 10000) * MS);
    now_ms += 20;
    feed_addr("a.b", "192.0.2.1");
    CHECK_INT(srflx_locate_next_deadline(plan), (START_MS + 70) * MS);
    now_ms += 49;
    CHECK_STR(candidates(), "");
    now_ms += 1;
    CHECK_STR(candidates(), "udp 192.0.2.1:1;");
    CHECK(!srflx_locate_is_done(plan));
    CHECK_INT(srflx_locate_next_deadline(plan), (START_MS + 10000) * MS);
    feed_addr("a.b", "2001:db8::1");
    CHECK_STR(candidates(), "udp [2001:db8::1]:1;");
    CHECK(srflx_locate_is_done(plan));
    CHECK(srflx_locate_next_deadline(plan) == UINT64_MAX);
}

TEST(the_first_family_does_not_wait)
{
    want("stun:a.b:1");
    begin();
    CHECK(*questions());
    feed_addr("a.b", "2001:db8::1");
    CHECK_STR(candidates(), "udp [2001:db8::1]:1;");
    want("stun:a.b:1");
    options.first = SRFLX_IPV4;
    begin();
    CHECK(*questions());
    feed_addr("a.b", "2001:db8::1");
    CHECK_STR(candidates(), "");
    feed_addr("a.b", "192.0.2.1");
    CHECK_STR(candidates(), "udp 192.0.2.1:1;udp [2001:db8::1]:1;");
}

TEST(one_family_alone_is_asked_for_if_that_is_wanted)
{
    want("stun:a.b:1");
    options.family = SRFLX_IPV4;
    begin();
    CHECK_STR(questions(), "A a.b;");
    feed_addr("a.b", "192.0.2.1");
    CHECK_STR(candidates(), "udp 192.0.2.1:1;");
    CHECK(srflx_locate_is_done(plan));
    begin();
    CHECK(*questions());
    feed_none(SRFLX_DNS_A, "a.b");
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_NO_FAMILY);
}

/* What the two families said, and how the plan ended. */
TEST(reasons_are_told_apart)
{
    static const struct {
        uint8_t v6, v4, end;
    } rows[] = {
        {SRFLX_DNS_NO_NAME, SRFLX_DNS_NO_NAME, SRFLX_LOCATE_NO_NAME},
        {SRFLX_DNS_NO_RECORDS, SRFLX_DNS_NO_RECORDS, SRFLX_LOCATE_NO_ADDRESS},
        {SRFLX_DNS_NO_NAME, SRFLX_DNS_NO_RECORDS, SRFLX_LOCATE_NO_ADDRESS},
        {SRFLX_DNS_NO_RECORDS, SRFLX_DNS_FAILED, SRFLX_LOCATE_DNS},
        {SRFLX_DNS_REFUSED, SRFLX_DNS_NO_NAME, SRFLX_LOCATE_DNS},
        {SRFLX_DNS_BROKEN, SRFLX_DNS_BROKEN, SRFLX_LOCATE_DNS},
        {SRFLX_DNS_LOOP, SRFLX_DNS_LOOP, SRFLX_LOCATE_DNS},
        {SRFLX_DNS_UNREACHABLE, SRFLX_DNS_UNREACHABLE, SRFLX_LOCATE_DNS},
        {SRFLX_DNS_FAILED, SRFLX_DNS_TIMEOUT, SRFLX_LOCATE_TIMEOUT},
        {SRFLX_DNS_NO_RECORDS, SRFLX_DNS_TIMEOUT, SRFLX_LOCATE_TIMEOUT},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        want("stun:a.b:1");
        begin();
        CHECK(*questions());
        CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_PENDING);
        feed(SRFLX_DNS_AAAA, "a.b", outcome((enum srflx_dns_outcome)rows[i].v6));
        feed(SRFLX_DNS_A, "a.b", outcome((enum srflx_dns_outcome)rows[i].v4));
        CHECK(srflx_locate_is_done(plan));
        CHECK_INT(srflx_locate_end(plan), rows[i].end);
    }
}

TEST(targets_without_addresses_do_not_lead_back_to_the_host)
{
    struct srflx_dns_answer srvs = outcome(SRFLX_DNS_RECORDS);

    add_srv(&srvs, 0, 0, 1, "one.b");
    want("stun:a.b");
    begin();
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", srvs);
    CHECK(*questions());
    feed_none(SRFLX_DNS_A, "one.b");
    feed(SRFLX_DNS_AAAA, "one.b", outcome(SRFLX_DNS_NO_NAME));
    CHECK_STR(questions(), "");
    CHECK(srflx_locate_is_done(plan));
    CHECK_INT(srflx_locate_end(plan), SRFLX_LOCATE_NO_ADDRESS);
}

TEST(no_candidate_comes_twice)
{
    struct srflx_dns_answer srvs = outcome(SRFLX_DNS_RECORDS);

    add_srv(&srvs, 0, 0, 1, "one.b");
    add_srv(&srvs, 1, 0, 1, "two.b");
    add_srv(&srvs, 2, 0, 2, "one.b");
    add_srv(&srvs, 3, 0, 1, "one.b");
    want("stun:a.b");
    options.family = SRFLX_IPV4;
    begin();
    CHECK(*questions());
    feed(SRFLX_DNS_SRV, "_stun._udp.a.b", srvs);
    CHECK_STR(questions(), "A one.b;A two.b;");
    feed_addr("one.b", "192.0.2.1");
    feed_addr("two.b", "192.0.2.1");
    CHECK_STR(candidates(), "udp 192.0.2.1:1;udp 192.0.2.1:2;");
    CHECK(srflx_locate_is_done(plan));
}

TEST(every_end_and_reason_has_a_sentence)
{
#define CHECK_END(name, text) CHECK_STR(srflx_locate_end_text(SRFLX_LOCATE_##name), text);
#define CHECK_WHY(name, text) CHECK_STR(srflx_locate_why_text(SRFLX_WHY_##name), text);
    SRFLX_LOCATE_END_MAP(CHECK_END)
    SRFLX_LOCATE_WHY_MAP(CHECK_WHY)
#undef CHECK_END
#undef CHECK_WHY
}

RUN(TEST_OF(an_address_is_a_candidate_at_once), TEST_OF(an_address_of_the_other_family_is_none),
    TEST_OF(nobody_can_be_verified_by_an_address), TEST_OF(a_port_needs_no_srv_records),
    TEST_OF(services_have_the_names_of_scheme_and_transport),
    TEST_OF(without_srv_records_the_host_is_asked_on_the_default_port),
    TEST_OF(a_service_that_is_not_offered_is_not_looked_for_elsewhere),
    TEST_OF(servers_come_by_priority_then_by_weight_and_their_families_in_turn),
    TEST_OF(the_second_family_waits_a_little_for_the_first),
    TEST_OF(the_first_family_does_not_wait),
    TEST_OF(one_family_alone_is_asked_for_if_that_is_wanted), TEST_OF(reasons_are_told_apart),
    TEST_OF(targets_without_addresses_do_not_lead_back_to_the_host),
    TEST_OF(no_candidate_comes_twice), TEST_OF(every_end_and_reason_has_a_sentence))
