#include <check.h>

#include "deadlines.h"

enum { TICK = SRFLX_DEADLINE_TICK_MS, MOST = 64 };

static struct srflx_deadlines wheel;

static void begin(void)
{
    CHECK_INT(srflx_deadlines_init(&wheel, MOST, 1000000), 0);
}

static uint64_t at(uint64_t ms)
{
    return 1000000 + ms;
}

TEST(nothing_is_due_too_soon_nor_a_tick_too_late)
{
    uint64_t now = 0;

    begin();
    for (uint64_t wait = 0; wait < 40000; wait += 131) {
        const uint64_t due = now + wait;
        srflx_deadlines_set(&wheel, 3, at(due));
        while (srflx_deadlines_next(&wheel, at(now)) != 3)
            now++;
        CHECK(now >= due && now - due <= TICK);
        CHECK_INT(srflx_deadlines_next(&wheel, at(now)), SRFLX_INDEX_NONE);
        CHECK_INT(srflx_deadlines_wait_ms(&wheel, at(now)), -1);
    }
    srflx_deadlines_free(&wheel);
}

TEST(put_off_and_brought_forward)
{
    begin();
    srflx_deadlines_set(&wheel, 0, at(5000));
    srflx_deadlines_set(&wheel, 1, at(5000));
    srflx_deadlines_set(&wheel, 2, at(30000));
    srflx_deadlines_set(&wheel, 0, at(9000));
    srflx_deadlines_set(&wheel, 2, at(2000));
    CHECK_INT(srflx_deadlines_next(&wheel, at(1999)), SRFLX_INDEX_NONE);
    CHECK_INT(srflx_deadlines_next(&wheel, at(2000 + TICK)), 2);
    CHECK_INT(srflx_deadlines_next(&wheel, at(5000 + TICK)), 1);
    CHECK_INT(srflx_deadlines_next(&wheel, at(8999)), SRFLX_INDEX_NONE);
    CHECK_INT(srflx_deadlines_next(&wheel, at(9000 + TICK)), 0);
    CHECK_INT(srflx_deadlines_next(&wheel, at(99999999)), SRFLX_INDEX_NONE);
    srflx_deadlines_free(&wheel);
}

/* Far beyond one turn of the wheel, which takes 33 seconds. */
TEST(an_hour)
{
    begin();
    srflx_deadlines_set(&wheel, 5, at(3600000));
    for (uint64_t ms = 0; ms < 3600000; ms += 1000)
        CHECK_INT(srflx_deadlines_next(&wheel, at(ms)), SRFLX_INDEX_NONE);
    CHECK_INT(srflx_deadlines_next(&wheel, at(3600000 + TICK)), 5);
    srflx_deadlines_free(&wheel);
}

TEST(the_next_wait_is_never_too_long)
{
    begin();
    CHECK_INT(srflx_deadlines_wait_ms(&wheel, at(0)), -1);
    srflx_deadlines_set(&wheel, 1, at(5000));
    srflx_deadlines_set(&wheel, 2, at(700));
    CHECK(srflx_deadlines_wait_ms(&wheel, at(0)) <= 700 + TICK);
    CHECK(srflx_deadlines_wait_ms(&wheel, at(0)) > 700 - TICK);
    srflx_deadlines_remove(&wheel, 2);
    srflx_deadlines_remove(&wheel, 2);
    CHECK_INT(srflx_deadlines_next(&wheel, at(1000)), SRFLX_INDEX_NONE);
    CHECK(srflx_deadlines_wait_ms(&wheel, at(1000)) > 4000 - TICK);
    CHECK_INT(srflx_deadlines_wait_ms(&wheel, at(6000)), 0);
    srflx_deadlines_remove(&wheel, 1);
    CHECK_INT(srflx_deadlines_wait_ms(&wheel, at(6000)), -1);
    srflx_deadlines_free(&wheel);
}

/* Against a plain array: random settings, removals and steps of time. */
TEST(agrees_with_a_list)
{
    uint64_t due[MOST] = {0}, now = 1;
    uint32_t dice = 1;

    begin();
    for (unsigned n = 0; n < 200000; n++) {
        uint32_t i;
        dice = dice * 1664525u + 1013904223u;
        i = (dice >> 8) % MOST;
        if (dice >> 28 < 9) {
            due[i] = now + (dice >> 14) % 50000;
            srflx_deadlines_set(&wheel, i, at(due[i]));
        } else if (dice >> 28 < 11) {
            due[i] = 0;
            srflx_deadlines_remove(&wheel, i);
        } else {
            now += (dice >> 14) % 900;
        }
        while ((i = srflx_deadlines_next(&wheel, at(now))) != SRFLX_INDEX_NONE) {
            CHECK(due[i] && due[i] <= now);
            due[i] = 0;
        }
        for (i = 0; i < MOST; i++)
            CHECK(!due[i] || due[i] + TICK > now);
    }
    srflx_deadlines_free(&wheel);
}

RUN(TEST_OF(nothing_is_due_too_soon_nor_a_tick_too_late), TEST_OF(put_off_and_brought_forward),
    TEST_OF(an_hour), TEST_OF(the_next_wait_is_never_too_long), TEST_OF(agrees_with_a_list))
