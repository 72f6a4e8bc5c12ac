#include "histogram.h"

#include <stdbool.h>

#include "check.h"

static struct histogram h;

static void begin(void)
{
    memset(&h, 0, sizeof h);
}

/* At most 1 % off, whichever way. */
static bool is_near(uint64_t found, uint64_t right)
{
    uint64_t error = found > right ? found - right : right - found;

    return error * 100 <= right;
}

TEST(empty)
{
    begin();
    CHECK_INT(histogram_percentile(&h, 0.5), 0);
    CHECK_INT(histogram_percentile(&h, 1), 0);
    CHECK_INT(histogram_count(&h, 0, UINT64_MAX), 0);
}

TEST(small_values_are_exact)
{
    for (uint64_t value = 0; value < 256; value++) {
        begin();
        histogram_add(&h, value);
        histogram_add(&h, 1000000);
        CHECK_INT(histogram_percentile(&h, 0.5), value);
        CHECK_INT(histogram_count(&h, value, value + 1), 1);
    }
}

/* A million values over the whole range, each between two others so that no exact one helps. */
TEST(every_value_comes_back_within_1_percent)
{
    for (uint64_t value = 256; value < (uint64_t)1 << HISTOGRAM_RANGE; value += 1 + value / 50000) {
        begin();
        h.count = 0;
        histogram_add(&h, 1);
        histogram_add(&h, value);
        histogram_add(&h, UINT64_MAX);
        if (!is_near(histogram_percentile(&h, 0.6), value))
            FAIL("%llu comes back as %llu", (unsigned long long)value,
                 (unsigned long long)histogram_percentile(&h, 0.6));
        value += 16 * (value >> 8);
    }
}

TEST(a_greater_value_never_comes_back_as_a_lesser)
{
    uint64_t last = 0;

    for (uint64_t value = 1; value < (uint64_t)1 << 20; value += 1 + value / 1000) {
        begin();
        histogram_add(&h, 0);
        histogram_add(&h, value);
        histogram_add(&h, UINT64_MAX);
        CHECK(histogram_percentile(&h, 0.6) >= last);
        last = histogram_percentile(&h, 0.6);
    }
}

TEST(percentiles)
{
    begin();
    for (uint64_t value = 1; value <= 100; value++)
        histogram_add(&h, value);
    CHECK_INT(histogram_percentile(&h, 0), 1);
    CHECK_INT(histogram_percentile(&h, 0.01), 1);
    CHECK_INT(histogram_percentile(&h, 0.011), 2);
    CHECK_INT(histogram_percentile(&h, 0.5), 50);
    CHECK_INT(histogram_percentile(&h, 0.9), 90);
    CHECK_INT(histogram_percentile(&h, 0.999), 100);
    CHECK_INT(histogram_percentile(&h, 1), 100);
}

TEST(ends_sum_and_count_are_exact)
{
    begin();
    histogram_add(&h, 123456789);
    histogram_add(&h, 1000003);
    histogram_add(&h, 5000000007);
    CHECK_INT(h.count, 3);
    CHECK_INT(h.sum, 123456789 + 1000003 + 5000000007);
    CHECK_INT(h.least, 1000003);
    CHECK_INT(h.greatest, 5000000007);
    CHECK_INT(histogram_percentile(&h, 0), 1001472); /* the middle of 999424 to 1003519 */
    CHECK_INT(histogram_percentile(&h, 1), 5000000007);
}

TEST(what_is_too_great_counts_as_the_greatest)
{
    begin();
    histogram_add(&h, UINT64_MAX);
    CHECK_INT(h.greatest, ((uint64_t)1 << HISTOGRAM_RANGE) - 1);
    CHECK_INT(histogram_percentile(&h, 0.5), h.greatest);
}

TEST(every_value_is_counted_in_one_range)
{
    begin();
    for (uint64_t value = 1; value < 1000000; value += 7)
        histogram_add(&h, value);
    CHECK_INT(histogram_count(&h, 0, 1000) + histogram_count(&h, 1000, 50000) +
                  histogram_count(&h, 50000, UINT64_MAX),
              h.count);
    CHECK_INT(histogram_count(&h, 0, 256), 37); /* 1, 8, ... 253 */
}

RUN(TEST_OF(empty), TEST_OF(small_values_are_exact),
    TEST_OF(every_value_comes_back_within_1_percent),
    TEST_OF(a_greater_value_never_comes_back_as_a_lesser), TEST_OF(percentiles),
    TEST_OF(ends_sum_and_count_are_exact), TEST_OF(what_is_too_great_counts_as_the_greatest),
    TEST_OF(every_value_is_counted_in_one_range))
