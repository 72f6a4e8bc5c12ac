/* The algorithm of RFC 2782, section "The format of the SRV RR", as it stands there. */
#include "plan.h"

#include <srflxi/bytes.h>

/* Moves targets[from] to targets[to], which lies before it; those between make room. */
static void move_up(struct srflxi_target *targets, size_t from, size_t to)
{
    struct srflxi_target moved = targets[from];

    for (; from > to; from--)
        targets[from] = targets[from - 1];
    targets[to] = moved;
}

/* Stable, so that equals stay as they came. */
static void sort(struct srflxi_target *targets, size_t count,
                 bool (*before)(const struct srflxi_target *a, const struct srflxi_target *b))
{
    size_t i, to;

    for (i = 1; i < count; i++) {
        to = i;
        while (to > 0 && before(&targets[i], &targets[to - 1]))
            to--;
        move_up(targets, i, to);
    }
}

/* spec: R2782-Priority-01 */
static bool has_lower_priority(const struct srflxi_target *a, const struct srflxi_target *b)
{
    return a->priority < b->priority;
}

static bool is_without_weight(const struct srflxi_target *a, const struct srflxi_target *b)
{
    return !a->weight && b->weight;
}

/* From 0 to `most`, which is below 2^22; what 64 bits are too few for does not show. */
static uint32_t draw(uint32_t most, srflx_random_fn *random, void *user)
{
    uint8_t bytes[8];

    random(user, bytes, sizeof bytes);
    return (uint32_t)(srflxi_get64(bytes) % ((uint64_t)most + 1));
}

/* Targets of one priority. spec: R2782-Priority-02 R2782-Weight-01 */
static void order_by_weight(struct srflxi_target *targets, size_t count, srflx_random_fn *random,
                            void *user)
{
    size_t done, i;

    sort(targets, count, is_without_weight);
    for (done = 0; done + 1 < count; done++) {
        uint32_t sum = 0, chosen;
        for (i = done; i < count; i++)
            sum += targets[i].weight;
        chosen = draw(sum, random, user);
        sum = 0;
        for (i = done; i + 1 < count; i++) {
            sum += targets[i].weight;
            if (sum >= chosen) break;
        }
        move_up(targets, i, done);
    }
}

void srflxi_srv_order(struct srflxi_target *targets, size_t count, srflx_random_fn *random,
                      void *user)
{
    size_t start = 0, end;

    sort(targets, count, has_lower_priority);
    while (start < count) {
        end = start;
        while (end < count && targets[end].priority == targets[start].priority)
            end++;
        order_by_weight(targets + start, end - start, random, user);
        start = end;
    }
}
