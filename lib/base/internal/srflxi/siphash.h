/* SipHash-2-4: a keyed hash for tables, meters and short tags. Who does not know the key cannot aim
 * at a bucket, nor foretell a value. */
#ifndef SRFLXI_SIPHASH_H
#define SRFLXI_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* `key` is 16 bytes, drawn at random. Whoever compares or stores the value as bytes uses
 * srflxi_put64(). */
uint64_t srflxi_siphash(const uint8_t *key, const void *data, size_t len);

#endif
