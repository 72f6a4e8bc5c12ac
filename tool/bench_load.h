/* The load of srflx bench: a closed loop or a fixed rate over UDP, in which every answer is checked. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <signal.h>
#include <sys/types.h>

#include "bench_requests.h"
#include "bench_sources.h"
#include "histogram.h"

enum { BENCH_MIX = 100, BENCH_PIDS = 16, BENCH_WINDOW_MOST = 65536, BENCH_WRONG_TEXT = 320 };

/* What was asked for. */
struct bench_plan {
    struct srflx_addr server;
    struct srflx_addr from;       /* family 0: any */
    struct bench_sources sources; /* with `base.family`: another source with each request */
    uint32_t rate;                /* requests a second over all ports; 0: a closed loop */
    uint32_t window;              /* requests that are on their way in a closed loop */
    uint32_t ports;
    uint32_t warm_up_ms, measured_ms, timeout_ms;
    uint8_t mix[BENCH_MIX]; /* kinds of requests, in turn */
    uint64_t seed;
    pid_t pids[BENCH_PIDS];
    size_t pid_count;
};

/* What became of the requests that were sent, or due, in the measured time. Each is answered, lost, or
 * has an error that names it; garbage is none of these. */
struct bench_result {
    uint64_t sent; /* with garbage */
    uint64_t garbage;
    uint64_t answered; /* rightly and in time */
    uint64_t lost;
    uint64_t unsent; /* due at the fixed rate, but not sent: this machine was too slow */
    uint64_t errors[BENCH_VERDICTS];
    struct histogram latency; /* ns of right answers, from when the request was to be sent */

    /* of the measured time alone */
    uint64_t wall_ns, client_ns, server_ns;
    uint64_t received; /* answers of any kind */
};

/* Answers that were wrong, of all kinds. */
uint64_t bench_wrong_answers(const struct bench_result *result);

/* Sets `stop` to end earlier. Returns NULL, or what failed on this machine: a sentence in
 * `ret_wrong`, which has BENCH_WRONG_TEXT bytes. */
const char *bench_load(const struct bench_plan *plan, const volatile sig_atomic_t *stop,
                       struct bench_result *ret_result, char *ret_wrong);

#endif
