/* Taking secrets out of memory: passwords, keys, and what was computed from them. */
#ifndef SRFLXI_WIPE_H
#define SRFLXI_WIPE_H

#include <stddef.h>

/* Zeroes `len` bytes, also if nobody will ever read them, where a compiler would leave out memset().
 * `bytes` may be NULL if `len` is 0. */
void srflxi_wipe(void *bytes, size_t len);

#endif
