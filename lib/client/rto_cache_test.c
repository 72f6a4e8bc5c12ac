#include "check.h"

#include <srflx/rto.h>

enum { CAPACITY = 3 };

#define MS ((uint64_t)1000000)

static union {
    uint8_t bytes[1024];
    max_align_t align;
} memory;

static struct srflx_rto_cache *new_cache(void)
{
    struct srflx_rto_cache *cache;

    CHECK(srflx_rto_cache_size(CAPACITY) <= sizeof memory);
    CHECK_INT(srflx_rto_cache_init(&memory, srflx_rto_cache_size(CAPACITY), CAPACITY, 500, &cache),
              0);
    return cache;
}

static struct srflx_addr host(uint8_t last)
{
    return (struct srflx_addr){{192, 0, 2, last}, 0, 3478, SRFLX_IPV4};
}

static struct srflx_time at_ms(uint64_t ms)
{
    return (struct srflx_time){ms * MS, 0};
}

static uint32_t get(struct srflx_rto_cache *cache, uint8_t last, uint64_t ms)
{
    struct srflx_addr server = host(last);

    return srflx_rto_cache_get(cache, &server, at_ms(ms));
}

static void sample(struct srflx_rto_cache *cache, uint8_t last, uint64_t rtt_ms, uint64_t ms)
{
    struct srflx_addr server = host(last);

    srflx_rto_cache_sample(cache, &server, rtt_ms * MS, at_ms(ms));
}

/* spec: R8489-6.2.1-10 */
TEST(next_transaction_starts_with_the_last_estimate)
{
    struct srflx_rto_cache *cache = new_cache();

    CHECK_INT(get(cache, 1, 0), 500);
    sample(cache, 1, 40, 1);
    CHECK_INT(get(cache, 1, 2), 120);
    sample(cache, 1, 80, 3);
    CHECK_INT(get(cache, 1, 4), 145);
    CHECK_INT(get(cache, 2, 5), 500);
}

/* spec: R8489-6.2.1-10 */
TEST(the_key_is_the_ip_address)
{
    struct srflx_rto_cache *cache = new_cache();
    struct srflx_addr other_port = host(1);
    struct srflx_addr v6 = {{192, 0, 2, 1}, 0, 3478, SRFLX_IPV6};

    other_port.port = 5349;
    sample(cache, 1, 40, 0);
    CHECK_INT(srflx_rto_cache_get(cache, &other_port, at_ms(1)), 120);
    CHECK_INT(srflx_rto_cache_get(cache, &v6, at_ms(1)), 500);
}

/* spec: R8489-6.2.1-11 */
TEST(ten_minutes_without_a_transaction_make_it_stale)
{
    struct srflx_rto_cache *cache = new_cache();

    sample(cache, 1, 40, 0);
    CHECK_INT(get(cache, 1, 599999), 120);
    CHECK_INT(get(cache, 1, 599999 + 599999), 120);
    CHECK_INT(get(cache, 1, 599999 + 599999 + 600000), 500);
    CHECK_INT(get(cache, 1, 599999 + 599999 + 600001), 500);
}

TEST(a_sample_after_ten_minutes_is_a_first_one)
{
    struct srflx_rto_cache *cache = new_cache();

    sample(cache, 1, 40, 0);
    sample(cache, 1, 80, 600000);
    CHECK_INT(get(cache, 1, 600001), 240);
}

TEST(the_one_unused_longest_makes_room)
{
    struct srflx_rto_cache *cache = new_cache();

    sample(cache, 1, 10, 0);
    sample(cache, 2, 20, 1);
    sample(cache, 3, 30, 2);
    CHECK_INT(get(cache, 1, 3), 30);
    sample(cache, 4, 40, 4);
    CHECK_INT(get(cache, 1, 5), 30);
    CHECK_INT(get(cache, 3, 6), 90);
    CHECK_INT(get(cache, 4, 7), 120);
    CHECK_INT(get(cache, 2, 8), 500);
    CHECK_INT(get(cache, 1, 9), 500);
    CHECK_INT(get(cache, 4, 10), 120);
}

/* spec: R8489-6.2.1-08 R8489-6.2.1-10 R8489-6.2.1-11 */
TEST(a_doubled_timeout_is_kept_like_an_estimate)
{
    struct srflx_rto_cache *cache = new_cache();
    struct srflx_addr asked = host(1);

    sample(cache, 1, 40, 0);
    srflx_rto_cache_back_off(cache, &asked, 480 * MS, at_ms(1));
    CHECK_INT(get(cache, 1, 2), 480);
    CHECK_INT(get(cache, 2, 2), 500);
    sample(cache, 1, 400, 3);
    CHECK_INT(get(cache, 1, 4), 505);
    srflx_rto_cache_back_off(cache, &asked, 2000 * MS, at_ms(5));
    CHECK_INT(get(cache, 1, 600004), 2000);
    CHECK_INT(get(cache, 1, 1200004), 500);
}

/* Time that steps back is no age. */
TEST(a_clock_that_goes_back_keeps_the_estimate)
{
    struct srflx_rto_cache *cache = new_cache();

    sample(cache, 1, 40, 700000);
    CHECK_INT(get(cache, 1, 0), 120);
}

/* spec: R8489-6.2.1-10 R8489-6.2.1-11 */
TEST(what_is_known_can_be_kept_elsewhere)
{
    struct srflx_rto_cache *cache = new_cache();
    struct srflx_rto_entry entry;

    CHECK(!srflx_rto_cache_entry(cache, 0, at_ms(0), &entry));
    CHECK_INT(get(cache, 2, 0), 500);
    sample(cache, 1, 40, 1000);
    CHECK(srflx_rto_cache_entry(cache, 0, at_ms(3000), &entry));
    CHECK_INT(entry.age_ms, 2000);
    CHECK(!srflx_rto_cache_entry(cache, 1, at_ms(3000), &entry));
    CHECK(!srflx_rto_cache_entry(cache, 0, at_ms(601000), &entry));

    cache = new_cache();
    srflx_rto_cache_restore(cache, &entry, at_ms(700000));
    CHECK_INT(get(cache, 1, 700000), 120);
    cache = new_cache();
    srflx_rto_cache_restore(cache, &entry, at_ms(700000));
    CHECK_INT(get(cache, 1, 700000 + 598000), 500);
    entry.age_ms = 600000;
    cache = new_cache();
    srflx_rto_cache_restore(cache, &entry, at_ms(700000));
    CHECK_INT(get(cache, 1, 700000), 500);
    entry.age_ms = 5000;
    srflx_rto_cache_restore(cache, &entry, at_ms(1));
    CHECK_INT(get(cache, 1, 2), 120);
}

TEST(arguments)
{
    struct srflx_rto_cache *cache = NULL;
    size_t size = srflx_rto_cache_size(2);

    CHECK_INT(srflx_rto_cache_init(&memory, sizeof memory, 0, 500, &cache), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_rto_cache_init(&memory, SIZE_MAX, SRFLX_RTO_CACHE_MAX + 1, 500, &cache),
              SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_rto_cache_init(&memory, size, 2, 0, &cache), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_rto_cache_init(&memory, size, 2, 60001, &cache), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_rto_cache_init(&memory, size - 1, 2, 500, &cache), SRFLX_ERROR_SPACE);
    CHECK_NULL(cache);
    CHECK_INT(srflx_rto_cache_init(&memory, size, 2, 60000, &cache), 0);
    CHECK_INT(get(cache, 1, 0), 60000);
}

RUN(TEST_OF(next_transaction_starts_with_the_last_estimate), TEST_OF(the_key_is_the_ip_address),
    TEST_OF(ten_minutes_without_a_transaction_make_it_stale),
    TEST_OF(a_sample_after_ten_minutes_is_a_first_one), TEST_OF(the_one_unused_longest_makes_room),
    TEST_OF(a_doubled_timeout_is_kept_like_an_estimate),
    TEST_OF(a_clock_that_goes_back_keeps_the_estimate),
    TEST_OF(what_is_known_can_be_kept_elsewhere), TEST_OF(arguments))
