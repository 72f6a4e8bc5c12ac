/* What srflx bench says at the end: figures, and a histogram of the latency. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>

#include "bench_load.h"

/* Answers that were wrong, of all kinds. */
uint64_t bench_wrong_answers(const struct bench_result *result);

/* The object of --json, without "ok". */
json_t *bench_json(const struct bench_plan *plan, const struct bench_result *result);

void print_bench(const struct bench_plan *plan, const struct bench_result *result);

#endif
