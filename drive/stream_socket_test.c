#define _GNU_SOURCE /* unshare, CLONE_NEWNET */
#include "netns_for_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <srflx/addr.h>

#include "steering.h"
#include "stream_socket.h"

enum { WORKERS_MAX = 4, SOURCES = 100 };

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

/* A connection from an address of 127.0.0.0/8. */
static int connect_from(const struct srflx_addr *source, const struct srflx_addr *to)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage name;
    socklen_t len = srflx_addr_to_sockaddr(source, &name);

    CHECK_INT(bind(fd, (struct sockaddr *)&name, len), 0);
    len = srflx_addr_to_sockaddr(to, &name);
    CHECK_INT(connect(fd, (struct sockaddr *)&name, len), 0);
    CHECK_INT(send(fd, "?", 1, 0), 1);
    return fd;
}

static int accept_soon(int listener)
{
    struct pollfd polled = {.fd = listener, .events = POLLIN};

    CHECK_INT(poll(&polled, 1, 10000), 1);
    return accept(listener, NULL, NULL);
}

TEST(options_are_as_promised)
{
    const struct srflx_addr v4 = address("127.0.0.1"), v6 = address("::1");
    struct srflx_stream_socket four, six;
    int client, taken;

    CHECK_INT(srflx_stream_open_group(&v4, 1, &four), 0);
    CHECK_INT(srflx_stream_open_group(&v6, 1, &six), 0);
    CHECK(four.local.port && six.local.port);
    CHECK(option(four.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 1);
    CHECK_INT(option(six.fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    CHECK(fcntl(four.fd, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl(four.fd, F_GETFD) & FD_CLOEXEC);
    client = connect_from(&v4, &four.local);
    taken = accept_soon(four.fd);
    CHECK_INT(option(taken, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_INT(option(taken, SOL_SOCKET, SO_SNDBUF), 2 * SRFLX_STREAM_KERNEL);
    CHECK_INT(option(taken, SOL_SOCKET, SO_RCVBUF), 2 * SRFLX_STREAM_KERNEL);
    close(taken);
    close(client);
    srflx_stream_close_group(&four, 1);
    srflx_stream_close_group(&six, 1);
}

TEST(a_port_in_use_is_an_error_even_against_ourselves)
{
    const struct srflx_addr any = address("127.0.0.1");
    struct srflx_stream_socket first[2], second[2];

    CHECK_INT(srflx_stream_open_group(&any, 2, first), 0);
    CHECK(srflx_addr_equal(&first[0].local, &first[1].local));
    errno = 0;
    CHECK_INT(srflx_stream_open_group(&first[0].local, 2, second), SRFLX_ERROR_SYSTEM);
    CHECK_INT(errno, EADDRINUSE);
    errno = 0;
    CHECK_INT(srflx_stream_open_group(&first[0].local, 1, second), SRFLX_ERROR_SYSTEM);
    CHECK_INT(errno, EADDRINUSE);
    srflx_stream_close_group(first, 2);
    CHECK_INT(srflx_stream_open_group(&first[0].local, 2, second), 0);
    srflx_stream_close_group(second, 2);
}

/* The server closes first, so its side stays in TIME_WAIT. */
TEST(a_server_can_start_again)
{
    const struct srflx_addr any = address("127.0.0.1");
    struct srflx_stream_socket first, second;
    int client, taken;

    CHECK_INT(srflx_stream_open_group(&any, 1, &first), 0);
    client = connect_from(&any, &first.local);
    taken = accept_soon(first.fd);
    CHECK_INT(recv(taken, (char[1]){0}, 1, 0), 1);
    close(taken);
    close(client);
    srflx_stream_close_group(&first, 1);
    CHECK_INT(srflx_stream_open_group(&first.local, 1, &second), 0);
    srflx_stream_close_group(&second, 1);
}

TEST(an_address_of_nobody_is_an_error)
{
    const struct srflx_addr missing = address("192.0.2.1:3478");
    struct srflx_stream_socket group[2];

    errno = 0;
    CHECK_INT(srflx_stream_open_group(&missing, 2, group), SRFLX_ERROR_SYSTEM);
    CHECK_INT(errno, EADDRNOTAVAIL);
}

static void check_group(unsigned workers)
{
    const struct srflx_addr local = address("127.0.0.1");
    struct srflx_stream_socket sockets[WORKERS_MAX];
    unsigned met[WORKERS_MAX] = {0};

    CHECK_INT(srflx_stream_open_group(&local, workers, sockets), 0);
    for (unsigned i = 0; i < SOURCES; i++) {
        const struct srflx_addr source = {
            {127, (uint8_t)(i * 7), (uint8_t)(i * 31), 9}, 0, 0, SRFLX_IPV4};
        const unsigned named = srflx_steering_worker(&source, workers);
        const int client = connect_from(&source, &sockets[0].local);
        close(accept_soon(sockets[named].fd));
        close(client);
        met[named]++;
    }
    for (unsigned i = 0; i < workers; i++)
        CHECK(met[i] > SOURCES / workers / 3);
    srflx_stream_close_group(sockets, workers);
}

TEST(the_kernel_chooses_the_worker_that_the_function_names)
{
    enter_netns();
    for (unsigned workers = 2; workers <= WORKERS_MAX; workers++)
        check_group(workers);
}

RUN(TEST_OF(options_are_as_promised), TEST_OF(a_port_in_use_is_an_error_even_against_ourselves),
    TEST_OF(a_server_can_start_again), TEST_OF(an_address_of_nobody_is_an_error),
    TEST_OF(the_kernel_chooses_the_worker_that_the_function_names))
