/* The value of FINGERPRINT (RFC 8489 section 14.7). */
#ifndef SRFLXI_FINGERPRINT_H
#define SRFLXI_FINGERPRINT_H

#include <srflxi/crc32.h>

/* `len` bytes stand before the attribute; the header's length field already counts it.
 * spec: R8489-14.7-02 R8489-14.7-04 */
static inline uint32_t srflxi_fingerprint(const uint8_t *message, size_t len)
{
    return srflxi_crc32(message, len) ^ 0x5354554Eu;
}

#endif
