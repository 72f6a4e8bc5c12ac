#include <check.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <srflx/sockaddr.h>

static struct sockaddr_in6 system_v6(const char *text, uint16_t port, uint32_t scope)
{
    struct sockaddr_in6 v6;

    memset(&v6, 0, sizeof v6);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = scope;
    CHECK_INT(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return v6;
}

static struct srflx_addr from_v6(const char *text, uint16_t port, uint32_t scope)
{
    struct sockaddr_in6 v6 = system_v6(text, port, scope);
    struct srflx_addr addr;

    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&v6, &addr));
    return addr;
}

TEST(ipv4_goes_there_and_back)
{
    const struct srflx_addr addr = {{192, 0, 2, 1}, 0, 3478, SRFLX_IPV4};
    struct sockaddr_storage storage;
    struct sockaddr_in v4;
    struct srflx_addr back;

    CHECK_INT(srflx_addr_to_sockaddr(&addr, &storage), sizeof v4);
    memcpy(&v4, &storage, sizeof v4);
    CHECK_INT(v4.sin_family, AF_INET);
    CHECK_INT(v4.sin_port, htons(3478));
    CHECK_INT(v4.sin_addr.s_addr, htonl(0xC0000201));
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&storage, &back));
    CHECK_MEM(back.ip, addr.ip, 16);
    CHECK_INT(back.port, 3478);
    CHECK_INT(back.scope, 0);
    CHECK_INT(back.family, SRFLX_IPV4);
}

TEST(ipv6_goes_there_with_its_scope)
{
    const struct srflx_addr addr = {
        {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 7, 3479, SRFLX_IPV6};
    const struct sockaddr_in6 want = system_v6("fe80::1", 3479, 7);
    struct sockaddr_storage storage;

    CHECK_INT(srflx_addr_to_sockaddr(&addr, &storage), sizeof want);
    CHECK_MEM(&storage, &want, sizeof want);
}

TEST(link_local_keeps_its_scope)
{
    CHECK_INT(from_v6("fe80::1", 1, 7).scope, 7);
    CHECK_INT(from_v6("febf::1", 1, 7).scope, 7);
    CHECK_INT(from_v6("ff02::1", 1, 7).scope, 7);
}

TEST(other_addresses_have_no_scope)
{
    CHECK_INT(from_v6("fec0::1", 1, 7).scope, 0);
    CHECK_INT(from_v6("2001:db8::1", 1, 7).scope, 0);
    CHECK_INT(from_v6("ff05::1", 1, 7).scope, 0);
}

TEST(ipv6_comes_back_whole)
{
    static const uint8_t ip[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a};
    const struct srflx_addr addr = from_v6("2001:db8::a", 65535, 0);

    CHECK_INT(addr.family, SRFLX_IPV6);
    CHECK_INT(addr.port, 65535);
    CHECK_MEM(addr.ip, ip, 16);
}

TEST(an_ipv4_mapped_address_becomes_ipv4)
{
    static const uint8_t ip[16] = {192, 0, 2, 1};
    const struct srflx_addr addr = from_v6("::ffff:192.0.2.1", 3478, 7);

    CHECK_INT(addr.family, SRFLX_IPV4);
    CHECK_INT(addr.port, 3478);
    CHECK_INT(addr.scope, 0);
    CHECK_MEM(addr.ip, ip, 16);
}

TEST(other_families_are_refused_and_outputs_left_alone)
{
    const struct srflx_addr unknown = {{1, 2, 3, 4}, 0, 5, SRFLX_NO_FAMILY};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_storage storage, untouched;
    struct srflx_addr addr = {{9}, 9, 9, SRFLX_IPV4};

    memset(&storage, 0xA5, sizeof storage);
    memset(&untouched, 0xA5, sizeof untouched);
    CHECK_INT(srflx_addr_to_sockaddr(&unknown, &storage), 0);
    CHECK_MEM(&storage, &untouched, sizeof storage);
    CHECK(!srflx_addr_from_sockaddr((struct sockaddr *)&un, &addr));
    CHECK_INT(addr.port, 9);
    CHECK_INT(addr.family, SRFLX_IPV4);
}

RUN(TEST_OF(ipv4_goes_there_and_back), TEST_OF(ipv6_goes_there_with_its_scope),
    TEST_OF(link_local_keeps_its_scope), TEST_OF(other_addresses_have_no_scope),
    TEST_OF(ipv6_comes_back_whole), TEST_OF(an_ipv4_mapped_address_becomes_ipv4),
    TEST_OF(other_families_are_refused_and_outputs_left_alone))
