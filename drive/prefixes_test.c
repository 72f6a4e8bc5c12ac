#include "prefixes.h"

#include <check.h>

#include <srflx/addr.h>

static struct srflx_prefix prefix_of(const char *text)
{
    struct srflx_prefix prefix;

    CHECK_NULL(srflx_prefix_parse(text, &prefix));
    return prefix;
}

static struct srflx_addr addr_of(const char *text)
{
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    return addr;
}

static void check_read(const char *text, const char *want, unsigned bits)
{
    const struct srflx_prefix prefix = prefix_of(text);
    char ip[SRFLX_ADDR_TEXT];

    CHECK_STR(srflx_addr_write_ip(&prefix.addr, ip), want);
    CHECK_INT(prefix.bits, bits);
    CHECK_INT(prefix.addr.port, 0);
    CHECK_INT(prefix.addr.scope, 0);
}

TEST(prefixes_and_hosts_are_read)
{
    check_read("10.0.0.0/8", "10.0.0.0", 8);
    check_read("0.0.0.0/0", "0.0.0.0", 0);
    check_read("192.0.2.1", "192.0.2.1", 32);
    check_read("192.0.2.1/32", "192.0.2.1", 32);
    check_read("192.0.2.128/25", "192.0.2.128", 25);
    check_read("2001:db8::/32", "2001:db8::", 32);
    check_read("2001:DB8::1", "2001:db8::1", 128);
    check_read("::/0", "::", 0);
}

TEST(mapped_prefixes_are_of_ipv4)
{
    check_read("::ffff:192.0.2.0/120", "192.0.2.0", 24);
    check_read("::ffff:192.0.2.1", "192.0.2.1", 32);
    check_read("::ffff:0:0/96", "0.0.0.0", 0);
    check_read("::fffe:0:0/95", "::fffe:0:0", 95);
    CHECK_STR(srflx_prefix_parse("::ffff:0:0/95", &(struct srflx_prefix){0}),
              "the address has bits behind the prefix");
}

TEST(what_is_no_prefix_is_refused_with_the_reason)
{
    static const char no_address[] = "no IP address before the length of the prefix";
    static const char v4_length[] = "the length of an IPv4 prefix is 0 to 32";
    static const char v6_length[] = "the length of an IPv6 prefix is 0 to 128";
    static const char behind[] = "the address has bits behind the prefix";
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"", no_address},
        {"/8", no_address},
        {"example.org/8", no_address},
        {"10.0.0/8", no_address},
        {"10.0.0.0:80", no_address},
        {"10.0.0.0:80/8", no_address},
        {" 10.0.0.0/8", no_address},
        {"[2001:db8::]/32", no_address},
        {"[2001:db8::1]:80", no_address},
        {"fe80::1%2", no_address},
        {"0000000000000000000000000000000000000000000000000000000000000000/8", no_address},
        {"10.0.0.0/", v4_length},
        {"10.0.0.0/33", v4_length},
        {"10.0.0.0/4294967304", v4_length},
        {"10.0.0.0/08", v4_length},
        {"10.0.0.0/-8", v4_length},
        {"10.0.0.0/8 ", v4_length},
        {"10.0.0.0/8/8", v4_length},
        {"10.0.0.0/255.0.0.0", v4_length},
        {"2001:db8::/129", v6_length},
        {"10.0.0.1/8", behind},
        {"192.0.2.128/24", behind},
        {"0.0.0.1/0", behind},
        {"2001:db8::1/127", behind},
        {"2001:db9::/31", behind},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct srflx_prefix prefix, before;
        memset(&before, 0xA5, sizeof before);
        prefix = before;
        CHECK_STR(srflx_prefix_parse(cases[i].text, &prefix), cases[i].wrong);
        CHECK_MEM(&prefix, &before, sizeof prefix);
    }
}

static bool in(const char *prefix_text, const char *addr_text)
{
    const struct srflx_prefix prefix = prefix_of(prefix_text);
    const struct srflx_addr addr = addr_of(addr_text);

    return srflx_prefixes_match(&prefix, 1, &addr);
}

TEST(the_edges_of_a_prefix)
{
    CHECK(in("10.32.0.0/11", "10.32.0.0"));
    CHECK(in("10.32.0.0/11", "10.63.255.255:3478"));
    CHECK(!in("10.32.0.0/11", "10.31.255.255"));
    CHECK(!in("10.32.0.0/11", "10.64.0.0"));
    CHECK(in("192.0.2.1", "192.0.2.1"));
    CHECK(!in("192.0.2.1", "192.0.2.0"));
    CHECK(in("0.0.0.0/0", "255.255.255.255"));
    CHECK(in("2001:db8:8000::/33", "2001:db8:ffff::1"));
    CHECK(!in("2001:db8:8000::/33", "2001:db8:7fff::1"));
    CHECK(in("fe80::/10", "fe80::1%2"));
    CHECK(in("::/0", "2001:db8::1"));
}

/* Any bit of the prefix that differs is seen, and no bit behind it. */
TEST(each_bit_counts_where_it_should)
{
    struct srflx_prefix prefix = prefix_of("2001:db8:5555:aaaa::");

    for (unsigned bits = 0; bits <= 128; bits++) {
        prefix.bits = (uint8_t)bits;
        for (unsigned changed = 0; changed < 128; changed++) {
            struct srflx_addr addr = prefix.addr;
            addr.ip[changed / 8] ^= (uint8_t)(0x80 >> changed % 8);
            CHECK_INT(srflx_prefixes_match(&prefix, 1, &addr), changed >= bits);
        }
    }
}

TEST(families_do_not_mix_but_mapped_addresses_are_ipv4)
{
    CHECK(in("192.0.2.0/24", "::ffff:192.0.2.7"));
    CHECK(in("::ffff:192.0.2.0/120", "192.0.2.7"));
    CHECK(!in("::/0", "192.0.2.7"));
    CHECK(!in("::/0", "::ffff:192.0.2.7"));
    CHECK(!in("0.0.0.0/0", "::192.0.2.7"));
}

TEST(any_entry_of_a_list_will_do)
{
    const struct srflx_prefix list[] = {prefix_of("10.0.0.0/8"), prefix_of("2001:db8::/32"),
                                        prefix_of("192.0.2.1")};
    const struct srflx_addr last = addr_of("192.0.2.1"), none = addr_of("192.0.2.2");
    const struct srflx_addr unknown = {.family = SRFLX_NO_FAMILY};

    CHECK(srflx_prefixes_match(list, 3, &last));
    CHECK(!srflx_prefixes_match(list, 2, &last));
    CHECK(!srflx_prefixes_match(list, 3, &none));
    CHECK(!srflx_prefixes_match(list, 0, &last));
    CHECK(!srflx_prefixes_match(NULL, 0, &last));
    CHECK(!srflx_prefixes_match((const struct srflx_prefix[]){{{{0}, 0, 0, 0}, 0}}, 1, &unknown));
}

RUN(TEST_OF(prefixes_and_hosts_are_read), TEST_OF(mapped_prefixes_are_of_ipv4),
    TEST_OF(what_is_no_prefix_is_refused_with_the_reason), TEST_OF(the_edges_of_a_prefix),
    TEST_OF(each_bit_counts_where_it_should),
    TEST_OF(families_do_not_mix_but_mapped_addresses_are_ipv4),
    TEST_OF(any_entry_of_a_list_will_do))
