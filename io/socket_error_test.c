#include <check.h>

#include <errno.h>

#include <srflx/socket_error.h>

static void check_kind(enum srflx_socket_error kind, const int *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_INT(srflx_socket_error_kind(numbers[i]), kind);
}

TEST(what_passes)
{
    static const int numbers[] = {EAGAIN, EWOULDBLOCK, EINTR, ENOBUFS, ENOMEM, EMSGSIZE, EPROTO};

    check_kind(SRFLX_SOCKET_PASSING, numbers, sizeof numbers / sizeof numbers[0]);
}

/* spec: R8489-6.2.1-17 */
TEST(what_is_hard)
{
    static const int numbers[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT,
                                  EACCES,       EHOSTDOWN,    ENONET};

    check_kind(SRFLX_SOCKET_HARD, numbers, sizeof numbers / sizeof numbers[0]);
}

TEST(the_rest_is_local)
{
    static const int numbers[] = {0, EPERM, EBADF, EINVAL, ENETDOWN, EADDRNOTAVAIL};

    check_kind(SRFLX_SOCKET_LOCAL, numbers, sizeof numbers / sizeof numbers[0]);
}

RUN(TEST_OF(what_passes), TEST_OF(what_is_hard), TEST_OF(the_rest_is_local))
