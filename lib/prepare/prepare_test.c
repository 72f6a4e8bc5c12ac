/* What needs no Unicode library: ASCII, and what is refused before anybody looks at characters. */
#include "prepare_fixture.h"

#include <stdlib.h>

static prepare_fn *const profiles[] = {srflx_prepare_opaque, stored, query};
enum { PROFILES = sizeof profiles / sizeof profiles[0] };

TEST(ascii_stays_as_it_is)
{
    size_t i;

    for (i = 0; i < PROFILES; i++) {
        STAYS(profiles[i], "a");
        STAYS(profiles[i], " VOkJxbRl1RmTxUk/WvJxBt ");
        STAYS(profiles[i], "!\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~");
    }
}

TEST(every_control_is_refused)
{
    uint8_t text[3] = "a_b";
    size_t i;
    uint8_t byte;

    for (i = 0; i < PROFILES; i++) {
        for (byte = 0; byte < 0x20; byte++) {
            text[1] = byte;
            check_refuses(profiles[i], (struct srflx_view){text, 3}, 3, SRFLX_ERROR_CHARACTER);
        }
        REFUSES(profiles[i], "\x7F", CHARACTER);
    }
}

/* spec: R8265-4.1-01 */
TEST(nothing_is_refused)
{
    size_t i;

    for (i = 0; i < PROFILES; i++) {
        REFUSES(profiles[i], "", EMPTY);
        check_refuses(profiles[i], (struct srflx_view){NULL, 0}, 0, SRFLX_ERROR_EMPTY);
    }
}

/* RFC 3629 sections 3 and 4: overlong forms, surrogates, beyond U+10FFFF, cut off, stray bytes. */
TEST(other_encodings_are_refused)
{
    size_t i;

    for (i = 0; i < PROFILES; i++) {
        REFUSES(profiles[i], "a\xC0\x80", UTF8);
        REFUSES(profiles[i], "\xE0\x80\xA0", UTF8);
        REFUSES(profiles[i], "\xF0\x82\x82\xAC", UTF8);
        REFUSES(profiles[i], "\xED\xA0\x80", UTF8);
        REFUSES(profiles[i], "\xED\xA0\xBD\xED\xB8\x80", UTF8);
        REFUSES(profiles[i], "\xED\xBF\xBF", UTF8);
        REFUSES(profiles[i], "\xF4\x90\x80\x80", UTF8);
        REFUSES(profiles[i], "caf\xE9", UTF8);
        REFUSES(profiles[i], "caf\xC3", UTF8);
        REFUSES(profiles[i], "\x80", UTF8);
    }
}

/* A mebibyte of ASCII is copied, and one of anything else is not even read. */
TEST(only_text_beyond_ascii_has_a_limit)
{
    enum { LONG = 1 << 20 };
    uint8_t *text = malloc(LONG), *buf = malloc(LONG);
    struct srflx_view prepared;
    size_t i;

    for (i = 0; i < PROFILES; i++) {
        memset(text, 'a', LONG);
        CHECK_INT(profiles[i]((struct srflx_view){text, LONG}, buf, LONG, &prepared), 0);
        CHECK_INT(prepared.len, LONG);
        CHECK_MEM(buf, text, LONG);
        text[LONG - 1] = 0xFF;
        check_refuses(profiles[i], (struct srflx_view){text, LONG}, 2048, SRFLX_ERROR_LONG);
        text[SRFLX_PREPARE_LONGEST - 1] = 0xFF;
        check_refuses(profiles[i], (struct srflx_view){text, SRFLX_PREPARE_LONGEST}, 2048,
                      SRFLX_ERROR_UTF8);
    }
    free(buf);
    free(text);
}

TEST(the_result_may_lie_over_the_text)
{
    uint8_t bytes[] = "_password";
    struct srflx_view prepared;

    CHECK_INT(srflx_prepare_opaque((struct srflx_view){bytes + 1, 8}, bytes, 8, &prepared), 0);
    CHECK_MEM(bytes, "passwordd", 9);
}

TEST(there_are_two_uses)
{
    uint8_t buf[4];
    struct srflx_view prepared;

    CHECK_INT(srflx_prepare_saslprep(VIEW("a"), (enum srflx_prepare_use)2, buf, 4, &prepared),
              SRFLX_ERROR_ARGUMENT);
}

RUN(TEST_OF(ascii_stays_as_it_is), TEST_OF(every_control_is_refused), TEST_OF(nothing_is_refused),
    TEST_OF(other_encodings_are_refused), TEST_OF(only_text_beyond_ascii_has_a_limit),
    TEST_OF(the_result_may_lie_over_the_text), TEST_OF(there_are_two_uses))
