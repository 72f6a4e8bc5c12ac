#include <srflx/dns.h>

#include "check.h"

enum { CAPACITY = 2 };

static union {
    uint8_t bytes[2048];
    max_align_t align;
} memory;

static struct srflx_dns_cache *new_cache(void)
{
    struct srflx_dns_cache *cache;
    size_t len = srflx_dns_cache_size(CAPACITY);

    CHECK(len <= sizeof memory);
    CHECK_INT(srflx_dns_cache_init(&memory, len, CAPACITY, &cache), 0);
    return cache;
}

static struct srflx_time at_s(uint64_t s)
{
    return (struct srflx_time){s * 1000000000u, 0};
}

static struct srflx_dns_question question(const char *name, uint16_t type)
{
    struct srflx_dns_question q = {.type = type};

    memcpy(q.name, name, strlen(name));
    return q;
}

static void add(struct srflx_dns_cache *cache, const char *name, uint8_t outcome, uint32_t ttl_s,
                uint64_t s)
{
    struct srflx_dns_question q = question(name, SRFLX_DNS_A);
    struct srflx_dns_answer answer;

    memset(&answer, 0, sizeof answer);
    answer.outcome = outcome;
    answer.ttl_s = ttl_s;
    srflx_dns_cache_add(cache, &q, &answer, at_s(s));
}

static int find(struct srflx_dns_cache *cache, const char *name, uint64_t s)
{
    struct srflx_dns_question q = question(name, SRFLX_DNS_A);

    return (int)srflx_dns_cache_find(cache, &q, at_s(s));
}

TEST(negative_answers_are_true_for_their_time)
{
    struct srflx_dns_cache *cache = new_cache();
    struct srflx_dns_question other = question("a", SRFLX_DNS_AAAA);

    add(cache, "a", SRFLX_DNS_NO_NAME, 10, 100);
    CHECK_INT(find(cache, "a", 100), SRFLX_DNS_NO_NAME);
    CHECK_INT(find(cache, "a", 109), SRFLX_DNS_NO_NAME);
    CHECK_INT(find(cache, "a", 110), SRFLX_DNS_RECORDS);
    CHECK_INT(find(cache, "b", 100), SRFLX_DNS_RECORDS);
    CHECK_INT(srflx_dns_cache_find(cache, &other, at_s(100)), SRFLX_DNS_RECORDS);
    add(cache, "a", SRFLX_DNS_NO_RECORDS, 10, 120);
    CHECK_INT(find(cache, "a", 121), SRFLX_DNS_NO_RECORDS);
}

TEST(five_minutes_are_the_most)
{
    struct srflx_dns_cache *cache = new_cache();

    add(cache, "a", SRFLX_DNS_NO_NAME, UINT32_MAX, 1);
    CHECK_INT(find(cache, "a", 300), SRFLX_DNS_NO_NAME);
    CHECK_INT(find(cache, "a", 301), SRFLX_DNS_RECORDS);
}

TEST(nothing_else_is_remembered)
{
    struct srflx_dns_cache *cache = new_cache();
    uint8_t outcome;

    for (outcome = SRFLX_DNS_RECORDS; outcome <= SRFLX_DNS_TIMEOUT; outcome++) {
        bool negative = outcome == SRFLX_DNS_NO_RECORDS || outcome == SRFLX_DNS_NO_NAME;
        add(cache, "a", outcome, negative ? 0 : 100, 1);
        CHECK_INT(find(cache, "a", 1), SRFLX_DNS_RECORDS);
    }
}

TEST(what_ends_first_makes_room)
{
    struct srflx_dns_cache *cache = new_cache();

    add(cache, "a", SRFLX_DNS_NO_NAME, 100, 0);
    add(cache, "b", SRFLX_DNS_NO_NAME, 50, 0);
    add(cache, "c", SRFLX_DNS_NO_NAME, 10, 0);
    CHECK_INT(find(cache, "a", 1), SRFLX_DNS_NO_NAME);
    CHECK_INT(find(cache, "b", 1), SRFLX_DNS_RECORDS);
    CHECK_INT(find(cache, "c", 1), SRFLX_DNS_NO_NAME);
}

TEST(numbers_outside_their_range_are_refused)
{
    struct srflx_dns_cache *cache;
    size_t len = srflx_dns_cache_size(CAPACITY);

    CHECK_INT(srflx_dns_cache_init(&memory, len, 0, &cache), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_dns_cache_init(&memory, SIZE_MAX, 1025, &cache), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_dns_cache_init(&memory, len - 1, CAPACITY, &cache), SRFLX_ERROR_SPACE);
}

RUN(TEST_OF(negative_answers_are_true_for_their_time), TEST_OF(five_minutes_are_the_most),
    TEST_OF(nothing_else_is_remembered), TEST_OF(what_ends_first_makes_room),
    TEST_OF(numbers_outside_their_range_are_refused))
