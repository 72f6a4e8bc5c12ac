#include "cpu_time.h"

#include <time.h>

bool cpu_time_ns(pid_t pid, uint64_t *ret_ns)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used)) return false;
    *ret_ns = (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
    return true;
}
