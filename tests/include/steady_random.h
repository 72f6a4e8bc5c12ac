/* A srflx_random_fn that is random to nobody: tests want the same run each time. */
#ifndef STEADY_RANDOM_H
#define STEADY_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline void steady_random(void *user, uint8_t *ret_bytes, size_t len)
{
    size_t i;

    (void)user;
    for (i = 0; i < len; i++)
        ret_bytes[i] = (uint8_t)(i * 37 + 11);
}

#endif
