#include <srflx/frame.h>

#include "check.h"

#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

/* Three messages of 20, 28 and 24 bytes, one behind the other. */
static const uint8_t stream[72] = {
    0, 1, 0, 0, COOKIE_ID,                                       /**/
    0, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 4, 'a', 'b', 'c', 'd', /**/
    0, 1, 0, 4, COOKIE_ID, 0x80, 0x22, 0, 0,
};
static const size_t sizes[] = {20, 28, 24};

/* Feeds the stream in pieces cut at two places and checks the messages. */
static void check_split(size_t first, size_t second)
{
    const size_t cuts[] = {0, first, second, sizeof stream};
    struct srflx_framer f;
    uint8_t buf[64];
    size_t piece, count = 0, offset = 0;

    srflx_framer_init(&f, buf, sizeof buf);
    for (piece = 0; piece < 3; piece++) {
        struct srflx_view input = {stream + cuts[piece], cuts[piece + 1] - cuts[piece]};
        struct srflx_view message;
        int got;
        while ((got = srflx_framer_next(&f, &input, &message)) == 1) {
            CHECK(count < 3);
            CHECK_INT(message.len, sizes[count]);
            CHECK_MEM(message.ptr, stream + offset, message.len);
            offset += sizes[count++];
        }
        CHECK_INT(got, 0);
        CHECK_INT(input.len, 0);
    }
    CHECK_INT(count, 3);
    CHECK_INT(f.have, 0);
}

/* spec: R8489-6.2.2-03 */
TEST(takes_bytes_in_any_split)
{
    size_t first, second;

    for (first = 0; first <= sizeof stream; first++)
        for (second = first; second <= sizeof stream; second++)
            check_split(first, second);
}

TEST(takes_single_bytes)
{
    struct srflx_framer f;
    uint8_t buf[28];
    size_t i, count = 0;

    srflx_framer_init(&f, buf, sizeof buf);
    for (i = 0; i < sizeof stream; i++) {
        struct srflx_view input = {stream + i, 1}, message;
        if (srflx_framer_next(&f, &input, &message) != 1) continue;
        CHECK_INT(message.len, sizes[count]);
        count++;
    }
    CHECK_INT(count, 3);
}

/* A message in one piece is not copied. */
TEST(hands_out_the_input_where_it_can)
{
    struct srflx_view input = {stream, sizeof stream}, message;
    struct srflx_framer f;
    uint8_t buf[28];

    srflx_framer_init(&f, buf, sizeof buf);
    CHECK_INT(srflx_framer_next(&f, &input, &message), 1);
    CHECK(message.ptr == stream);
    CHECK_INT(srflx_framer_next(&f, &input, &message), 1);
    CHECK(message.ptr == stream + 20);
}

/* The 28 bytes do not fit into 24; what follows does. Cut everywhere. */
TEST(skips_what_is_too_long)
{
    size_t cut;

    for (cut = 0; cut <= sizeof stream; cut++) {
        struct srflx_view pieces[2] = {{stream, cut}, {stream + cut, sizeof stream - cut}};
        struct srflx_framer f;
        struct srflx_view message;
        uint8_t buf[24];
        size_t count = 0, i;
        srflx_framer_init(&f, buf, sizeof buf);
        for (i = 0; i < 2; i++)
            while (srflx_framer_next(&f, &pieces[i], &message) == 1)
                CHECK_INT(message.len, sizes[2 * count++]);
        CHECK_INT(count, 2);
        CHECK_INT(f.skipped, 1);
    }
}

/* spec: R8489-6.3-01 R8489-5-14 */
TEST(says_when_the_boundary_is_lost)
{
    static const uint8_t top_bits[24] = {0x40, 1, 0, 0};
    static const uint8_t odd[24] = {0, 1, 0, 2};
    size_t cut;

    for (cut = 0; cut <= 24; cut++) {
        struct srflx_view first = {top_bits, cut}, then = {top_bits + cut, 24 - cut}, message;
        struct srflx_view other = {odd, sizeof odd};
        struct srflx_framer f, g;
        uint8_t buf[32];
        srflx_framer_init(&f, buf, sizeof buf);
        srflx_framer_init(&g, buf, sizeof buf);
        CHECK_INT(srflx_framer_next(&f, &first, &message), cut < 4 ? 0 : SRFLX_ERROR_TOP_BITS);
        CHECK_INT(srflx_framer_next(&f, &then, &message), SRFLX_ERROR_TOP_BITS);
        CHECK_INT(srflx_framer_next(&g, &other, &message), SRFLX_ERROR_LENGTH_ALIGN);
        first.len = 0;
        CHECK_INT(srflx_framer_next(&g, &first, &message), SRFLX_ERROR_LENGTH_ALIGN);
    }
}

RUN(TEST_OF(takes_bytes_in_any_split), TEST_OF(takes_single_bytes),
    TEST_OF(hands_out_the_input_where_it_can), TEST_OF(skips_what_is_too_long),
    TEST_OF(says_when_the_boundary_is_lost))
