/* A small generator of pseudo-random numbers: the same seed gives the same run on every machine. */
#ifndef PRNG_H
#define PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

uint64_t prng_next(struct prng *prng);

/* Any whole number from `low` to `high`, both included. */
uint64_t prng_between(struct prng *prng, uint64_t low, uint64_t high);

/* True `percent` times out of a hundred. */
bool prng_chance(struct prng *prng, unsigned percent);

/* A srflx_random_fn; `user` is the generator. */
void prng_fill(void *user, uint8_t *ret_bytes, size_t len);

#endif
