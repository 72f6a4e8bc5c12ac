/* What srflx_dissect says of the vectors: an unusable value exactly where their descriptions say
 * so, and of any piece of them, that it can be taken exactly if srflx_message_parse() takes it. */
#include "exact.h"
#include "vector.h"

#include <srflx/dissect.h>

#include <jansson.h>

#include "check.h"

/* Values that are unusable, of which the descriptions say something else. */
static const struct {
    const char *id, *reason;
} exceptions[] = {
    {"computed-bad-sha256-len0", "described as a HMAC of illegal length"},
    {"computed-bad-sha256-len8", "described as a HMAC of illegal length"},
    {"computed-bad-sha256-len12", "described as a HMAC of illegal length"},
    {"computed-bad-sha256-len18", "described as a HMAC of illegal length"},
    {"computed-bad-sha256-len36", "described as a HMAC of illegal length"},
    {"malformed-fingerprint-len0", "described as a wrong FINGERPRINT"},
};

static bool is_exception(const char *id)
{
    size_t i;

    for (i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (!strcmp(exceptions[i].id, id)) return true;
    return false;
}

static bool is_described_as_bad_value(const struct vector *v)
{
    char path[VECTOR_PATH];
    json_error_t error;
    json_t *description;
    const char *reason;
    bool bad;

    vector_path(path, v->id, ".json");
    description = json_load_file(path, 0, &error);
    if (!description) FAIL("%s: %s", path, error.text);
    reason = json_string_value(json_object_get(description, "reject_reason"));
    bad = reason && !strcmp(reason, "bad-value");
    json_decref(description);
    return bad;
}

static uint32_t fatal_problems(void)
{
    uint32_t fatal = 0;
    unsigned problem;

    for (problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++)
        if (srflx_problem_is_fatal(problem)) fatal |= (uint32_t)1 << problem;
    return fatal;
}

/* All problems of the bytes, of which the facts must cover each once, in order. */
static uint32_t problems_of(struct srflx_view bytes)
{
    struct srflx_dissection d;
    struct srflx_fact fact;
    uint32_t problems = 0;
    size_t next = 0;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        CHECK_INT(fact.offset, next);
        CHECK(fact.len > 0 || !bytes.len);
        next += fact.len;
        problems |= fact.problems;
    }
    CHECK_INT(next, bytes.len);
    return problems;
}

static unsigned bad_values, excepted;

static void check_bad_value(const struct vector *v)
{
    bool found = problems_of(v->bytes) >> SRFLX_PROBLEM_VALUE & 1;
    bool described = is_described_as_bad_value(v);

    bad_values += found && described;
    excepted += found && !described && is_exception(v->id);
    if (found != (described || is_exception(v->id)))
        FAIL("%s: %s", v->id, found ? "an unusable value" : "no unusable value");
}

/* spec: R8489-14.1-01 R8489-14.2-02 R8489-14.8-02 R8489-14.13-01 */
TEST(values_are_unusable_where_the_vectors_say_so)
{
    CHECK_INT(vector_for_each(check_bad_value), VECTOR_COUNT);
    CHECK_INT(excepted, sizeof exceptions / sizeof exceptions[0]);
    CHECK_INT(bad_values, 18);
}

static struct exact room;
static unsigned taken, not_taken;

static void check_agreement(struct srflx_view bytes)
{
    bool sound = !(problems_of(bytes) & fatal_problems());
    struct srflx_message m;
    bool parses = !srflx_message_parse(bytes, &m) && m.fingerprint != SRFLX_FINGERPRINT_WRONG;

    CHECK_INT(sound, parses);
    if (sound)
        taken++;
    else
        not_taken++;
}

static void check_pieces(const struct vector *v)
{
    size_t len;

    for (len = 0; len <= v->bytes.len; len++) {
        struct srflx_view piece = {v->bytes.ptr, len};
        check_agreement(exact_copy(&room, piece));
    }
}

TEST(dissect_and_parse_agree_about_every_piece)
{
    exact_init(&room, sizeof(struct vector));
    CHECK_INT(vector_for_each(check_pieces), VECTOR_COUNT);
    /* All sound vectors, and the message before the trailing bytes of malformed-trailing-bytes. */
    CHECK_INT(taken, 117);
    CHECK(not_taken > 10000);
}

/* Bit by bit, apart from the library's. */
static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    size_t i;
    int bit;

    for (i = 0; i < len; i++)
        for (crc ^= bytes[i], bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    return ~crc;
}

/* spec: R8489-14.7-02 R8489-14.7-03 R8489-14.7-04 */
TEST(a_right_checksum_must_be_the_last_attribute)
{
    uint8_t bytes[36] = {0, 1, 0,           16,   0x21, 0x12, 0xA4, 0x42, [20] = 0x80, 0x28,
                         0, 4, [28] = 0x80, 0x22, 0,    4,    's',  'r',  'f',         'l'};
    uint32_t crc = crc32_of(bytes, 20) ^ 0x5354554E;
    struct srflx_message m;
    unsigned i;

    for (i = 0; i < 4; i++)
        bytes[24 + i] = (uint8_t)(crc >> (24 - 8 * i));
    CHECK_INT(problems_of((struct srflx_view){bytes, 36}),
              1u << SRFLX_PROBLEM_FINGERPRINT_NOT_LAST);
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, 36}, &m), 0);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_WRONG);
}

RUN(TEST_OF(values_are_unusable_where_the_vectors_say_so),
    TEST_OF(dissect_and_parse_agree_about_every_piece),
    TEST_OF(a_right_checksum_must_be_the_last_attribute))
