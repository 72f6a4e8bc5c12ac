#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>

static bool earlier(const struct moment *a, const struct moment *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void swap(struct moment *a, struct moment *b)
{
    struct moment kept = *a;

    *a = *b;
    *b = kept;
}

void timeline_clear(struct timeline *timeline)
{
    timeline->count = 0;
    timeline->added = 0;
}

void timeline_add(struct timeline *timeline, const struct moment *moment)
{
    struct moment *heap = timeline->heap;
    size_t at = timeline->count;

    if (at == TIMELINE_MAX) {
        fputs("sim_test: more than TIMELINE_MAX moments are pending\n", stderr);
        exit(1);
    }
    timeline->count++;
    heap[at] = *moment;
    heap[at].order = timeline->added++;
    for (; at > 0 && earlier(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static size_t earliest_of_three(const struct timeline *timeline, size_t at)
{
    size_t best = at;
    size_t child;

    for (child = 2 * at + 1; child <= 2 * at + 2 && child < timeline->count; child++)
        if (earlier(&timeline->heap[child], &timeline->heap[best])) best = child;
    return best;
}

bool timeline_next(struct timeline *timeline, struct moment *ret_moment)
{
    size_t at = 0;
    size_t best;

    if (timeline->count == 0) return false;
    *ret_moment = timeline->heap[0];
    timeline->heap[0] = timeline->heap[--timeline->count];
    while ((best = earliest_of_three(timeline, at)) != at) {
        swap(&timeline->heap[at], &timeline->heap[best]);
        at = best;
    }
    return true;
}
