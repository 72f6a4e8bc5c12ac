#include "prng.h"

/* SplitMix64. */
uint64_t prng_next(struct prng *prng)
{
    uint64_t z;

    prng->state += 0x9e3779b97f4a7c15u;
    z = prng->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t prng_between(struct prng *prng, uint64_t low, uint64_t high)
{
    return low + prng_next(prng) % (high - low + 1);
}

bool prng_chance(struct prng *prng, unsigned percent)
{
    return prng_between(prng, 0, 99) < percent;
}

void prng_fill(void *user, uint8_t *ret_bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        ret_bytes[i] = (uint8_t)prng_next(user);
}
