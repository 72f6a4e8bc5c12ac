#include <srflxi/crc32.h>

#include <libdeflate.h>

uint32_t srflxi_crc32(const uint8_t *bytes, size_t len)
{
    return libdeflate_crc32(0, bytes, len);
}
