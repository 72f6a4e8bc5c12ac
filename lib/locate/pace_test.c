#include <srflx/locate.h>

#include "check.h"

#define MS ((uint64_t)1000000)

static struct srflx_time at_ms(uint64_t ms)
{
    return (struct srflx_time){ms * MS, 0};
}

/* spec: R8305-8-01 R8305-5-01 */
TEST(attempts_keep_their_distance)
{
    struct srflx_pace pace = {0};

    CHECK_INT(srflx_pace_next(&pace), 0);
    srflx_pace_start(&pace, at_ms(1000));
    CHECK_INT(srflx_pace_next(&pace), 1250 * MS);
    srflx_pace_fail(&pace);
    CHECK_INT(srflx_pace_next(&pace), 1010 * MS);
    srflx_pace_start(&pace, at_ms(1010));
    CHECK_INT(srflx_pace_next(&pace), 1260 * MS);
}

TEST(a_failure_before_any_attempt_means_nothing)
{
    struct srflx_pace pace = {0};

    srflx_pace_fail(&pace);
    CHECK_INT(srflx_pace_next(&pace), 0);
}

RUN(TEST_OF(attempts_keep_their_distance), TEST_OF(a_failure_before_any_attempt_means_nothing))
