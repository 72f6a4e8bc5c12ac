#include <srflx/clock.h>

#include <time.h>

struct srflx_time srflx_clock_now(void)
{
    struct timespec mono, date;
    struct srflx_time now;

    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &date);
    now.mono_ns = (uint64_t)mono.tv_sec * 1000000000u + (uint64_t)mono.tv_nsec;
    now.unix_ms = (uint64_t)date.tv_sec * 1000u + (uint64_t)date.tv_nsec / 1000000u;
    return now;
}
