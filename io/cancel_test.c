#define _POSIX_C_SOURCE 200809L

#include <srflx/cancel.h>

#include <errno.h>
#include <poll.h>

#include <check.h>

TEST(what_is_triggered_stays_so)
{
    struct srflx_cancel cancel;
    struct pollfd readable = {.events = POLLIN};
    int i;

    CHECK_INT(srflx_cancel_init(&cancel), 0);
    readable.fd = cancel.wait_fd;
    CHECK(!srflx_cancel_is_triggered(&cancel));
    CHECK_INT(poll(&readable, 1, 0), 0);
    errno = 77;
    for (i = 0; i < 100000; i++) /* more than the pipe holds */
        srflx_cancel_trigger(&cancel);
    CHECK_INT(errno, 77);
    for (i = 0; i < 2; i++) {
        CHECK(srflx_cancel_is_triggered(&cancel));
        CHECK_INT(poll(&readable, 1, 0), 1);
    }
    srflx_cancel_clean_up(&cancel);
    CHECK_INT(cancel.wait_fd, -1);
}

RUN(TEST_OF(what_is_triggered_stays_so))
