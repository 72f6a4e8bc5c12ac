#include <srflx/dissect.h>
#include <srflx/error.h>

#include <stdlib.h>

#include "check.h"

#define ID 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, ID
#define CLASSIC_ID 0xa1, 0xb2, 0xc3, 0xd4, ID
#define P(name) (1u << SRFLX_PROBLEM_##name)

/* The attribute facts and rests of a message, in order; the three facts of its header are checked
 * and left out. */
struct parts {
    struct srflx_fact facts[8];
    size_t count;
    uint32_t problems; /* all of them */
};

static struct parts take_apart(struct srflx_view bytes)
{
    struct parts parts = {.count = 0};
    struct srflx_dissection d;
    struct srflx_fact fact;
    size_t next = 0;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        CHECK_INT(fact.offset, next);
        next += fact.len;
        parts.problems |= fact.problems;
        if (fact.kind < SRFLX_FACT_ATTRIBUTE) continue;
        CHECK(parts.count < 8);
        parts.facts[parts.count++] = fact;
    }
    CHECK_INT(next, bytes.len);
    return parts;
}

#define PARTS(...) \
    take_apart(    \
        (struct srflx_view){(const uint8_t[])__VA_ARGS__, sizeof((const uint8_t[])__VA_ARGS__)})

TEST(tells_the_header)
{
    static const uint8_t bytes[20] = {0, 1, 0, 0, COOKIE_ID};
    struct srflx_dissection d;
    struct srflx_fact fact;

    srflx_dissect_begin(&d, (struct srflx_view){bytes, sizeof bytes});
    CHECK(srflx_dissect_next(&d, &fact));
    CHECK_INT(fact.kind, SRFLX_FACT_TYPE);
    CHECK_INT(fact.type, 0x0001);
    CHECK(srflx_dissect_next(&d, &fact));
    CHECK_INT(fact.kind, SRFLX_FACT_LENGTH);
    CHECK_INT(fact.stated_len, 0);
    CHECK(srflx_dissect_next(&d, &fact));
    CHECK_INT(fact.kind, SRFLX_FACT_ID);
    CHECK_INT(fact.len, 16);
    CHECK(!srflx_dissect_next(&d, &fact));
}

TEST(tells_attributes_with_row_and_value)
{
    struct parts parts =
        PARTS({1,    1,    0,    24,   COOKIE_ID, 0, 0x20, 0,   8, 0, 1,    0xa1, 0x47, 0xe1, 0x12,
               0xa6, 0x43, 0x80, 0x22, 0,         2, 'o',  'k', 0, 0, 0xC0, 0x71, 0,    0});

    CHECK_INT(parts.count, 3);
    CHECK_STR(parts.facts[0].row->name, "XOR-MAPPED-ADDRESS");
    CHECK_INT(parts.facts[0].value.addr.port, 32853);
    CHECK_INT(parts.facts[1].offset, 32);
    CHECK_INT(parts.facts[1].len, 8);
    CHECK_BYTES(parts.facts[1].bytes, {'o', 'k'});
    CHECK_NULL(parts.facts[2].row);
    CHECK_INT(parts.facts[2].value.shape, SRFLX_SHAPE_BYTES);
    CHECK_INT(parts.problems, 0);
}

TEST(explains_what_is_no_message)
{
    CHECK_INT(take_apart(VIEW("")).problems, P(SHORT));
    CHECK_INT(take_apart(VIEW("")).count, 1);
    CHECK_INT(take_apart(VIEW("stun")).problems, P(SHORT));
    CHECK_INT(PARTS({0x80, 1, 0, 0, COOKIE_ID}).problems, P(TOP_BITS));
    CHECK_INT(PARTS({0, 1, 0, 4, COOKIE_ID}).problems, P(LENGTH_BEYOND));
    CHECK_INT(PARTS({0, 1, 0, 0, COOKIE_ID, 1, 2}).problems, P(TRAILING));
    CHECK_INT(PARTS({0, 1, 0, 2, COOKIE_ID, 1, 2}).problems, P(LENGTH_ALIGN) | P(CUT_HEADER));
    CHECK_INT(PARTS({0, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 5, 1, 2, 3, 4}).problems, P(OVERRUN));
}

TEST(shows_what_is_left_of_a_cut_attribute)
{
    struct parts parts = PARTS({0, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 9, 1, 2, 3, 4});

    CHECK_INT(parts.count, 1);
    CHECK_INT(parts.facts[0].stated_len, 9);
    CHECK_BYTES(parts.facts[0].bytes, {1, 2, 3, 4});
    CHECK_STR(parts.facts[0].row->name, "SOFTWARE");
}

TEST(explains_attributes)
{
    struct parts parts =
        PARTS({0, 1, 0, 36, COOKIE_ID, 0, 0x24, 0, 2,    1,    2, 0, 9, 0, 3, 0, 4, 0,    0, 0, 0,
               0, 3, 0, 4,  0,         0, 0,    0, 0x7F, 0xFF, 0, 0, 0, 8, 0, 0, 0, 0x14, 0, 0});

    CHECK_INT(parts.count, 6);
    CHECK_INT(parts.facts[0].problems, P(VALUE) | P(PADDING));
    CHECK_INT(parts.facts[1].problems, 0);
    CHECK_INT(parts.facts[2].problems, P(REPEATED));
    CHECK_INT(parts.facts[3].problems, P(UNKNOWN_REQUIRED));
    CHECK_INT(parts.facts[4].problems, P(VALUE));
    CHECK_INT(parts.facts[5].problems, P(HIDDEN));
}

TEST(explains_fingerprint)
{
    CHECK_INT(PARTS({0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02}).problems, 0);
    CHECK_INT(PARTS({0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x03}).problems,
              P(FINGERPRINT_WRONG));
    CHECK_INT(
        PARTS({0, 1, 0, 12, COOKIE_ID, 0x80, 0x28, 0, 4, 0, 0, 0, 0, 0x80, 0x22, 0, 0}).problems,
        P(FINGERPRINT_WRONG) | P(FINGERPRINT_NOT_LAST));
    CHECK_INT(PARTS({0, 1, 0, 4, COOKIE_ID, 0x80, 0x28, 0, 0}).problems,
              P(FINGERPRINT_LENGTH) | P(FINGERPRINT_NOT_LAST) | P(VALUE));
    CHECK_INT(PARTS({0, 1, 0, 8, CLASSIC_ID, 0x80, 0x28, 0, 4, 0, 0, 0, 0}).problems, 0);
}

TEST(reads_rfc_3489_in_its_form)
{
    struct parts parts =
        PARTS({0, 1, 0, 12, CLASSIC_ID, 0, 6, 0, 3, 'a', 'b', 'c', 0, 0, 0x20, 0, 0});

    CHECK_INT(parts.count, 2);
    CHECK_INT(parts.facts[0].problems, P(NO_PADDING));
    CHECK_INT(parts.facts[1].problems, P(UNKNOWN_REQUIRED));
}

TEST(every_problem_has_name_and_text)
{
#define CHECK_PROBLEM(name, fatal, text)                        \
    CHECK_STR(srflx_problem_name(SRFLX_PROBLEM_##name), #name); \
    CHECK_STR(srflx_problem_text(SRFLX_PROBLEM_##name), text);  \
    CHECK_INT(srflx_problem_is_fatal(SRFLX_PROBLEM_##name), fatal);
    SRFLX_PROBLEM_MAP(CHECK_PROBLEM)
#undef CHECK_PROBLEM
}

static bool is_fatal(uint32_t problems)
{
    unsigned problem;

    for (problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++)
        if (problems >> problem & 1 && srflx_problem_is_fatal(problem)) return true;
    return false;
}

/* 200,000 byte strings, half of them near to messages: what the dissector calls fatal is what the
 * parser refuses, and every byte is covered once. */
TEST(agrees_with_the_parser)
{
    uint32_t seed = 1;
    size_t round, i;

    for (round = 0; round < 200000; round++) {
        uint8_t bytes[64] = {0, 1, 0, 0, COOKIE_ID};
        struct srflx_dissection d;
        struct srflx_message m;
        struct srflx_fact fact;
        struct srflx_view view = {bytes, 0};
        uint32_t problems = 0;
        size_t next = 0;

        for (i = 20; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 30 ? seed >> 28 & 3 : seed >> 20);
        }
        view.len = seed >> 8 & 0x3F;
        bytes[3] = (uint8_t)(view.len >= 20 && seed & 0x80000000 ? view.len - 20 : seed >> 14);
        if (!(seed >> 9 & 7)) bytes[seed >> 12 & 7] ^= (uint8_t)(seed >> 16);
        srflx_dissect_begin(&d, view);
        while (srflx_dissect_next(&d, &fact)) {
            CHECK_INT(fact.offset, next);
            next += fact.len;
            problems |= fact.problems;
        }
        CHECK_INT(next, view.len);
        CHECK_INT(is_fatal(problems),
                  srflx_message_parse(view, &m) || m.fingerprint == SRFLX_FINGERPRINT_WRONG);
    }
}

RUN(TEST_OF(tells_the_header), TEST_OF(tells_attributes_with_row_and_value),
    TEST_OF(explains_what_is_no_message), TEST_OF(shows_what_is_left_of_a_cut_attribute),
    TEST_OF(explains_attributes), TEST_OF(explains_fingerprint),
    TEST_OF(reads_rfc_3489_in_its_form), TEST_OF(every_problem_has_name_and_text),
    TEST_OF(agrees_with_the_parser))
