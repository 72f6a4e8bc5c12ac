/* CRC-32 of zlib and ITU V.42, as FINGERPRINT uses it (RFC 8489 section 14.7). */
#ifndef SRFLXI_CRC32_H
#define SRFLXI_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t srflxi_crc32(const uint8_t *bytes, size_t len);

#endif
