#include "bench_sources.h"

#include <stdlib.h>

#include <srflx/addr.h>

#include "check.h"

static struct bench_sources sources;

static void parse(const char *text)
{
    const char *wrong = bench_sources_parse(text, &sources);

    if (wrong) FAIL("%s: %s", text, wrong);
}

static const char *source(uint32_t serial)
{
    static char text[SRFLX_ADDR_TEXT];
    struct srflx_addr addr;

    bench_sources_get(&sources, serial, &addr);
    return srflx_addr_write_ip(&addr, text);
}

TEST(one_address)
{
    parse("10.1.2.3/32");
    CHECK_STR(source(0), "10.1.2.3");
    CHECK_STR(source(1), "10.1.2.3");
    parse("2001:db8::7/128");
    CHECK_STR(source(0), "2001:db8::7");
    CHECK_STR(source(4294967295), "2001:db8::7");
}

TEST(two_addresses)
{
    parse("10.1.2.2/31");
    CHECK_STR(source(0), "10.1.2.2");
    CHECK_STR(source(1), "10.1.2.3");
    CHECK_STR(source(2), "10.1.2.2");
}

/* Every host of a network once, then again; neither its first nor its last address. */
TEST(all_addresses_of_a_network)
{
    static uint8_t seen[65536];
    struct srflx_addr addr;

    memset(seen, 0, sizeof seen);
    parse("10.9.0.0/16");
    for (uint32_t serial = 0; serial < 65534; serial++) {
        bench_sources_get(&sources, serial, &addr);
        CHECK_INT(addr.family, SRFLX_IPV4);
        CHECK_INT(addr.ip[0] << 8 | addr.ip[1], 10 << 8 | 9);
        seen[addr.ip[2] << 8 | addr.ip[3]]++;
    }
    CHECK_INT(seen[0], 0);
    CHECK_INT(seen[65535], 0);
    for (size_t i = 1; i < 65535; i++)
        CHECK_INT(seen[i], 1);
    CHECK_STR(source(65534), "10.9.0.1");
    CHECK_STR(source(0), "10.9.0.1");
}

/* Neighbours lie in different networks of any length that a limit may work on. */
TEST(neighbours_are_far_apart)
{
    struct srflx_addr one, other;

    parse("127.0.0.0/8");
    for (uint32_t serial = 0; serial < 1000; serial++) {
        bench_sources_get(&sources, serial, &one);
        bench_sources_get(&sources, serial + 1, &other);
        CHECK(one.ip[1] != other.ip[1]);
    }
}

/* The 32 bits behind the prefix change, the rest is ::1. */
TEST(ipv6)
{
    parse("2001:db8:9::/48");
    CHECK_STR(source(0), "2001:db8:9::1");
    CHECK_STR(source(1), "2001:db8:9:9e37:79b1::1");
    parse("2001:db8:9::/64");
    CHECK_STR(source(1), "2001:db8:9:0:9e37:79b1:0:1");
    parse("2001:db8::/47");
    CHECK_STR(source(1), "2001:db8:1:3c6e:f362::1");
    parse("2001:db8::/120");
    CHECK_STR(source(0), "2001:db8::1");
    CHECK_INT(sources.count, 254);
}

TEST(what_is_no_prefix)
{
    static const char *const texts[] = {
        "10.0.0.1",    "10.0.0.0/",   "10.0.0.0/0",   "10.0.0.0/33",     "10.0.0.0/8x",
        "10.0.0.1/31", "10.1.0.0/15", "10.0.0.0:1/8", "localhost/8",     "/8",
        "10.0.0.0/-8", "::/129",      "fe80::%1/64",  "2001:db8::/0032", "2001:db8:0:8000::/48"};

    memset(&sources, 0, sizeof sources);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!bench_sources_parse(texts[i], &sources)) FAIL("%s was taken", texts[i]);
    CHECK_INT(sources.base.family, 0);
}

TEST(local_addresses)
{
    struct srflx_addr addr = {.ip = {127, 8, 8, 8}, .family = SRFLX_IPV4};

    CHECK(bench_source_is_local(&addr));
    addr.ip[0] = 198;
    addr.ip[1] = 51;
    addr.ip[2] = 100;
    CHECK(!bench_source_is_local(&addr));
    CHECK(!srflx_addr_parse("2001:db8::1", &addr));
    CHECK(!bench_source_is_local(&addr));
}

RUN(TEST_OF(one_address), TEST_OF(two_addresses), TEST_OF(all_addresses_of_a_network),
    TEST_OF(neighbours_are_far_apart), TEST_OF(ipv6), TEST_OF(what_is_no_prefix),
    TEST_OF(local_addresses))
