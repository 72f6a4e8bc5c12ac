#define _POSIX_C_SOURCE 200809L

#include <check.h>

#include <time.h>

#include <srflx/clock.h>

TEST(the_monotonic_clock_never_goes_back)
{
    uint64_t before = srflx_clock_now().mono_ns, after;
    int i;

    for (i = 0; i < 1000; i++) {
        after = srflx_clock_now().mono_ns;
        CHECK(after >= before);
        before = after;
    }
}

TEST(the_monotonic_clock_runs_in_nanoseconds)
{
    struct timespec pause = {0, 2000000};
    uint64_t before = srflx_clock_now().mono_ns;

    CHECK_INT(nanosleep(&pause, NULL), 0);
    CHECK(srflx_clock_now().mono_ns - before >= 2000000u);
}

TEST(the_date_is_unix_time_in_milliseconds)
{
    uint64_t before = (uint64_t)time(NULL), ms = srflx_clock_now().unix_ms;
    uint64_t after = (uint64_t)time(NULL);

    /* time() may read a coarser clock, which lags by up to a tick. */
    CHECK(ms / 1000 >= before);
    CHECK(ms / 1000 <= after + 1);
}

RUN(TEST_OF(the_monotonic_clock_never_goes_back), TEST_OF(the_monotonic_clock_runs_in_nanoseconds),
    TEST_OF(the_date_is_unix_time_in_milliseconds))
