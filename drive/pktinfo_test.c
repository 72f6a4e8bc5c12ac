#define _GNU_SOURCE /* struct in_pktinfo, struct in6_pktinfo */
#include <check.h>

#include <netinet/in.h>

#include <srflx/addr.h>

#include "pktinfo.h"

/* A message as the kernel hands it out: one control message, its length as it should be. */
struct received {
    union srflx_pktinfo control;
    struct msghdr message;
};

static void receive(struct received *received, int level, int type, const void *data, size_t len)
{
    struct cmsghdr *control;

    memset(received, 0, sizeof *received);
    received->message.msg_control = &received->control;
    received->message.msg_controllen = CMSG_SPACE(len);
    control = CMSG_FIRSTHDR(&received->message);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(control), data, len);
}

static struct in_pktinfo info_v4(uint32_t header, uint32_t answer_from)
{
    return (struct in_pktinfo){7, {htonl(answer_from)}, {htonl(header)}};
}

static struct in6_pktinfo info_v6(const char *text)
{
    struct in6_pktinfo info = {.ipi6_ifindex = 7};
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    memcpy(&info.ipi6_addr, addr.ip, 16);
    return info;
}

TEST(ipv4_answers_from_the_address_in_the_header_by_any_interface)
{
    const struct in_pktinfo in = info_v4(0xC0000201, 0xC0000201);
    struct in_pktinfo out = in;
    struct received received;
    struct srflx_addr to;

    receive(&received, IPPROTO_IP, IP_PKTINFO, &in, sizeof in);
    CHECK(srflx_pktinfo_turn(&received.message, &to));
    CHECK_INT(to.family, SRFLX_IPV4);
    CHECK_MEM(to.ip, ((const uint8_t[16]){192, 0, 2, 1}), 16);
    CHECK_INT(to.port, 0);
    CHECK_INT(to.scope, 0);
    out.ipi_ifindex = 0;
    CHECK_MEM(CMSG_DATA(CMSG_FIRSTHDR(&received.message)), &out, sizeof out);
}

TEST(ipv6_answers_by_any_interface_unless_it_is_link_local)
{
    static const struct {
        const char *address;
        unsigned scope;
    } cases[] = {{"2001:db8::1", 0}, {"fe80::1", 7}, {"febf::1", 7}, {"fec0::1", 0}, {"::1", 0}};

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct in6_pktinfo in = info_v6(cases[i].address);
        struct in6_pktinfo out = in;
        struct received received;
        struct srflx_addr to;

        receive(&received, IPPROTO_IPV6, IPV6_PKTINFO, &in, sizeof in);
        CHECK(srflx_pktinfo_turn(&received.message, &to));
        CHECK_INT(to.family, SRFLX_IPV6);
        CHECK_MEM(to.ip, &in.ipi6_addr, 16);
        CHECK_INT(to.port, 0);
        CHECK_INT(to.scope, cases[i].scope);
        out.ipi6_ifindex = cases[i].scope;
        CHECK_MEM(CMSG_DATA(CMSG_FIRSTHDR(&received.message)), &out, sizeof out);
    }
}

TEST(what_is_not_unicast_or_not_told_is_refused)
{
    const struct in_pktinfo broadcast = info_v4(0xC00002FF, 0xC0000201);
    const struct in6_pktinfo multicast = info_v6("ff02::1");
    struct srflx_addr to = {{1}, 2, 3, SRFLX_IPV4};
    const struct srflx_addr before = to;
    struct received received;

    receive(&received, IPPROTO_IP, IP_PKTINFO, &broadcast, sizeof broadcast);
    CHECK(!srflx_pktinfo_turn(&received.message, &to));
    receive(&received, IPPROTO_IPV6, IPV6_PKTINFO, &multicast, sizeof multicast);
    CHECK(!srflx_pktinfo_turn(&received.message, &to));
    receive(&received, IPPROTO_IP, IP_TTL, &(int){64}, sizeof(int));
    CHECK(!srflx_pktinfo_turn(&received.message, &to));
    received.message.msg_controllen = 0;
    CHECK(!srflx_pktinfo_turn(&received.message, &to));
    CHECK_MEM(&to, &before, sizeof to);
}

/* What is written is what would have come of a received message, but for the header's address, which the system does
 * not look at. */
TEST(what_is_written_equals_what_is_turned)
{
    struct in_pktinfo v4 = info_v4(0xC0000201, 0xC0000201);
    static const char *const cases[] = {"2001:db8::1", "fe80::1"};
    union srflx_pktinfo written;
    struct received received;
    struct srflx_addr to;

    receive(&received, IPPROTO_IP, IP_PKTINFO, &v4, sizeof v4);
    CHECK(srflx_pktinfo_turn(&received.message, &to));
    CHECK_INT(srflx_pktinfo_write(&to, &written), received.message.msg_controllen);
    v4.ipi_ifindex = 0;
    v4.ipi_addr.s_addr = 0;
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&received.message)), &v4, sizeof v4);
    CHECK_MEM(&written, &received.control, sizeof written);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct in6_pktinfo v6 = info_v6(cases[i]);
        receive(&received, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof v6);
        CHECK(srflx_pktinfo_turn(&received.message, &to));
        CHECK_INT(srflx_pktinfo_write(&to, &written), received.message.msg_controllen);
        CHECK_MEM(&written, &received.control, sizeof written);
    }
}

RUN(TEST_OF(ipv4_answers_from_the_address_in_the_header_by_any_interface),
    TEST_OF(ipv6_answers_by_any_interface_unless_it_is_link_local),
    TEST_OF(what_is_not_unicast_or_not_told_is_refused),
    TEST_OF(what_is_written_equals_what_is_turned))
