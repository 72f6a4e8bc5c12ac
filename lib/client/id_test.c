#include "check.h"

#include <srflx/transaction.h>

/* Plays back bytes, and counts how many were asked for. */
struct tape {
    const uint8_t *next;
    size_t used;
};

static void play(void *user, uint8_t *ret_bytes, size_t len)
{
    struct tape *tape = user;

    memcpy(ret_bytes, tape->next, len);
    tape->next += len;
    tape->used += len;
}

/* spec: R8489-5-06 R8489-5-07 R8489-6.1-11 R5389-6-02 */
TEST(current_id_is_the_cookie_and_96_bits_of_the_source)
{
    struct tape tape = {(const uint8_t *)"abcdefghijklmnop", 0};
    struct srflx_id id;

    srflx_id_draw(play, &tape, false, &id);
    CHECK_MEM(id.bytes,
              "\x21\x12\xa4\x42"
              "abcdefghijkl",
              16);
    CHECK_INT(tape.used, 12);
}

/* spec: R8489-5-07 R5389-6-02 R8489-5-10 */
TEST(each_id_is_drawn_anew)
{
    struct tape tape = {(const uint8_t *)"abcdefghijklmnopqrstuvwx", 0};
    struct srflx_id first, second;

    srflx_id_draw(play, &tape, false, &first);
    srflx_id_draw(play, &tape, false, &second);
    CHECK_MEM(second.bytes,
              "\x21\x12\xa4\x42"
              "mnopqrstuvwx",
              16);
    CHECK(memcmp(first.bytes, second.bytes, 16) != 0);
}

/* spec: R3489-9.3-01 R3489-9.3-02 */
TEST(classic_id_is_128_bits_of_the_source)
{
    struct tape tape = {(const uint8_t *)"abcdefghijklmnop", 0};
    struct srflx_id id;

    srflx_id_draw(play, &tape, true, &id);
    CHECK_MEM(id.bytes, "abcdefghijklmnop", 16);
    CHECK_INT(tape.used, 16);
}

TEST(classic_id_that_begins_with_the_cookie_is_drawn_again)
{
    struct tape tape = {(const uint8_t *)"\x21\x12\xa4\x42"
                                         "aaaaaaaaaaaa"
                                         "\x21\x12\xa4\x42"
                                         "bbbbbbbbbbbb"
                                         "\x21\x12\xa4\x43"
                                         "cccccccccccc",
                        0};
    struct srflx_id id;

    srflx_id_draw(play, &tape, true, &id);
    CHECK_MEM(id.bytes,
              "\x21\x12\xa4\x43"
              "cccccccccccc",
              16);
    CHECK_INT(tape.used, 48);
}

RUN(TEST_OF(current_id_is_the_cookie_and_96_bits_of_the_source), TEST_OF(each_id_is_drawn_anew),
    TEST_OF(classic_id_is_128_bits_of_the_source),
    TEST_OF(classic_id_that_begins_with_the_cookie_is_drawn_again))
