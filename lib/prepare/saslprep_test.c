/* SASLprep beyond ASCII. */
#include "prepare_fixture.h"

#include <srflxi/utf8.h>

#define SASLPREP(text, want)         \
    do {                             \
        BECOMES(stored, text, want); \
        BECOMES(query, text, want);  \
    } while (0)
#define NO_SASLPREP(text, error)      \
    do {                              \
        REFUSES(stored, text, error); \
        REFUSES(query, text, error);  \
    } while (0)

/* Examples 1 to 7 of section 3. */
TEST(examples_of_rfc_4013)
{
    SASLPREP("I\u00ADX", "IX");
    SASLPREP("user", "user");
    SASLPREP("USER", "USER");
    SASLPREP("\u00AA", "a");
    SASLPREP("\u2168", "IX");
    NO_SASLPREP("\x07", CHARACTER);
    NO_SASLPREP("\u06271", DIRECTION);
}

/* Username and password of section 2.4. spec: R8489-B.1-02 */
TEST(credentials_of_rfc_5769)
{
    SASLPREP("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9");
    SASLPREP("The\u00ADM\u00AAtr\u2168", "TheMatrIX");
}

/* RFC 4013 section 2.1. U+200B stands in both tables there; libidn reads it as a space. */
TEST(some_characters_become_a_space_or_nothing)
{
    SASLPREP("a\u00A0\u1680\u2000\u2003\u200A\u200B\u202F\u205F\u3000b", "a         b");
    SASLPREP("a\u00AD\u034F\u1806\u180B\u200C\u200D\u2060\uFE00\uFE0F\uFEFFb", "ab");
    NO_SASLPREP("\u00AD\uFEFF", EMPTY);
}

/* RFC 4013 section 2.2. */
TEST(text_is_composed_without_compatibility_forms)
{
    SASLPREP("e\u0301", "\u00E9");
    SASLPREP("e\u00AD\u0301", "\u00E9");
    SASLPREP("\uFB01\uFF21\uFF71\u2126\u00BD", "fiA\u30A2\u03A91\u20442");
    SASLPREP("\u1100\u1161", "\uAC00");
}

/* RFC 4013 section 2.3, one of each table and its edges. */
TEST(prohibited_characters)
{
    static const uint32_t points[] = {
        0x0080,  0x009F,  0x06DD,  0x070F,   0x180E,
        0x2028,  0x2063,  0x206F,  0xFFFC,   0x1D173, /* C.2.2 */
        0xE000,  0xF8FF,  0xF0000, 0x10FFFD,          /* C.3 */
        0xFDD0,  0xFFFE,  0x1FFFF, 0x10FFFF,          /* C.4 */
        0xFFF9,  0xFFFD,                              /* C.6 */
        0x2FF0,  0x2FFB,                              /* C.7 */
        0x200E,  0x202A,  0x206A,                     /* C.8 */
        0xE0001, 0xE0020, 0xE007F,                    /* C.9 */
    };
    uint8_t text[SRFLXI_UTF8_LONGEST];
    size_t i;

    for (i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct srflx_view view = {text, srflxi_utf8_put(points[i], text)};
        check_refuses(stored, view, sizeof text, SRFLX_ERROR_CHARACTER);
        check_refuses(query, view, sizeof text, SRFLX_ERROR_CHARACTER);
    }
    NO_SASLPREP("\u00E9\x7F", CHARACTER);
    NO_SASLPREP("\u00E9\x1F", CHARACTER);
}

/* libidn would leave out all that stands behind it. */
TEST(a_nul_is_a_control_too)
{
    NO_SASLPREP("\0\u00E9", CHARACTER);
    NO_SASLPREP("\u00E9\0", CHARACTER);
    NO_SASLPREP("pass\0\u00E9", CHARACTER);
}

/* RFC 4013 section 2.4. */
TEST(directions_do_not_mix)
{
    SASLPREP("\u0627\u0628", "\u0627\u0628");
    SASLPREP("\u06271\u0628", "\u06271\u0628");
    NO_SASLPREP("\u0627a\u0628", DIRECTION);
    NO_SASLPREP("1\u0627", DIRECTION);
    NO_SASLPREP("\u05D0\u00E9\u05D0", DIRECTION);
}

/* RFC 4013 section 2.5. */
TEST(what_unicode_3_2_has_not_may_be_asked_for_only)
{
    REFUSES(stored, "\u0221", CHARACTER);
    STAYS(query, "\u0221");
    REFUSES(stored, "a\U0001F600", CHARACTER);
    STAYS(query, "a\U0001F600");
    STAYS(stored, "\u0220");
}

TEST(long_text)
{
    uint8_t text[SRFLX_PREPARE_LONGEST + 2], buf[SRFLX_PREPARE_LONGEST];
    struct srflx_view view = {text, SRFLX_PREPARE_LONGEST}, prepared;
    size_t i;

    for (i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\u00E9", 2);
    check_once(stored, view, view);
    view.len += 2;
    check_refuses(stored, view, 2048, SRFLX_ERROR_LONG);
    /* One character becomes four of ASCII, and so the text as many as can be. */
    memset(text, 'a', sizeof text);
    memcpy(text, "\u33C2", 3);
    view.len = SRFLX_PREPARE_LONGEST - 1;
    CHECK_INT(stored(view, buf, sizeof buf, &prepared), 0);
    CHECK_INT(prepared.len, SRFLX_PREPARE_LONGEST);
    CHECK_MEM(buf, "a.m.aaaa", 8);
    view.len++;
    check_refuses(stored, view, 2048, SRFLX_ERROR_LONG);
    /* 36 of them become 648 code points in 1188 bytes, 340 more code points than there is room for. */
    for (i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\uFDFA", 3);
    view.len = 108;
    check_refuses(stored, view, 2048, SRFLX_ERROR_LONG);
    view.len = 1023;
    check_refuses(stored, view, 2048, SRFLX_ERROR_LONG);
}

TEST(every_character_is_stable)
{
    check_stable(query);
}

RUN(TEST_OF(examples_of_rfc_4013), TEST_OF(credentials_of_rfc_5769),
    TEST_OF(some_characters_become_a_space_or_nothing),
    TEST_OF(text_is_composed_without_compatibility_forms), TEST_OF(prohibited_characters),
    TEST_OF(a_nul_is_a_control_too), TEST_OF(directions_do_not_mix),
    TEST_OF(what_unicode_3_2_has_not_may_be_asked_for_only), TEST_OF(long_text),
    TEST_OF(every_character_is_stable))
