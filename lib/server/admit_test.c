#include <srflx/addr.h>

#include "check.h"
#include "server.h"

static enum srflx_verdict admit(const char *from, const char *to, size_t len)
{
    static const uint8_t bytes[1];
    struct srflx_packet packet = {{bytes, len}, {{0}, 0, 0, 0}, {{0}, 0, 0, 0}, SRFLX_UDP};

    CHECK_INT(srflx_addr_parse(from, &packet.from), 0);
    if (to) CHECK_INT(srflx_addr_parse(to, &packet.to), 0);
    return srflxi_admit(&packet);
}

TEST(admits_ordinary_sources)
{
    CHECK_INT(admit("192.0.2.1:1", "192.0.2.2:3478", 20), SRFLX_VERDICT_SUCCESS);
    CHECK_INT(admit("[fe80::1%2]:65535", "[fe80::2%2]:3478", 20), SRFLX_VERDICT_SUCCESS);
    CHECK_INT(admit("192.0.2.1:1", NULL, 20), SRFLX_VERDICT_SUCCESS);
    CHECK_INT(admit("192.0.2.2:3479", "192.0.2.2:3478", 20), SRFLX_VERDICT_SUCCESS);
}

TEST(bounds_the_length)
{
    CHECK_INT(admit("192.0.2.1:1", NULL, 0), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("192.0.2.1:1", NULL, 19), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("192.0.2.1:1", NULL, SRFLX_MESSAGE_MAX), SRFLX_VERDICT_SUCCESS);
    CHECK_INT(admit("192.0.2.1:1", NULL, SRFLX_MESSAGE_MAX + 1), SRFLX_VERDICT_NOT_ADMITTED);
}

TEST(refuses_sources_no_answer_can_reach)
{
    CHECK_INT(admit("192.0.2.1:0", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("0.0.0.0:1", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("[::]:1", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
}

TEST(refuses_sources_that_are_many)
{
    CHECK_INT(admit("224.0.0.1:1", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("255.255.255.255:1", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("[ff02::1]:1", NULL, 20), SRFLX_VERDICT_NOT_ADMITTED);
}

TEST(refuses_what_was_sent_to_many)
{
    CHECK_INT(admit("192.0.2.1:1", "224.0.0.1:3478", 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("192.0.2.1:1", "255.255.255.255:3478", 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("[fe80::1%2]:1", "[ff02::1%2]:3478", 20), SRFLX_VERDICT_NOT_ADMITTED);
}

TEST(refuses_itself)
{
    CHECK_INT(admit("192.0.2.2:3478", "192.0.2.2:3478", 20), SRFLX_VERDICT_NOT_ADMITTED);
    CHECK_INT(admit("[::1]:3478", "[::1]:3478", 20), SRFLX_VERDICT_NOT_ADMITTED);
}

RUN(TEST_OF(admits_ordinary_sources), TEST_OF(bounds_the_length),
    TEST_OF(refuses_sources_no_answer_can_reach), TEST_OF(refuses_sources_that_are_many),
    TEST_OF(refuses_what_was_sent_to_many), TEST_OF(refuses_itself))
