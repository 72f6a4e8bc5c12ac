#include <srflx/resolve.h>

#include <stdlib.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>

#include "check.h"

static struct srflx_locate_options plan_for(const char *uri)
{
    struct srflx_locate_options options;

    srflx_locate_options_defaults(&options);
    options.random = srflx_random_fill;
    CHECK_INT(srflx_uri_parse((struct srflx_view){(const uint8_t *)uri, strlen(uri)}, &options.uri),
              0);
    return options;
}

static struct srflx_resolver_options servers(const char *text)
{
    struct srflx_resolver_options options;

    srflx_resolver_options_defaults(&options);
    options.servers = text;
    return options;
}

/* Nothing listens on port 1. */
static const char nobody[] = "127.0.0.1:1";

TEST(one_call_finds_this_machine)
{
    const struct srflx_resolver_options dns = servers(nobody);
    const struct srflx_locate_options options = plan_for("stun:a.localhost");
    struct srflx_candidates found;
    char text[SRFLX_ADDR_TEXT];

    CHECK_INT(srflx_resolve(&options, &dns, &found), 0);
    CHECK_INT(found.end, SRFLX_LOCATE_FOUND);
    CHECK_INT(found.count, 2);
    CHECK_STR(srflx_addr_write(&found.list[0].addr, text), "[::1]:3478");
    CHECK_STR(srflx_addr_write(&found.list[1].addr, text), "127.0.0.1:3478");
    CHECK_STR(found.list[1].host, "a.localhost");
}

TEST(one_call_tells_why_not)
{
    const struct srflx_resolver_options dns = servers(nobody);
    struct srflx_locate_options options = plan_for("stun:example.invalid:1");
    struct srflx_candidates found;

    CHECK_INT(srflx_resolve(&options, &dns, &found), SRFLX_ERROR_NAME);
    CHECK_INT(found.end, SRFLX_LOCATE_DNS);
    CHECK_INT(found.count, 0);
    options.limit_ms = 0;
    CHECK_INT(srflx_resolve(&options, &dns, &found), SRFLX_ERROR_ARGUMENT);
    options = plan_for("stuns:192.0.2.1");
    CHECK_INT(srflx_resolve(&options, &dns, &found), SRFLX_ERROR_NAMELESS);
}

TEST(options_outside_their_range_are_refused)
{
    static const char *const texts[] = {"", "nobody", "192.0.2.1:70000x"};
    struct srflx_resolver_options bad;
    struct srflx_resolver *resolver;
    size_t i;

    for (i = 0; i < 5; i++) {
        srflx_resolver_options_defaults(&bad);
        if (i == 0) bad.size--;
        if (i == 1) bad.try_ms = 49;
        if (i == 2) bad.try_ms = 5001;
        if (i == 3) bad.tries = 0;
        if (i == 4) bad.tries = 6;
        CHECK_INT(srflx_resolver_new(&bad, &resolver), SRFLX_ERROR_ARGUMENT);
    }
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bad = servers(texts[i]);
        if (srflx_resolver_new(&bad, &resolver) != SRFLX_ERROR_ARGUMENT)
            FAIL("accepted: '%s'", texts[i]);
    }
    srflx_resolver_destroy(NULL);
}

static struct srflx_locate *new_plan(void *memory, const char *uri)
{
    const struct srflx_locate_options options = plan_for(uri);
    struct srflx_locate *plan;

    CHECK_INT(srflx_locate_init(memory, srflx_locate_size(), &options, srflx_clock_now(), &plan),
              0);
    return plan;
}

TEST(a_loop_has_sockets_and_a_time_to_wait_for)
{
    const struct srflx_resolver_options dns = servers("192.0.2.53");
    void *memory = malloc(srflx_locate_size());
    struct srflx_locate *plan = new_plan(memory, "stun:example.invalid");
    struct pollfd fds[SRFLX_RESOLVER_FDS];
    struct srflx_resolver *resolver;

    CHECK_INT(srflx_resolver_new(&dns, &resolver), 0);
    CHECK_INT(srflx_resolver_wait_ms(resolver), UINT32_MAX);
    CHECK_INT(srflx_resolver_fds(resolver, fds), 0);
    CHECK_INT(srflx_resolver_start(resolver, plan), 0);
    CHECK_INT(srflx_resolver_start(resolver, plan), SRFLX_ERROR_STATE);
    CHECK(srflx_resolver_fds(resolver, fds) <= 1); /* none where there is no network */
    CHECK(srflx_resolver_wait_ms(resolver) <= 1500);
    srflx_resolver_process(resolver, NULL, 0);
    srflx_resolver_stop(resolver);
    CHECK_INT(srflx_resolver_wait_ms(resolver), UINT32_MAX);
    CHECK_INT(srflx_resolver_start(resolver, plan), 0);
    srflx_resolver_destroy(resolver);
    free(memory);
}

TEST(a_plan_that_needs_no_dns_is_done_when_its_candidates_are_taken)
{
    const struct srflx_resolver_options dns = servers(nobody);
    void *memory = malloc(srflx_locate_size());
    struct srflx_locate *plan = new_plan(memory, "stun:192.0.2.1");
    struct srflx_candidate candidate;
    struct srflx_resolver *resolver;

    CHECK_INT(srflx_resolver_new(&dns, &resolver), 0);
    CHECK_INT(srflx_resolver_start(resolver, plan), 0);
    CHECK(srflx_locate_next_candidate(plan, srflx_clock_now(), &candidate));
    CHECK_INT(srflx_resolver_wait_ms(resolver), 0);
    srflx_resolver_process(resolver, NULL, 0);
    CHECK_INT(srflx_resolver_wait_ms(resolver), UINT32_MAX);
    CHECK_INT(srflx_resolver_start(resolver, plan), 0);
    srflx_resolver_destroy(resolver);
    free(memory);
}

RUN(TEST_OF(one_call_finds_this_machine), TEST_OF(one_call_tells_why_not),
    TEST_OF(options_outside_their_range_are_refused),
    TEST_OF(a_loop_has_sockets_and_a_time_to_wait_for),
    TEST_OF(a_plan_that_needs_no_dns_is_done_when_its_candidates_are_taken))
