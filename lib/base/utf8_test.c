#include <srflxi/utf8.h>

#include "check.h"

TEST(counts_characters)
{
    CHECK_INT(srflxi_utf8_count(VIEW("")), 0);
    CHECK_INT(srflxi_utf8_count(VIEW("srflx")), 5);
    CHECK_INT(srflxi_utf8_count(VIEW("\xC2\xA2\xE2\x82\xAC\xF0\x90\x8D\x88")), 3);
    CHECK_INT(srflxi_utf8_count(VIEW("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF")), 3);
}

/* RFC 3629 section 4: overlong forms, surrogates, beyond U+10FFFF, cut off, stray bytes. */
TEST(refuses_what_is_not_utf8)
{
    CHECK_INT(srflxi_utf8_count(VIEW("\xC0\x80")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xE0\x9F\xBF")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xED\xA0\x80")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xF0\x8F\xBF\xBF")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xF4\x90\x80\x80")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xF8\x88\x80\x80\x80")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("a\xE2\x82")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\x80")), -1);
    CHECK_INT(srflxi_utf8_count(VIEW("\xE2\x82\x28")), -1);
}

/* Every character there is: written in the shortest form, which reads as the same character. */
TEST(reads_what_it_writes)
{
    static const uint32_t beyond[] = {0x80, 0x800, 0x10000, 0x110000};
    size_t len = 1;
    uint32_t point, read;
    uint8_t bytes[SRFLXI_UTF8_LONGEST];

    for (point = 0; point < 0x110000; point++) {
        if (point == beyond[len - 1]) len++;
        if (point == 0xD800) point = 0xE000;
        if (srflxi_utf8_put(point, bytes) != len) FAIL("length of U+%04X", point);
        if (srflxi_utf8_get((struct srflx_view){bytes, len}, &read) != len || read != point)
            FAIL("U+%04X", point);
    }
}

TEST(gets_the_first_character)
{
    uint32_t point = 7;

    CHECK_INT(srflxi_utf8_get(VIEW(""), &point), 0);
    CHECK_INT(srflxi_utf8_get(VIEW("\xE2\x82"), &point), 0);
    CHECK_INT(point, 7);
    CHECK_INT(srflxi_utf8_get(VIEW("\xE2\x82\xAC!"), &point), 3);
    CHECK_INT(point, 0x20AC);
}

RUN(TEST_OF(counts_characters), TEST_OF(refuses_what_is_not_utf8), TEST_OF(reads_what_it_writes),
    TEST_OF(gets_the_first_character))
