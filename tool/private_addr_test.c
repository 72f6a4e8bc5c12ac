#include "private_addr.h"

#include <srflx/addr.h>

#include "check.h"

static bool is_private(const char *text)
{
    struct srflx_addr addr;

    if (srflx_addr_parse(text, &addr)) FAIL("%s is no address", text);
    return addr_is_private(&addr);
}

static void check_all(const char *const *texts, bool expected)
{
    for (; *texts; texts++)
        if (is_private(*texts) != expected)
            FAIL("%s is %s", *texts, expected ? "private" : "not private");
}

/* The first and the last of each range. */
TEST(private_addresses)
{
    static const char *const texts[] = {"127.0.0.0",
                                        "127.255.255.255",
                                        "10.0.0.0",
                                        "10.255.255.255",
                                        "172.16.0.0",
                                        "172.31.255.255",
                                        "192.168.0.0",
                                        "100.64.0.0",
                                        "192.168.255.255",
                                        "100.127.255.255",
                                        "169.254.0.0",
                                        "169.254.255.255",
                                        "::1",
                                        "fe80::",
                                        "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                        "fc00::",
                                        "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                        NULL};

    check_all(texts, true);
}

/* Their neighbours, and what might be mistaken for one. */
TEST(other_addresses)
{
    static const char *const texts[] = {"126.255.255.255",
                                        "128.0.0.0",
                                        "9.255.255.255",
                                        "11.0.0.0",
                                        "172.15.255.255",
                                        "172.32.0.0",
                                        "192.167.255.255",
                                        "192.169.0.0",
                                        "100.63.255.255",
                                        "100.128.0.0",
                                        "169.253.255.255",
                                        "169.255.0.0",
                                        "0.0.0.0",
                                        "255.255.255.255",
                                        "224.0.0.1",
                                        "192.0.2.1",
                                        "8.8.8.8",
                                        "::",
                                        "::2",
                                        "::1:0:0:1",
                                        "2001:db8::1",
                                        "fec0::1",
                                        "ff02::1",
                                        "7f00::1",
                                        "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                        "fe00::1",
                                        "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                        "a00::1",
                                        NULL};

    check_all(texts, false);
}

TEST(an_unknown_address_is_not_private)
{
    struct srflx_addr none = {.ip = {127, 0, 0, 1}, .family = SRFLX_NO_FAMILY};

    CHECK(!addr_is_private(&none));
}

RUN(TEST_OF(private_addresses), TEST_OF(other_addresses),
    TEST_OF(an_unknown_address_is_not_private))
