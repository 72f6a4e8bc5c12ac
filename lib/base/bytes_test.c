#include <srflxi/bytes.h>

#include "check.h"

TEST(reads_big_endian)
{
    static const uint8_t bytes[] = {0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08};

    CHECK_INT(srflxi_get16(bytes), 0x8102);
    CHECK_INT(srflxi_get32(bytes), 0x81028304u);
    CHECK(srflxi_get64(bytes) == 0x8102830485068708u);
}

TEST(writes_big_endian)
{
    static const uint8_t want[] = {0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08};
    uint8_t bytes[8];

    srflxi_put64(bytes, 0x8102830485068708u);
    CHECK_MEM(bytes, want, 8);
}

TEST(pads_to_four)
{
    CHECK_INT(srflxi_pad4(0), 0);
    CHECK_INT(srflxi_pad4(1), 4);
    CHECK_INT(srflxi_pad4(4), 4);
    CHECK_INT(srflxi_pad4(65533), 65536);
}

TEST(copies_nothing_from_nowhere)
{
    uint8_t byte = 7;

    srflxi_copy(&byte, NULL, 0);
    CHECK_INT(byte, 7);
}

RUN(TEST_OF(reads_big_endian), TEST_OF(writes_big_endian), TEST_OF(pads_to_four),
    TEST_OF(copies_nothing_from_nowhere))
