/* Bytes of tests, written in hexadecimal. */
#ifndef UNHEX_H
#define UNHEX_H

#include "check.h"

/* Returns how many bytes there are. */
static inline size_t unhex(const char *text, uint8_t *ret_bytes)
{
    const size_t len = strlen(text) / 2;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        CHECK_INT(sscanf(text + 2 * i, "%2x", &byte), 1);
        ret_bytes[i] = (uint8_t)byte;
    }
    return len;
}

#endif
