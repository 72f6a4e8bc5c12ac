#define _GNU_SOURCE
#include "stopwatch.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES_MOST = 1000 };

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A counter of this thread's instructions in user mode, or -1. */
static int open_counter(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};

    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t read_counter(int fd)
{
    uint64_t count = 0;

    return fd >= 0 && read(fd, &count, sizeof count) == sizeof count ? count : 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct figures stopwatch(void (*body)(void *user), void *user, size_t operations, size_t samples)
{
    double ns[SAMPLES_MOST];
    const int counter = open_counter();
    const uint64_t before = read_counter(counter);
    struct figures figures;

    for (size_t i = 0; i < samples; i++) {
        const uint64_t start = cpu_ns();
        body(user);
        ns[i] = (double)(cpu_ns() - start) / (double)operations;
    }
    figures.instructions =
        (double)(read_counter(counter) - before) / (double)samples / (double)operations;
    if (counter >= 0) close(counter);
    qsort(ns, samples, sizeof ns[0], compare);
    figures.ns = ns[samples / 2];
    figures.ns_low = ns[samples / 4];
    figures.ns_high = ns[samples * 3 / 4];
    return figures;
}

void print_figures(const char *name, const struct figures *figures)
{
    static const char *separator = "{";

    printf("%s\"%s\": {\"ns\": %.1f, \"ns_quartiles\": [%.1f, %.1f], \"instructions\": ", separator,
           name, figures->ns, figures->ns_low, figures->ns_high);
    separator = ", ";
    if (figures->instructions > 0)
        printf("%.0f}", figures->instructions);
    else
        printf("null}");
}
