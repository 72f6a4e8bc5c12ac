/* Comparing what an attacker may guess at: message authentication codes, tags, keys. */
#ifndef SRFLXI_EQUAL_H
#define SRFLXI_EQUAL_H

#include <stdbool.h>
#include <stddef.h>

/* Reads all bytes of both, wherever they differ: the time tells nothing but `len`. */
bool srflxi_equal(const void *a, const void *b, size_t len);

#endif
