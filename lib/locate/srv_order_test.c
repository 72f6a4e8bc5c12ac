#include "check.h"

#include "plan.h"

/* Hands out the listed numbers, as draws of 64 bits. */
struct script {
    const uint64_t *numbers;
    size_t left;
};

static void scripted(void *user, uint8_t *ret_bytes, size_t len)
{
    struct script *script = user;
    size_t i;

    CHECK_INT(len, 8);
    CHECK(script->left > 0);
    for (i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(script->numbers[0] >> (56 - 8 * i));
    script->numbers++;
    script->left--;
}

/* Orders targets, whose hosts are their numbers, and compares these. */
static void check_order(struct srflxi_target *targets, size_t count, const uint64_t *draws,
                        size_t draw_count, const char *want)
{
    struct script script = {draws, draw_count};
    char got[16] = "";
    size_t i;

    for (i = 0; i < count; i++)
        targets[i].host = (uint8_t)i;
    srflxi_srv_order(targets, count, scripted, &script);
    for (i = 0; i < count; i++)
        got[i] = (char)('0' + targets[i].host);
    CHECK_STR(got, want);
    CHECK_INT(script.left, 0);
}

/* spec: R2782-Priority-01 */
TEST(lower_priorities_come_first)
{
    struct srflxi_target targets[] = {{2, 9, 1, 0}, {0, 0, 1, 0}, {65535, 0, 1, 0}, {1, 1, 1, 0}};

    check_order(targets, 4, NULL, 0, "1302");
    check_order(targets, 0, NULL, 0, "");
}

/* The running sums are 1, 3 and 6 in the first draw. spec: R2782-Priority-02 R2782-Weight-01 */
TEST(a_draw_takes_the_first_running_sum_that_reaches_it)
{
    static const struct {
        uint64_t draws[2];
        const char *want;
    } rows[] = {
        {{0, 0}, "012"}, {{1, 2}, "012"}, {{1, 3}, "021"}, {{2, 1}, "102"}, {{3, 0}, "102"},
        {{3, 2}, "120"}, {{4, 1}, "201"}, {{6, 2}, "210"}, {{6, 3}, "210"}, {{7, 6}, "012"},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct srflxi_target targets[] = {{5, 1, 1, 0}, {5, 2, 1, 0}, {5, 3, 1, 0}};
        check_order(targets, 3, rows[i].draws, 2, rows[i].want);
    }
}

/* They stand first, so that a draw of 0 alone takes one. spec: R2782-Weight-01 */
TEST(without_weight_there_is_a_small_chance)
{
    static const uint64_t zero[] = {0, 0}, one[] = {1, 0}, two[] = {10, 1};
    struct srflxi_target a[] = {{0, 10, 1, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}};
    struct srflxi_target b[] = {{0, 10, 1, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}};
    struct srflxi_target c[] = {{0, 10, 1, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}};

    check_order(a, 3, zero, 2, "120");
    check_order(b, 3, one, 2, "012");
    check_order(c, 3, two, 2, "012");
}

TEST(equals_stay_as_they_came)
{
    static const uint64_t draws[] = {7, 7, 7};
    struct srflxi_target targets[] = {{0, 0, 1, 0}, {0, 0, 2, 0}, {0, 0, 3, 0}, {0, 0, 4, 0}};

    check_order(targets, 4, draws, 3, "0123");
}

TEST(the_heaviest_do_not_overflow)
{
    static const uint64_t most[] = {32ull * 65535};
    uint64_t draws[31] = {0};
    struct srflxi_target targets[32];
    struct script script = {draws, 31};
    size_t i;

    for (i = 0; i < 32; i++)
        targets[i] = (struct srflxi_target){1, 65535, 1, (uint8_t)i};
    draws[0] = most[0];
    srflxi_srv_order(targets, 32, scripted, &script);
    CHECK_INT(targets[0].host, 31);
    CHECK_INT(targets[1].host, 0);
}

/* SplitMix64 with a fixed start: the same run each time. */
static void steady(void *user, uint8_t *ret_bytes, size_t len)
{
    uint64_t *seed = user, z = *seed += 0x9E3779B97F4A7C15u;

    CHECK_INT(len, 8);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    memcpy(ret_bytes, &z, 8);
}

/* Draws are from 0 to 60 inclusive: weight w comes first w times in 61, and the first in the list once
 * more, for 0. Each bound is over six standard deviations wide. spec: R2782-Weight-01 */
TEST(who_comes_first_is_proportional_to_weight)
{
    static const uint16_t weights[] = {10, 20, 30};
    uint64_t seed = 1;
    unsigned first[3] = {0}, second[3] = {0};
    int round;

    for (round = 0; round < 61000; round++) {
        struct srflxi_target targets[3];
        size_t i;
        for (i = 0; i < 3; i++)
            targets[i] = (struct srflxi_target){0, weights[i], 1, (uint8_t)i};
        srflxi_srv_order(targets, 3, steady, &seed);
        first[targets[0].host]++;
        second[targets[1].host] += targets[0].host == 2;
    }
    assert_in_range(first[0], 11000 - 600, 11000 + 600);
    assert_in_range(first[1], 20000 - 750, 20000 + 750);
    assert_in_range(first[2], 30000 - 800, 30000 + 800);
    /* Behind the last, 11 in 31 of what is left. */
    assert_in_range(second[0] * 31, 11 * first[2] - 16000, 11 * first[2] + 16000);
}

RUN(TEST_OF(lower_priorities_come_first),
    TEST_OF(a_draw_takes_the_first_running_sum_that_reaches_it),
    TEST_OF(without_weight_there_is_a_small_chance), TEST_OF(equals_stay_as_they_came),
    TEST_OF(the_heaviest_do_not_overflow), TEST_OF(who_comes_first_is_proportional_to_weight))
