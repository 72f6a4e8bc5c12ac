/* Counts of values in logarithmic buckets: any value comes back with at most 0.4 % error, in memory
 * that does not grow. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 7, /* of a value that are kept below its highest one */
    HISTOGRAM_RANGE =
        40, /* bits: 18 minutes in nanoseconds; what is greater counts as the greatest */
    HISTOGRAM_BUCKETS = (HISTOGRAM_RANGE - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS
};

/* Start with all zero. The first four are exact; `least` and `greatest` mean nothing without values. */
struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t least;
    uint64_t greatest;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that `share` of all values do not exceed: 0.5 is the median, 1 the greatest. 0 without
 * values. */
uint64_t histogram_percentile(const struct histogram *h, double share);

/* How many values are at least `from` and below `to`. A bucket counts as its middle. */
uint64_t histogram_count(const struct histogram *h, uint64_t from, uint64_t to);

#endif
