#include "check.h"

#include <srflx/rto.h>

#define MS ((uint64_t)1000000)

static uint32_t ms_after(uint64_t rtt_ns)
{
    struct srflx_rto rto = {0};

    srflx_rto_sample(&rto, rtt_ns);
    return srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS);
}

/* spec: R5389-7.2.1-01 R8489-6.2.1-05 */
TEST(before_the_first_sample_the_initial_value_counts)
{
    struct srflx_rto rto = {0};

    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 500);
    CHECK_INT(srflx_rto_ms(&rto, 1234), 1234);
}

/* spec: R8489-6.2.1-03 R5389-7.2.1-03 R6298-2-01 */
TEST(first_sample)
{
    struct srflx_rto rto = {0};

    srflx_rto_sample(&rto, 80 * MS);
    CHECK_INT(rto.srtt_ns, 80 * MS);
    CHECK_INT(rto.rttvar_ns, 40 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 240);
}

/* The deviation is taken from the old mean: 3/4 * 40 + 1/4 * 80 = 50, 7/8 * 80 + 1/8 * 160 = 90.
 * spec: R8489-6.2.1-03 R5389-7.2.1-03 R6298-2-02 R6298-2-03 */
TEST(later_samples)
{
    struct srflx_rto rto = {0};

    srflx_rto_sample(&rto, 80 * MS);
    srflx_rto_sample(&rto, 160 * MS);
    CHECK_INT(rto.srtt_ns, 90 * MS);
    CHECK_INT(rto.rttvar_ns, 50 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 290);
    srflx_rto_sample(&rto, 10 * MS);
    CHECK_INT(rto.srtt_ns, 80 * MS);
    CHECK_INT(rto.rttvar_ns, (3 * 50 + 80) * MS / 4);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 310);
}

/* 3 R, to the millisecond and upwards; the spread counts for 1 ms at least.
 * spec: R8489-6.2.1-06 R8489-6.2.1-07 R6298-2-01 R6298-5-01 */
TEST(accuracy_is_a_millisecond_rounded_up)
{
    CHECK_INT(ms_after(0), 1);
    CHECK_INT(ms_after(1), 2);
    CHECK_INT(ms_after(200000), 2);
    CHECK_INT(ms_after(1 * MS), 3);
    CHECK_INT(ms_after(1 * MS + 1), 4);
    CHECK_INT(ms_after(33 * MS), 99);
    CHECK_INT(ms_after(33 * MS + 400000), 101);
    CHECK_INT(ms_after(400 * MS), 1200);
}

/* A steady round trip leaves no spread but the clock's. */
TEST(a_steady_path_converges)
{
    struct srflx_rto rto = {0};
    int i;

    for (i = 0; i < 200; i++)
        srflx_rto_sample(&rto, 20 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 21);
}

/* spec: R6298-2-04 */
TEST(the_most_is_a_minute)
{
    struct srflx_rto rto = {0};

    CHECK_INT(ms_after(20000 * MS), 60000);
    CHECK_INT(ms_after(20001 * MS), 60000);
    CHECK_INT(ms_after(UINT64_MAX), 60000);
    srflx_rto_sample(&rto, UINT64_MAX);
    CHECK_INT(rto.srtt_ns, 60000 * MS);
    CHECK_INT(rto.rttvar_ns, 30000 * MS);
}

/* Karn: an answer to one of several requests tells no time, but the time-out that led to it stays in
 * force until one does. 3/4 * 20 + 1/4 * 360 = 105, 7/8 * 40 + 1/8 * 400 = 85.
 * spec: R8489-6.2.1-08 */
TEST(a_doubled_timeout_stays_until_the_next_sample)
{
    struct srflx_rto rto = {0};

    srflx_rto_sample(&rto, 40 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 120);
    srflx_rto_back_off(&rto, 480 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 480);
    srflx_rto_back_off(&rto, 240 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 480);
    srflx_rto_back_off(&rto, 480 * MS + 1);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 481);
    srflx_rto_sample(&rto, 400 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 505);
}

/* spec: R8489-6.2.1-08 R6298-2-04 */
TEST(a_doubled_timeout_is_never_less_than_the_estimate_nor_more_than_a_minute)
{
    struct srflx_rto rto = {0};

    srflx_rto_back_off(&rto, 499 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 500);
    srflx_rto_back_off(&rto, 1000 * MS);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 1000);
    srflx_rto_back_off(&rto, UINT64_MAX);
    CHECK_INT(srflx_rto_ms(&rto, SRFLX_RTO_INITIAL_MS), 60000);
}

RUN(TEST_OF(before_the_first_sample_the_initial_value_counts), TEST_OF(first_sample),
    TEST_OF(later_samples), TEST_OF(accuracy_is_a_millisecond_rounded_up),
    TEST_OF(a_steady_path_converges), TEST_OF(the_most_is_a_minute),
    TEST_OF(a_doubled_timeout_stays_until_the_next_sample),
    TEST_OF(a_doubled_timeout_is_never_less_than_the_estimate_nor_more_than_a_minute))
