#define _POSIX_C_SOURCE 200809L
#include "deadlines.h"

#include <stdlib.h>

int srflx_deadlines_init(struct srflx_deadlines *deadlines, uint32_t most, uint64_t now_ms)
{
    deadlines->links = calloc(most, sizeof *deadlines->links);
    deadlines->entries = calloc(most, sizeof *deadlines->entries);
    deadlines->begin_ms = now_ms;
    deadlines->cursor = 1;
    deadlines->soonest = UINT32_MAX;
    deadlines->count = 0;
    for (unsigned i = 0; i < SRFLX_DEADLINE_BUCKETS; i++)
        srflx_index_list_init(&deadlines->buckets[i]);
    if (deadlines->links && deadlines->entries) return 0;
    srflx_deadlines_free(deadlines);
    return SRFLX_ERROR_SYSTEM;
}

void srflx_deadlines_free(struct srflx_deadlines *deadlines)
{
    free(deadlines->links);
    free(deadlines->entries);
    deadlines->links = NULL;
    deadlines->entries = NULL;
}

/* The tick that has passed at this time, and may be one that has begun already. */
static uint32_t tick_of(const struct srflx_deadlines *deadlines, uint64_t ms)
{
    return ms < deadlines->begin_ms
               ? 0
               : (uint32_t)((ms - deadlines->begin_ms) / SRFLX_DEADLINE_TICK_MS);
}

static struct srflx_index_list *bucket_of(struct srflx_deadlines *deadlines, uint32_t tick)
{
    return &deadlines->buckets[tick % SRFLX_DEADLINE_BUCKETS];
}

/* What is due beyond the wheel's turn goes into its last bucket, and is put off from there. */
static void link_in(struct srflx_deadlines *deadlines, uint32_t i)
{
    struct srflx_deadline *entry = &deadlines->entries[i];
    const uint32_t last = deadlines->cursor + SRFLX_DEADLINE_BUCKETS - 1;
    uint32_t tick = entry->due;

    if (tick < deadlines->cursor) tick = deadlines->cursor;
    if (tick > last) tick = last;
    entry->bucket = tick;
    srflx_index_list_append(bucket_of(deadlines, tick), deadlines->links, i);
    if (tick < deadlines->soonest) deadlines->soonest = tick;
    deadlines->count++;
}

void srflx_deadlines_remove(struct srflx_deadlines *deadlines, uint32_t i)
{
    struct srflx_deadline *entry = &deadlines->entries[i];

    if (!entry->bucket) return;
    srflx_index_list_remove(bucket_of(deadlines, entry->bucket), deadlines->links, i);
    entry->bucket = 0;
    deadlines->count--;
}

void srflx_deadlines_set(struct srflx_deadlines *deadlines, uint32_t i, uint64_t at_ms)
{
    struct srflx_deadline *entry = &deadlines->entries[i];

    entry->due = tick_of(deadlines, at_ms) + 1;
    if (entry->bucket && entry->bucket <= entry->due) return;
    srflx_deadlines_remove(deadlines, i);
    link_in(deadlines, i);
}

static void find_soonest(struct srflx_deadlines *deadlines)
{
    const uint32_t end = deadlines->cursor + SRFLX_DEADLINE_BUCKETS;
    uint32_t tick = deadlines->cursor;

    while (tick < end && bucket_of(deadlines, tick)->first == SRFLX_INDEX_NONE)
        tick++;
    deadlines->soonest = tick < end ? tick : UINT32_MAX;
}

uint32_t srflx_deadlines_next(struct srflx_deadlines *deadlines, uint64_t now_ms)
{
    const uint32_t now = tick_of(deadlines, now_ms);

    while (deadlines->soonest <= now) {
        struct srflx_index_list *bucket = bucket_of(deadlines, deadlines->soonest);
        const uint32_t i = bucket->first;
        deadlines->cursor = deadlines->soonest;
        if (i == SRFLX_INDEX_NONE) {
            deadlines->cursor++;
            find_soonest(deadlines);
            continue;
        }
        srflx_deadlines_remove(deadlines, i);
        if (deadlines->entries[i].due <= deadlines->cursor) return i;
        link_in(deadlines, i);
    }
    if (deadlines->cursor <= now) deadlines->cursor = now + 1;
    return SRFLX_INDEX_NONE;
}

int srflx_deadlines_wait_ms(const struct srflx_deadlines *deadlines, uint64_t now_ms)
{
    const uint64_t tick = SRFLX_DEADLINE_TICK_MS;
    uint64_t at_ms;

    if (!deadlines->count) return -1;
    at_ms = deadlines->begin_ms + deadlines->soonest * tick;
    return at_ms > now_ms ? (int)(at_ms - now_ms) : 0;
}
