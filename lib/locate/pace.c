#include "plan.h"

/* spec: R8305-8-01 */
void srflx_pace_start(struct srflx_pace *pace, struct srflx_time now)
{
    pace->last_ns = now.mono_ns;
    pace->started = true;
    pace->failed = false;
}

void srflx_pace_fail(struct srflx_pace *pace)
{
    pace->failed = true;
}

/* spec: R8305-5-01 */
uint64_t srflx_pace_next(const struct srflx_pace *pace)
{
    if (!pace->started) return 0;
    return pace->last_ns +
           (pace->failed ? SRFLX_ATTEMPT_DELAY_LEAST_MS : SRFLX_ATTEMPT_DELAY_MS) * MS;
}
