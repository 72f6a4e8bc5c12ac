#include <srflx/error.h>

#include <srflx/base64.h>

#include "check.h"

enum { LONGEST = 66 };

static const enum srflx_base64 forms[] = {SRFLX_BASE64_BARE, SRFLX_BASE64_PADDED};

static void check_both_ways(enum srflx_base64 form, struct srflx_view bytes,
                            struct srflx_view letters)
{
    uint8_t encoded[SRFLX_BASE64_LETTERS(LONGEST)], decoded[LONGEST + 1];
    size_t len = 99;

    CHECK_INT(srflx_base64_encode(form, bytes, encoded), letters.len);
    CHECK_MEM(encoded, letters.ptr, letters.len);
    CHECK_INT(srflx_base64_decode(form, letters, decoded, bytes.len, &len), 0);
    CHECK_INT(len, bytes.len);
    CHECK_MEM(decoded, bytes.ptr, bytes.len);
}

/* RFC 4648 section 10. */
TEST(speaks_the_vectors)
{
    static const struct {
        struct srflx_view bytes, letters;
        size_t padding;
    } cases[] = {
        {VIEW(""), VIEW(""), 0},
        {VIEW("f"), VIEW("Zg=="), 2},
        {VIEW("fo"), VIEW("Zm8="), 1},
        {VIEW("foo"), VIEW("Zm9v"), 0},
        {VIEW("foob"), VIEW("Zm9vYg=="), 2},
        {VIEW("fooba"), VIEW("Zm9vYmE="), 1},
        {VIEW("foobar"), VIEW("Zm9vYmFy"), 0},
        {VIEW("\x14\xFB\x9C\x03\xD9\x7E"), VIEW("FPucA9l+"), 0},
        {VIEW("\xFF\xFE\xFF"), VIEW("//7/"), 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct srflx_view bare = cases[i].letters;
        check_both_ways(SRFLX_BASE64_PADDED, cases[i].bytes, bare);
        bare.len -= cases[i].padding;
        check_both_ways(SRFLX_BASE64_BARE, cases[i].bytes, bare);
    }
}

TEST(undoes_every_length)
{
    uint8_t bytes[LONGEST], letters[SRFLX_BASE64_LETTERS(LONGEST)];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(37 * i + 11);
    for (size_t form = 0; form < 2; form++)
        for (size_t len = 0; len <= sizeof bytes; len++) {
            const size_t count =
                srflx_base64_encode(forms[form], (struct srflx_view){bytes, len}, letters);
            CHECK_INT(count, form ? SRFLX_BASE64_LETTERS(len) : (len * 4 + 2) / 3);
            CHECK(SRFLX_BASE64_BYTES(count) >= len);
            check_both_ways(forms[form], (struct srflx_view){bytes, len},
                            (struct srflx_view){letters, count});
        }
}

/* 1 if these letters are taken, and then they must be what encode makes. */
static unsigned taken(enum srflx_base64 form, const uint8_t *letters, size_t count)
{
    uint8_t bytes[3] = {0xEE, 0xEE, 0xEE}, again[4];
    size_t len = 99;
    int error =
        srflx_base64_decode(form, (struct srflx_view){letters, count}, bytes, sizeof bytes, &len);

    if (error) {
        CHECK_INT(error, SRFLX_ERROR_VALUE);
        CHECK(len == 99 && bytes[0] == 0xEE && bytes[1] == 0xEE && bytes[2] == 0xEE);
        return 0;
    }
    CHECK_INT(srflx_base64_encode(form, (struct srflx_view){bytes, len}, again), count);
    CHECK_MEM(again, letters, count);
    return 1;
}

/* Bytes of all values in all places: what is taken is as many texts as there are bytes to say, so
 * nothing can be said in two ways. */
TEST(takes_one_text_for_one_value)
{
    unsigned one = 0, two = 0, two_padded = 0, three = 0, three_padded = 0, four = 0;
    uint8_t t[4];

    for (unsigned value = 0; value < 65536; value++) {
        memcpy(t, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value, '=', '='}, 4);
        two += taken(SRFLX_BASE64_BARE, t, 2);
        two_padded += taken(SRFLX_BASE64_PADDED, t, 4);
        memcpy(t, (uint8_t[]){'A', t[0], t[1], '='}, 4);
        three += taken(SRFLX_BASE64_BARE, t, 3);
        three_padded += taken(SRFLX_BASE64_PADDED, t, 4);
        memcpy(t, (uint8_t[]){'A', 'z', t[1], t[2]}, 4);
        four += taken(SRFLX_BASE64_BARE, t, 4);
        one += taken(SRFLX_BASE64_BARE, t + 2, 1);
    }
    CHECK_INT(one, 0);
    CHECK_INT(two, 256);
    CHECK_INT(two_padded, 256);
    CHECK_INT(three, 64 * 16);
    CHECK_INT(three_padded, 64 * 16 + 4); /* and A?==, two letters */
    CHECK_INT(four, 64 * 64);
}

TEST(refuses_what_encode_does_not_write)
{
    static const struct srflx_view bare[] = {VIEW("A"),     VIEW("AAAAA"), VIEW("Zg=="),
                                             VIEW("Zm8="),  VIEW("Zh"),    VIEW("Zm9"),
                                             VIEW("Zm 9v"), VIEW("Zm9v\n")};
    static const struct srflx_view padded[] = {
        VIEW("="),    VIEW("=="),   VIEW("===="),     VIEW("A==="),     VIEW("Zg="),
        VIEW("Zg"),   VIEW("Zm8"),  VIEW("Zh=="),     VIEW("Zm9="),     VIEW("Zm9v===="),
        VIEW("Z=g="), VIEW("Zg=A"), VIEW("Zg==Zg=="), VIEW("Zm9v\r\n"), VIEW("Zm-_"),
    };

    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        uint8_t bytes[9];
        size_t len;
        CHECK_INT(srflx_base64_decode(SRFLX_BASE64_BARE, bare[i], bytes, sizeof bytes, &len),
                  SRFLX_ERROR_VALUE);
    }
    for (size_t i = 0; i < sizeof padded / sizeof padded[0]; i++) {
        uint8_t bytes[9];
        size_t len;
        CHECK_INT(srflx_base64_decode(SRFLX_BASE64_PADDED, padded[i], bytes, sizeof bytes, &len),
                  SRFLX_ERROR_VALUE);
    }
}

TEST(stays_within_its_room)
{
    for (size_t count = 2; count <= 12; count++) {
        uint8_t letters[12], bytes[9];
        const size_t need = count * 3 / 4;
        size_t len = 99;
        if (count % 4 == 1) continue;
        memset(letters, 'A', sizeof letters);
        memset(bytes, 0xEE, sizeof bytes);
        CHECK_INT(srflx_base64_decode(SRFLX_BASE64_BARE, (struct srflx_view){letters, count}, bytes,
                                      need - 1, &len),
                  SRFLX_ERROR_SPACE);
        CHECK(len == 99 && bytes[0] == 0xEE);
        CHECK_INT(srflx_base64_decode(SRFLX_BASE64_BARE, (struct srflx_view){letters, count}, bytes,
                                      need, &len),
                  0);
        CHECK(len == need && bytes[need - 1] == 0 && (need == 9 || bytes[need] == 0xEE));
    }
}

RUN(TEST_OF(speaks_the_vectors), TEST_OF(undoes_every_length),
    TEST_OF(takes_one_text_for_one_value), TEST_OF(refuses_what_encode_does_not_write),
    TEST_OF(stays_within_its_room))
