#include <check.h>

#include <srflx/addr.h>
#include <srflx/random.h>

#include "stream_limits.h"

enum { CLIENTS = 500 };

static struct srflx_addr address(const char *text)
{
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    return addr;
}

TEST(an_ipv4_address_and_an_ipv6_64_are_clients)
{
    const struct srflx_addr a = address("192.0.2.1:1"), b = address("192.0.2.1:2");
    const struct srflx_addr c = address("192.0.2.2:1"), d = address("2001:db8::1");
    const struct srflx_addr e = address("2001:db8::ffff:0:1"), f = address("2001:db8:0:1::1");
    static struct srflx_limits limits;

    CHECK_INT(srflx_limits_init(&limits, 10, 2, srflx_random_fill, NULL), 0);
    CHECK(srflx_limits_add(&limits, &a));
    CHECK(srflx_limits_add(&limits, &b));
    CHECK(!srflx_limits_add(&limits, &a));
    CHECK(srflx_limits_add(&limits, &c));
    CHECK(srflx_limits_add(&limits, &d));
    CHECK(srflx_limits_add(&limits, &e));
    CHECK(!srflx_limits_add(&limits, &d));
    CHECK(srflx_limits_add(&limits, &f));
    srflx_limits_remove(&limits, &b);
    CHECK(srflx_limits_add(&limits, &a));
    CHECK(!srflx_limits_add(&limits, &b));
    srflx_limits_free(&limits);
}

TEST(families_do_not_meet)
{
    const struct srflx_addr v4 = address("0.0.0.1"), v6 = address("0:0:0:1::");
    static struct srflx_limits limits;

    CHECK_INT(srflx_limits_init(&limits, 2, 1, srflx_random_fill, NULL), 0);
    CHECK(srflx_limits_add(&limits, &v4));
    CHECK(srflx_limits_add(&limits, &v6));
    srflx_limits_free(&limits);
}

TEST(zero_is_no_limit)
{
    const struct srflx_addr a = address("192.0.2.1");
    static struct srflx_limits limits;

    CHECK_INT(srflx_limits_init(&limits, 2, 0, srflx_random_fill, NULL), 0);
    for (unsigned i = 0; i < 1000; i++)
        CHECK(srflx_limits_add(&limits, &a));
    srflx_limits_remove(&limits, &a);
    srflx_limits_free(&limits);
}

/* The worst numbers there can be: every client belongs to the same cell. */
static void fill_worst(void *user, uint8_t *ret_bytes, size_t len)
{
    (void)user;
    memset(ret_bytes, 0xFF, len);
}

static struct srflx_addr client(uint32_t number)
{
    struct srflx_addr addr = {.family = number % 2 ? SRFLX_IPV6 : SRFLX_IPV4};

    addr.ip[2] = (uint8_t)(number >> 8);
    addr.ip[3] = (uint8_t)number;
    return addr;
}

/* Against a plain array, full to the brim and with the holes of removals anywhere. */
static void check_agrees(srflx_random_fn *random)
{
    static struct srflx_limits limits;
    unsigned counts[CLIENTS] = {0}, all = 0;
    uint32_t dice = 7;

    CHECK_INT(srflx_limits_init(&limits, CLIENTS, 3, random, NULL), 0);
    for (unsigned n = 0; n < 40000; n++) {
        struct srflx_addr addr;
        uint32_t number;
        dice = dice * 1664525u + 1013904223u;
        number = (dice >> 8) % CLIENTS;
        addr = client(number);
        if (dice >> 31 && counts[number]) {
            srflx_limits_remove(&limits, &addr);
            counts[number]--;
            all--;
        } else if (all < CLIENTS) {
            CHECK_INT(srflx_limits_add(&limits, &addr), counts[number] < 3);
            all += counts[number] < 3;
            counts[number] += counts[number] < 3;
        }
    }
    for (uint32_t number = 0; number < CLIENTS; number++) {
        const struct srflx_addr addr = client(number);
        for (; counts[number]; counts[number]--)
            srflx_limits_remove(&limits, &addr);
    }
    for (uint32_t i = 0; i <= limits.mask; i++)
        CHECK_INT(limits.cells[i].count, 0);
    srflx_limits_free(&limits);
}

TEST(agrees_with_a_list)
{
    check_agrees(srflx_random_fill);
    check_agrees(fill_worst);
}

RUN(TEST_OF(an_ipv4_address_and_an_ipv6_64_are_clients), TEST_OF(families_do_not_meet),
    TEST_OF(zero_is_no_limit), TEST_OF(agrees_with_a_list))
