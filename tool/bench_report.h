/* What srflx bench says at the end: figures, and a histogram of the latency. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "bench_load.h"

/* The object of --json. */
json_t *bench_json(const struct bench_plan *plan, const struct bench_result *result, bool ok);

/* The same in words. Bars are made of blocks if the locale of LC_CTYPE has them. */
void print_bench(FILE *to, const struct bench_plan *plan, const struct bench_result *result);

#endif
