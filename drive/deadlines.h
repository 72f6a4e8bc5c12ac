/* Deadlines of many things with numbers, on one wheel: no timer and no system call for each. A
 * deadline that is put off costs one store, as it is looked at only when the old one has come. */
#ifndef SRFLX_DRIVE_DEADLINES_H
#define SRFLX_DRIVE_DEADLINES_H

#include <srflx/error.h>

#include "index_list.h"

enum {
    SRFLX_DEADLINE_TICK_MS = 128, /* no deadline passes sooner, nor later by more than this */
    SRFLX_DEADLINE_BUCKETS = 256
};

/* For the functions only. Ticks count from `begin_ms`. */
struct srflx_deadlines {
    struct srflx_links *links;
    struct srflx_deadline *entries;
    uint64_t begin_ms;
    uint32_t cursor;  /* the tick whose bucket is next to be looked at */
    uint32_t soonest; /* no bucket before this tick has anything in it */
    uint32_t count;
    struct srflx_index_list buckets[SRFLX_DEADLINE_BUCKETS];
};

struct srflx_deadline {
    uint32_t due;    /* tick */
    uint32_t bucket; /* tick whose bucket it is in; 0: none */
};

/* For numbers below `most`. Memory is used as numbers are. Returns 0 or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_deadlines_init(struct srflx_deadlines *deadlines, uint32_t most,
                                        uint64_t now_ms);
void srflx_deadlines_free(struct srflx_deadlines *deadlines);

/* Number `i` is due at `at_ms`, whatever was said before. */
void srflx_deadlines_set(struct srflx_deadlines *deadlines, uint32_t i, uint64_t at_ms);
void srflx_deadlines_remove(struct srflx_deadlines *deadlines, uint32_t i);

/* Takes out one number whose deadline has passed; SRFLX_INDEX_NONE if there is none (more). */
uint32_t srflx_deadlines_next(struct srflx_deadlines *deadlines, uint64_t now_ms);

/* Milliseconds until next() may have something to say; -1 for never. */
int srflx_deadlines_wait_ms(const struct srflx_deadlines *deadlines, uint64_t now_ms);

/* Bytes for each number. */
#define SRFLX_DEADLINE_SIZE (sizeof(struct srflx_links) + sizeof(struct srflx_deadline))

#endif
