/* The one place where integers come out of bytes and go into them, and where bytes are copied. */
#ifndef SRFLXI_BYTES_H
#define SRFLXI_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t srflxi_get16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t srflxi_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t srflxi_get64(const uint8_t *p)
{
    return (uint64_t)srflxi_get32(p) << 32 | srflxi_get32(p + 4);
}

/* Little-endian, as SipHash reads. */
static inline uint64_t srflxi_get64_le(const uint8_t *p)
{
    return p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline void srflxi_put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void srflxi_put32(uint8_t *p, uint32_t value)
{
    srflxi_put16(p, (uint16_t)(value >> 16));
    srflxi_put16(p + 2, (uint16_t)value);
}

static inline void srflxi_put64(uint8_t *p, uint64_t value)
{
    srflxi_put32(p, (uint32_t)(value >> 32));
    srflxi_put32(p + 4, (uint32_t)value);
}

/* memcpy that may be asked to copy nothing from NULL. */
static inline void srflxi_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len) memcpy(to, from, len);
}

/* The next multiple of 4. */
static inline size_t srflxi_pad4(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

#endif
