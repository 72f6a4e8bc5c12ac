#define _GNU_SOURCE /* IP_MTU_DISCOVER */
#include <check.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>

#include "udp_socket.h"

static struct srflx_addr address(const char *text)
{
    struct srflx_addr addr;

    CHECK_INT(srflx_addr_parse(text, &addr), 0);
    return addr;
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    CHECK_INT(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

TEST(options_are_as_promised)
{
    const struct srflx_addr v4 = address("127.0.0.1"), v6 = address("::1");
    struct srflx_udp_socket four, six;

    CHECK_INT(srflx_udp_open_group(&v4, 1, 0, &four), 0);
    CHECK_INT(srflx_udp_open_group(&v6, 1, 0, &six), 0);
    CHECK_INT(option(four.fd, IPPROTO_IP, IP_PKTINFO), 1);
    CHECK_INT(option(four.fd, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
    CHECK_INT(option(six.fd, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
    CHECK_INT(option(six.fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    CHECK_INT(option(six.fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_OMIT);
    CHECK(fcntl(four.fd, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl(four.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(srflx_udp_receive_buffer(&four) > 0);
    CHECK(srflx_udp_receive_buffer(&four) <= SRFLX_UDP_BUFFER);
    srflx_udp_close_group(&four, 1);
    srflx_udp_close_group(&six, 1);
}

TEST(a_group_shares_one_port)
{
    const struct srflx_addr any = address("0.0.0.0");
    struct srflx_udp_socket group[3];

    CHECK_INT(srflx_udp_open_group(&any, 3, 0, group), 0);
    CHECK(group[0].local.port != 0);
    CHECK(srflx_addr_equal(&group[0].local, &group[1].local));
    CHECK(srflx_addr_equal(&group[0].local, &group[2].local));
    srflx_udp_close_group(group, 3);
}

TEST(a_port_in_use_is_an_error_even_against_ourselves)
{
    const struct srflx_addr any = address("127.0.0.1");
    struct srflx_udp_socket first[2], second[2];

    CHECK_INT(srflx_udp_open_group(&any, 2, 0, first), 0);
    errno = 0;
    CHECK_INT(srflx_udp_open_group(&first[0].local, 2, 0, second), SRFLX_ERROR_SYSTEM);
    CHECK_INT(errno, EADDRINUSE);
    srflx_udp_close_group(first, 2);
    CHECK_INT(srflx_udp_open_group(&first[0].local, 2, 0, second), 0);
    srflx_udp_close_group(second, 2);
}

TEST(both_wildcards_stand_side_by_side)
{
    struct srflx_addr v4 = address("0.0.0.0"), v6 = address("::");
    struct srflx_udp_socket four, six;

    CHECK_INT(srflx_udp_open_group(&v4, 1, 0, &four), 0);
    v6.port = four.local.port;
    CHECK_INT(srflx_udp_open_group(&v6, 1, 0, &six), 0);
    srflx_udp_close_group(&four, 1);
    srflx_udp_close_group(&six, 1);
}

TEST(an_address_of_nobody_is_an_error)
{
    const struct srflx_addr missing = address("192.0.2.1:3478");
    struct srflx_udp_socket group[2];

    errno = 0;
    CHECK_INT(srflx_udp_open_group(&missing, 2, 0, group), SRFLX_ERROR_SYSTEM);
    CHECK_INT(errno, EADDRNOTAVAIL);
}

TEST(what_the_kernel_dropped_is_known)
{
    enum { SENT = 200 };
    const int smallest = 0, client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct srflx_addr any = address("127.0.0.1");
    struct srflx_udp_socket server;
    struct sockaddr_storage name;
    uint8_t bytes[1000] = {0};
    unsigned taken = 0;
    socklen_t len;

    CHECK_INT(srflx_udp_open_group(&any, 1, 0, &server), 0);
    CHECK_INT(srflx_udp_overflows(&server), 0);
    CHECK_INT(setsockopt(server.fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
    len = srflx_addr_to_sockaddr(&server.local, &name);
    for (unsigned i = 0; i < SENT; i++)
        CHECK_INT(sendto(client, bytes, sizeof bytes, 0, (struct sockaddr *)&name, len), 1000);
    while (recv(server.fd, bytes, sizeof bytes, 0) > 0)
        taken++;
    CHECK(taken > 0 && taken < SENT);
    CHECK_INT(srflx_udp_overflows(&server), SENT - taken);
    close(client);
    srflx_udp_close_group(&server, 1);
}

RUN(TEST_OF(options_are_as_promised), TEST_OF(a_group_shares_one_port),
    TEST_OF(a_port_in_use_is_an_error_even_against_ourselves),
    TEST_OF(both_wildcards_stand_side_by_side), TEST_OF(an_address_of_nobody_is_an_error),
    TEST_OF(what_the_kernel_dropped_is_known))
