/* OpaqueString beyond ASCII. */
#include "prepare_fixture.h"

#include <srflxi/utf8.h>

#define OPAQUE(text, want) BECOMES(srflx_prepare_opaque, text, want)
#define OPAQUE_STAYS(text) STAYS(srflx_prepare_opaque, text)
#define NOT_OPAQUE(text) REFUSES(srflx_prepare_opaque, text, CHARACTER)

/* Examples 12 to 18. spec: R8265-4.2.2-02 R8265-4.2.2-03 R8265-4.1-01 */
TEST(examples_of_rfc_8265)
{
    OPAQUE_STAYS("correct horse battery staple");
    OPAQUE_STAYS("Correct Horse Battery Staple");
    OPAQUE_STAYS("\u03C0\u00DF\u00E5");
    OPAQUE_STAYS("Jack of \u2666s");
    OPAQUE("foo\u1680bar", "foo bar");
    REFUSES(srflx_prepare_opaque, "", EMPTY);
    NOT_OPAQUE("my cat is a \tby");
}

/* RFC 5769 section 2.4, whose password is made for SASLprep. spec: R8489-B.1-02 */
TEST(credentials_of_rfc_5769)
{
    OPAQUE_STAYS("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9");
    NOT_OPAQUE("The\u00ADM\u00AAtr\u2168");
    OPAQUE_STAYS("TheM\u00AAtr\u2168");
}

/* spec: R8265-4.2.2-02 */
TEST(spaces_of_all_kinds_become_one)
{
    OPAQUE("\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006", "         ");
    OPAQUE("\u2007\u2008\u2009\u200A\u202F\u205F\u3000", "       ");
    NOT_OPAQUE("\u200B");
    NOT_OPAQUE("\u180E");
}

/* spec: R8265-4.2.2-01 R8265-4.2.2-03 */
TEST(neither_width_nor_case_nor_compatibility_forms_change)
{
    OPAQUE_STAYS("\uFF21\uFF41\uFF11\uFF0D");
    OPAQUE_STAYS("\uFF71\uFFA1\uFFE6");
    OPAQUE_STAYS("\u0391\u03B1\u03C2\u0130\u0131\u00DF\u1E9E");
    OPAQUE_STAYS("\uFB01\u00BD\u2460\u33A1\u017F\u2163");
}

/* spec: R8265-4.2.2-04 */
TEST(text_is_composed)
{
    OPAQUE("e\u0301", "\u00E9");
    OPAQUE("\u212B\u212A\u2126", "\u00C5K\u03A9");
    OPAQUE("q\u0307\u0323", "q\u0323\u0307");
    OPAQUE("\u1E9B\u0323", "\u1E9B\u0323");
    OPAQUE("\u0958", "\u0915\u093C");
    OPAQUE("\uF900\U0002F800", "\u8C48\u4E3D");
}

/* The categories of RFC 8264 sections 9.1, 9.7 and 9.13 to 9.18, one of each kind.
 * spec: R8265-4.2.1-01 */
TEST(letters_numbers_symbols_and_punctuation_are_allowed)
{
    OPAQUE_STAYS("\u00C0\u00E0\u01C5\u02B0\u05D0");             /* Lu Ll Lt Lm Lo */
    OPAQUE_STAYS("\u0966\u2180\u00B2");                         /* Nd Nl No */
    OPAQUE_STAYS("x\u0324\u0915\u0903\u20DD");                  /* Mn Mc Me */
    OPAQUE_STAYS("\u203F\u2013\u2045\u2046\u00AB\u00BB\u00A7"); /* Pc Pd Ps Pe Pi Pf Po */
    OPAQUE_STAYS("\u00D7\u20AC\u00A8\u2603");                   /* Sm Sc Sk So */
    OPAQUE_STAYS("\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007"); /* exceptions, which are allowed anyway */
    OPAQUE_STAYS("\U0001F600\U0001D11E\U00020000");       /* beyond the first plane */
}

static void check_each(const uint32_t *points, size_t count, int error)
{
    uint8_t text[SRFLXI_UTF8_LONGEST];
    size_t i;

    for (i = 0; i < count; i++) {
        size_t len = srflxi_utf8_put(points[i], text);
        check_refuses(srflx_prepare_opaque, (struct srflx_view){text, len}, sizeof text, error);
    }
}

/* spec: R8265-4.2.1-01 */
TEST(all_else_is_refused)
{
    static const uint32_t points[] = {
        0x0080,  0x0085,  0x009F,                                                /* controls */
        0x2028,  0x2029,                                                         /* separators */
        0xFFF9,  0x0600,  0x110BD,                                               /* formats */
        0xE000,  0xF8FF,  0xF0000,         0x10FFFD,                             /* private use */
        0x0378,  0x05FF,  0x2FFFE - 0x100, 0xE0FFF,                              /* not assigned */
        0xFDD0,  0xFDEF,  0xFFFE,          0xFFFF,   0x1FFFE, 0x10FFFF,          /* no characters */
        0x00AD,  0x034F,  0x061C,          0x115F,   0x17B4,  0x180B,   0x200E,  /* to be ignored */
        0x2060,  0x206F,  0x3164,          0xFE0F,   0xFEFF,  0xFFA0,   0x1D173, /* to be ignored */
        0xE0001, 0xE0020, 0xE0100,                                               /* to be ignored */
        0x1100,  0x1112,  0x1161,          0x11A8,   0x11FF,          /* parts of syllables */
        0xA960,  0xA97C,  0xD7B0,          0xD7C6,   0xD7CB,  0xD7FB, /* parts of syllables */
        0x0640,  0x07FA,  0x302E,          0x302F,   0x3031,  0x3035,   0x303B, /* exceptions */
    };

    check_each(points, sizeof points / sizeof points[0], SRFLX_ERROR_CHARACTER);
}

/* RFC 5892 appendix A.1 and A.2. */
TEST(joiners_join)
{
    OPAQUE_STAYS("\u0915\u094D\u200C\u0937"); /* behind a virama */
    OPAQUE_STAYS("\u0915\u094D\u200D\u0937");
    OPAQUE_STAYS("\u0915\u094D\u200D");
    NOT_OPAQUE("\u0915\u200D\u0937");
    NOT_OPAQUE("\u200D");
    NOT_OPAQUE("\u200C");
    OPAQUE_STAYS("\u0628\u200C\u0628");                   /* D, D */
    OPAQUE_STAYS("\u0628\u200C\u0627");                   /* D, R */
    OPAQUE_STAYS("\uA872\u200C\u0628");                   /* L, D */
    OPAQUE_STAYS("\u0628\u0324\u0610\u200C\u0610\u0627"); /* D, T, T, T, R */
    NOT_OPAQUE("\u0627\u200C\u0628");                     /* R, D */
    NOT_OPAQUE("\u0628\u200C\uA872");                     /* D, L */
    NOT_OPAQUE("\u0628\u200C");
    NOT_OPAQUE("\u0628\u200C\u0610");
    NOT_OPAQUE("\u200C\u0628");
    NOT_OPAQUE("\u0610\u200C\u0628");
    NOT_OPAQUE("a\u200C\u0628");
    NOT_OPAQUE("\u0628a\u200C\u0628");
    NOT_OPAQUE("\u0628\u200D\u0628");
}

/* RFC 5892 appendix A.3 to A.9. */
TEST(some_characters_need_company)
{
    OPAQUE_STAYS("paral\u00B7lel");
    NOT_OPAQUE("l\u00B7L");
    NOT_OPAQUE("L\u00B7l");
    NOT_OPAQUE("l\u00B7");
    NOT_OPAQUE("\u00B7l");
    OPAQUE_STAYS("\u0375\u03B1");
    NOT_OPAQUE("\u03B1\u0375");
    NOT_OPAQUE("\u0375a");
    OPAQUE_STAYS("\u05D0\u05F3\u05D0\u05F4");
    NOT_OPAQUE("\u05F3\u05D0");
    NOT_OPAQUE("\u05F4");
    NOT_OPAQUE("a\u05F4");
    OPAQUE_STAYS("\u30FB\u3042");
    OPAQUE_STAYS("\u30A2\u30FB");
    OPAQUE_STAYS("a\u30FB\u30FBb\u4E00");
    NOT_OPAQUE("a\u30FBb");
    NOT_OPAQUE("\u30FB");
    OPAQUE_STAYS("7\u0660\u0669");
    OPAQUE_STAYS("7\u06F0\u06F9");
    NOT_OPAQUE("\u0660\u06F9");
    NOT_OPAQUE("\u06F0 \u0669");
}

/* Composed, a text may have what it had not before: in the first, U+0387 becomes U+00B7; in the last,
 * the virama is no longer right before the joiner. */
TEST(what_composition_makes_is_checked_too)
{
    NOT_OPAQUE("\u0387");
    OPAQUE("l\u0387l", "l\u00B7l");
    NOT_OPAQUE("\u0915\u0951\u094D\u200D");
}

TEST(long_text)
{
    uint8_t text[SRFLX_PREPARE_LONGEST + 4];
    struct srflx_view view = {text, SRFLX_PREPARE_LONGEST};
    size_t i;

    for (i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\u00E9", 2);
    check_once(srflx_prepare_opaque, view, view);
    view.len += 2;
    check_refuses(srflx_prepare_opaque, view, 2048, SRFLX_ERROR_LONG);
    for (i = 0; i < sizeof text;
         i += 2) /* decomposes into as many code points as there are bytes */
        memcpy(text + i, "\u0344", 2);
    view.len = SRFLX_PREPARE_LONGEST;
    check_refuses(srflx_prepare_opaque, view, 2048, SRFLX_ERROR_LONG);
    for (i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "\U0001D160", 4);
    check_refuses(srflx_prepare_opaque, view, 2048, SRFLX_ERROR_LONG);
}

/* As syllables they would be composed, and allowed. spec: R8265-4.2.2-05 */
TEST(the_check_comes_before_composition)
{
    NOT_OPAQUE("\u1100\u1161");
    OPAQUE_STAYS("\uAC00");
}

/* Applied again, nothing changes and nothing is refused (RFC 8265 section 5). */
TEST(every_character_is_stable)
{
    check_stable(srflx_prepare_opaque);
}

RUN(TEST_OF(examples_of_rfc_8265), TEST_OF(credentials_of_rfc_5769),
    TEST_OF(spaces_of_all_kinds_become_one),
    TEST_OF(neither_width_nor_case_nor_compatibility_forms_change), TEST_OF(text_is_composed),
    TEST_OF(letters_numbers_symbols_and_punctuation_are_allowed), TEST_OF(all_else_is_refused),
    TEST_OF(joiners_join), TEST_OF(some_characters_need_company),
    TEST_OF(what_composition_makes_is_checked_too), TEST_OF(the_check_comes_before_composition),
    TEST_OF(long_text), TEST_OF(every_character_is_stable))
