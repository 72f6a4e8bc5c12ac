#include "histogram.h"

#include <stddef.h>

static const uint64_t greatest_value = ((uint64_t)1 << HISTOGRAM_RANGE) - 1;

/* Up to twice the kept bits every value has its own bucket; above, each doubling has as many
 * buckets as the one before, twice as wide. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift = 0;

    if (value >> (HISTOGRAM_BITS + 1))
        shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
    return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

static uint64_t middle_of(size_t bucket)
{
    size_t shift = bucket >> HISTOGRAM_BITS;
    uint64_t low;

    if (shift < 2) return bucket;
    shift--;
    low = (uint64_t)(bucket - (shift << HISTOGRAM_BITS)) << shift;
    return low + ((uint64_t)1 << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    if (value > greatest_value) value = greatest_value;
    if (h->count == 0 || value < h->least) h->least = value;
    if (value > h->greatest) h->greatest = value;
    h->count++;
    h->sum += value;
    h->buckets[bucket_of(value)]++;
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t greatest)
{
    if (value < least) return least;
    return value > greatest ? greatest : value;
}

uint64_t histogram_percentile(const struct histogram *h, double share)
{
    double wanted = share * (double)h->count;
    uint64_t passed = 0;
    size_t i;

    if (share >= 1) return h->greatest;
    for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
        passed += h->buckets[i];
        if (passed && (double)passed >= wanted) return clamp(middle_of(i), h->least, h->greatest);
    }
    return h->greatest;
}

uint64_t histogram_count(const struct histogram *h, uint64_t from, uint64_t to)
{
    uint64_t count = 0;
    size_t i;

    for (i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (middle_of(i) >= from && middle_of(i) < to) count += h->buckets[i];
    return count;
}
