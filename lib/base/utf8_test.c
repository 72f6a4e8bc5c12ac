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

RUN(TEST_OF(counts_characters), TEST_OF(refuses_what_is_not_utf8))
