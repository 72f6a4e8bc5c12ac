#include <srflx/addr.h>
#include <srflx/error.h>

#include "check.h"

static void check_round_trip(const char *text, const char *canonical)
{
    struct srflx_addr addr;
    char written[SRFLX_ADDR_TEXT];

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    CHECK_STR(srflx_addr_write(&addr, written), canonical);
}

TEST(reads_and_writes_ipv4)
{
    check_round_trip("192.0.2.1:3478", "192.0.2.1:3478");
    check_round_trip("0.0.0.0", "0.0.0.0:0");
    check_round_trip("255.255.255.255:65535", "255.255.255.255:65535");
}

/* RFC 5952 section 4: longest run, first of equals, never one group, lower case, no leading zeros.
 */
TEST(reads_and_writes_ipv6)
{
    check_round_trip("::", "[::]:0");
    check_round_trip("::1", "[::1]:0");
    check_round_trip("1::", "[1::]:0");
    check_round_trip("[2001:DB8::0001]:3478", "[2001:db8::1]:3478");
    check_round_trip("2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:0");
    check_round_trip("2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:0");
    check_round_trip("2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:0");
    check_round_trip("1:2:3:4:5:6:7::", "[1:2:3:4:5:6:7:0]:0");
    check_round_trip("::2:3:4:5:6:7:8", "[0:2:3:4:5:6:7:8]:0");
    check_round_trip("::ffff:192.0.2.1", "[::ffff:c000:201]:0");
    check_round_trip("64:ff9b::192.0.2.33", "[64:ff9b::c000:221]:0");
    check_round_trip("fe80::1%7", "[fe80::1%7]:0");
    check_round_trip("[fe80::1%4294967295]:9", "[fe80::1%4294967295]:9");
    check_round_trip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:0");
}

TEST(refuses_what_is_no_address)
{
    static const char *const wrong[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:03478",
        "1.2.3.4 ",
        "stun.example",
        ":",
        ":::",
        "1:",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "[::1",
        "[::1]3478",
        "::1]",
        "[::1]:",
        "[::1]:70000",
        "::1%",
        "::1%eth0",
        "::1%4294967296",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "::1.2.3.4:5",
        "1:2:3:4:5:1.2.3.4:6",
        "::1.2.3.4::",
        "[1.2.3.4]",
        ":1::2",
        "1:2:3:4:5:6:7",
    };
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct srflx_addr addr = {{0}, 0, 77, SRFLX_NO_FAMILY};
        if (srflx_addr_parse(wrong[i], &addr) != SRFLX_ERROR_TEXT) FAIL("accepted: %s", wrong[i]);
        CHECK_INT(addr.port, 77);
    }
}

TEST(writes_without_port)
{
    struct srflx_addr addr;
    char text[SRFLX_ADDR_TEXT];

    CHECK_INT(srflx_addr_parse("[fe80::1%2]:9", &addr), 0);
    CHECK_STR(srflx_addr_write_ip(&addr, text), "fe80::1%2");
    addr.family = SRFLX_NO_FAMILY;
    CHECK_STR(srflx_addr_write_ip(&addr, text), "unknown");
    CHECK_STR(srflx_addr_write(&addr, text), "unknown");
}

TEST(compares)
{
    struct srflx_addr a, b;

    CHECK_INT(srflx_addr_parse("[fe80::1%2]:9", &a), 0);
    b = a;
    CHECK(srflx_addr_equal(&a, &b));
    b.port = 10;
    CHECK(!srflx_addr_equal(&a, &b));
    CHECK(srflx_addr_same_ip(&a, &b));
    b.scope = 3;
    CHECK(!srflx_addr_same_ip(&a, &b));
    a.family = b.family = SRFLX_NO_FAMILY;
    CHECK(!srflx_addr_equal(&a, &a));
}

static void check_kind(const char *text, bool multicast, bool unspecified)
{
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    CHECK_INT(srflx_addr_is_multicast(&addr), multicast);
    CHECK_INT(srflx_addr_is_unspecified(&addr), unspecified);
}

TEST(tells_special_addresses)
{
    check_kind("224.0.0.1", true, false);
    check_kind("239.255.255.255", true, false);
    check_kind("255.255.255.255", true, false);
    check_kind("223.255.255.255", false, false);
    check_kind("240.0.0.1", false, false);
    check_kind("0.0.0.0", false, true);
    check_kind("::", false, true);
    check_kind("::1", false, false);
    check_kind("ff02::1", true, false);
    check_kind("fe80::1", false, false);
}

RUN(TEST_OF(reads_and_writes_ipv4), TEST_OF(reads_and_writes_ipv6),
    TEST_OF(refuses_what_is_no_address), TEST_OF(writes_without_port), TEST_OF(compares),
    TEST_OF(tells_special_addresses))
