#include <srflxi/crc32.h>
#include <srflxi/written.h>

#include <libdeflate.h>

uint32_t srflxi_crc32(const uint8_t *bytes, size_t len)
{
    uint32_t crc = libdeflate_crc32(0, bytes, len);

    srflxi_written(&crc, sizeof crc);
    return crc;
}
