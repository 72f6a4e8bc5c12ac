#include <srflxi/crc32.h>

#include "check.h"

/* The check value of the CRC catalogues, and the zlib value of no bytes. spec: R8489-14.7-02 */
TEST(is_the_crc_of_zlib)
{
    CHECK_INT(srflxi_crc32((const uint8_t *)"123456789", 9), 0xCBF43926u);
    CHECK_INT(srflxi_crc32((const uint8_t *)"", 0), 0);
}

RUN(TEST_OF(is_the_crc_of_zlib))
