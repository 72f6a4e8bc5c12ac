#include <srflx/error.h>
#include <srflx/message.h>

#include "check.h"

#define ID 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, ID
#define CLASSIC_ID 0xa1, 0xb2, 0xc3, 0xd4, ID

#define PARSE(m, ...)                               \
    static const uint8_t m##_bytes[] = __VA_ARGS__; \
    struct srflx_message m;                         \
    CHECK_INT(srflx_message_parse((struct srflx_view){m##_bytes, sizeof m##_bytes}, &m), 0)

static int parse_result(const uint8_t *bytes, size_t len)
{
    struct srflx_message m;

    return srflx_message_parse((struct srflx_view){bytes, len}, &m);
}

/* spec: R8489-5-01 R8489-5-15 R8489-5-05 R5389-6-01 */
TEST(reads_an_empty_request)
{
    struct srflx_id id;
    static const uint8_t want_id[] = {COOKIE_ID};
    PARSE(m, {0x00, 0x01, 0x00, 0x00, COOKIE_ID});

    CHECK_INT(m.type, 0x0001);
    CHECK_INT(m.method, SRFLX_METHOD_BINDING);
    CHECK_INT(m.kind, SRFLX_REQUEST);
    CHECK(!m.classic);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_ABSENT);
    srflx_message_get_id(&m, &id);
    CHECK_MEM(id.bytes, want_id, sizeof want_id);
}

/* spec: R5389-12.2-01 R3489-11.1-01 */
TEST(tells_classic_by_the_missing_cookie)
{
    PARSE(m, {0x00, 0x01, 0x00, 0x00, CLASSIC_ID});

    CHECK(m.classic);
}

/* Every one of the 2^14 types, there and back. spec: R8489-5-03 R8489-5-04 R8489-5-05 R3489-11.1-02
 */
TEST(splits_the_type)
{
    uint8_t bytes[20] = {0, 0, 0, 0, COOKIE_ID};
    struct srflx_message m;
    unsigned type;

    for (type = 0; type < 0x4000; type++) {
        bytes[0] = (uint8_t)(type >> 8);
        bytes[1] = (uint8_t)type;
        CHECK_INT(srflx_message_parse((struct srflx_view){bytes, 20}, &m), 0);
        CHECK_INT(srflx_type(m.method, m.kind), type);
    }
    CHECK_INT(srflx_type(SRFLX_METHOD_BINDING, SRFLX_INDICATION), 0x0011);
    CHECK_INT(srflx_type(SRFLX_METHOD_BINDING, SRFLX_SUCCESS), 0x0101);
    CHECK_INT(srflx_type(SRFLX_METHOD_BINDING, SRFLX_ERROR), 0x0111);
    CHECK_INT(srflx_type(SRFLX_METHOD_SHARED_SECRET, SRFLX_ERROR), 0x0112);
    CHECK_INT(srflx_type(0xFFF, SRFLX_ERROR), 0x3FFF);
}

/* spec: R8489-5-02 R8489-6.3-01 */
TEST(refuses_top_bits)
{
    static const uint8_t one[20] = {0x40, 0x01, 0, 0, COOKIE_ID};
    static const uint8_t two[20] = {0x80, 0x01, 0, 0, COOKIE_ID};

    CHECK_INT(parse_result(one, 20), SRFLX_ERROR_TOP_BITS);
    CHECK_INT(parse_result(two, 20), SRFLX_ERROR_TOP_BITS);
}

/* spec: R8489-5-13 R8489-5-14 R8489-6.3-03 */
TEST(refuses_lengths_that_lie)
{
    static const uint8_t odd[21] = {0, 1, 0, 1, COOKIE_ID, 0};
    static const uint8_t beyond[20] = {0, 1, 0, 4, COOKIE_ID};
    static const uint8_t trailing[24] = {0, 1, 0, 0, COOKIE_ID, 0, 0, 0, 0};

    CHECK_INT(parse_result(odd, 19), SRFLX_ERROR_SHORT);
    CHECK_INT(parse_result(odd, 0), SRFLX_ERROR_SHORT);
    CHECK_INT(parse_result(odd, 21), SRFLX_ERROR_LENGTH_ALIGN);
    CHECK_INT(parse_result(beyond, 20), SRFLX_ERROR_LENGTH_MISMATCH);
    CHECK_INT(parse_result(trailing, 24), SRFLX_ERROR_LENGTH_MISMATCH);
}

/* spec: R8489-6.3-03 R8489-14-01 R8489-14-02 R8489-14-04 */
TEST(refuses_attributes_that_overrun)
{
    static const uint8_t by_one[28] = {0, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 5, 'a', 'b', 'c', 'd'};
    static const uint8_t by_all[24] = {0, 1, 0, 4, COOKIE_ID, 0x80, 0x22, 0xFF, 0xFF};

    CHECK_INT(parse_result(by_one, 28), SRFLX_ERROR_ATTR_OVERRUN);
    CHECK_INT(parse_result(by_all, 24), SRFLX_ERROR_ATTR_OVERRUN);
}

TEST(leaves_the_output_alone_on_failure)
{
    static const uint8_t odd[21] = {0, 1, 0, 1, COOKIE_ID, 0};
    struct srflx_message m;
    struct srflx_message before;

    memset(&m, 0x5A, sizeof m);
    before = m;
    CHECK_INT(srflx_message_parse((struct srflx_view){odd, 21}, &m), SRFLX_ERROR_LENGTH_ALIGN);
    CHECK_MEM(&m, &before, sizeof m);
}

/* Padding is skipped whatever it holds. spec: R8489-14-03 R8489-14-04 R8489-14-06 */
TEST(ignores_padding)
{
    struct srflx_view value;
    PARSE(m, {0,    1,    0,    16,   COOKIE_ID, 0x80, 0x22, 0,   1,    'a', 0xFF,
              0xEE, 0xDD, 0x00, 0x06, 0,         2,    'u',  'v', 0x20, 0x20});

    CHECK_INT(srflx_message_get_bytes(&m, SRFLX_ATTR_SOFTWARE, &value), 0);
    CHECK_BYTES(value, {'a'});
    CHECK_INT(srflx_message_get_bytes(&m, SRFLX_ATTR_USERNAME, &value), 0);
    CHECK_BYTES(value, {'u', 'v'});
}

/* spec: R8489-14-07 R8489-14-08 R8489-14-09 */
TEST(indexes_the_first_of_a_type)
{
    uint32_t value;
    PARSE(m, {0, 1, 0, 16, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 4, 0, 3, 0, 4, 0, 0, 0, 2});

    CHECK_INT(srflx_message_get_u32(&m, SRFLX_ATTR_CHANGE_REQUEST, &value), 0);
    CHECK_INT(value, 4);
}

#define SHA1_ATTR \
    0x00, 0x08, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
#define SHA256_ATTR 0x00, 0x1C, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#define REALM_ATTR 0x00, 0x14, 0, 4, 'r', 'e', 'a', 'l'
#define FOREIGN_ATTR 0x7F, 0xFF, 0, 0

/* spec: R5389-15.4-04 R8489-9-01 */
TEST(hides_what_follows_message_integrity)
{
    PARSE(m,
          {0, 1, 0, 24 + 8 + 4 + 20, COOKIE_ID, SHA1_ATTR, REALM_ATTR, FOREIGN_ATTR, SHA256_ATTR});

    CHECK(srflx_message_has(&m, SRFLX_ATTR_MESSAGE_INTEGRITY));
    CHECK(srflx_message_has(&m, SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256));
    CHECK(!srflx_message_has(&m, SRFLX_ATTR_REALM));
    CHECK(!srflx_message_has(&m, 0x7FFF));
    CHECK(!m.foreign_required);
}

/* spec: R8489-9-02 */
TEST(hides_what_follows_message_integrity_sha256)
{
    PARSE(m,
          {0, 1, 0, 20 + 24 + 8 + 4, COOKIE_ID, SHA256_ATTR, SHA1_ATTR, REALM_ATTR, FOREIGN_ATTR});

    CHECK(srflx_message_has(&m, SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256));
    CHECK(!srflx_message_has(&m, SRFLX_ATTR_MESSAGE_INTEGRITY));
    CHECK(!srflx_message_has(&m, SRFLX_ATTR_REALM));
    CHECK(!m.foreign_required);
}

/* RFC 3489: MESSAGE-INTEGRITY is the last attribute, and 0x001C is unknown. spec: R3489-11.2-04 */
TEST(hides_in_classic_messages)
{
    PARSE(after, {0, 1, 0, 24 + 20 + 4, CLASSIC_ID, SHA1_ATTR, SHA256_ATTR, FOREIGN_ATTR});
    PARSE(before, {0, 1, 0, 20 + 24, CLASSIC_ID, SHA256_ATTR, SHA1_ATTR});

    CHECK(!after.foreign_required);
    CHECK(!srflx_message_has(&after, SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256));
    CHECK(before.foreign_required);
    CHECK(srflx_message_has(&before, SRFLX_ATTR_MESSAGE_INTEGRITY));
}

/* The vector computed-binding-request-fingerprint.
 * spec: R8489-7-01 R8489-14.7-01 R8489-14.7-02 R8489-14.7-03 R8489-14.7-04 */
TEST(verifies_fingerprint)
{
    static uint8_t bytes[] = {0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02};
    struct srflx_view view = {bytes, sizeof bytes};
    struct srflx_message m;
    size_t i;

    CHECK_INT(srflx_message_parse(view, &m), 0);
    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_RIGHT);
    CHECK(srflx_message_has(&m, SRFLX_ATTR_FINGERPRINT));
    for (i = 8; i < sizeof bytes; i++) {
        if (i >= 20 && i < 24) continue;
        bytes[i] ^= 0x10;
        CHECK_INT(srflx_message_parse(view, &m), 0);
        CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_WRONG);
        CHECK(!srflx_message_has(&m, SRFLX_ATTR_FINGERPRINT));
        bytes[i] ^= 0x10;
    }
}

/* spec: R8489-14.7-03 */
TEST(wants_fingerprint_last_and_whole)
{
    PARSE(not_last,
          {0, 1, 0, 12, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02, 0x80, 0x22, 0, 0});
    PARSE(empty, {0, 1, 0, 4, COOKIE_ID, 0x80, 0x28, 0, 0});
    PARSE(three, {0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 3, 0xfd, 0xf6, 0xae, 0x02});

    CHECK_INT(not_last.fingerprint, SRFLX_FINGERPRINT_WRONG);
    CHECK_INT(empty.fingerprint, SRFLX_FINGERPRINT_WRONG);
    CHECK_INT(three.fingerprint, SRFLX_FINGERPRINT_WRONG);
}

/* 0x8028 is an unknown optional attribute there. spec: R8489-7-02 R8489-6.3-07 R3489-11.2-03 */
TEST(knows_no_fingerprint_in_classic_messages)
{
    PARSE(m, {0, 1, 0, 8, CLASSIC_ID, 0x80, 0x28, 0, 4, 0, 0, 0, 0});

    CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_ABSENT);
    CHECK(!m.foreign_required);
}

/* The largest message there is: its last attribute starts beyond 65535. */
TEST(reads_the_largest_message)
{
    static uint8_t bytes[SRFLX_MESSAGE_MAX] = {0, 1, 0xFF, 0xFC, COOKIE_ID, 0x00, 0x26, 0xFF, 0xEC};
    static const uint8_t tail[8] = {0, 3, 0, 4, 0, 0, 0, 6};
    struct srflx_message m;
    uint32_t value;

    memcpy(bytes + sizeof bytes - sizeof tail, tail, sizeof tail);
    bytes[22] = 0xFF;
    bytes[23] = 0xF0; /* 65520: up to the last 8 bytes */
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, sizeof bytes}, &m), 0);
    CHECK_INT(srflx_message_get_u32(&m, SRFLX_ATTR_CHANGE_REQUEST, &value), 0);
    CHECK_INT(value, 6);
}

TEST(the_view_stays_small)
{
    CHECK(sizeof(struct srflx_message) <= 128);
}

RUN(TEST_OF(reads_an_empty_request), TEST_OF(tells_classic_by_the_missing_cookie),
    TEST_OF(splits_the_type), TEST_OF(refuses_top_bits), TEST_OF(refuses_lengths_that_lie),
    TEST_OF(refuses_attributes_that_overrun), TEST_OF(leaves_the_output_alone_on_failure),
    TEST_OF(ignores_padding), TEST_OF(indexes_the_first_of_a_type),
    TEST_OF(hides_what_follows_message_integrity),
    TEST_OF(hides_what_follows_message_integrity_sha256), TEST_OF(hides_in_classic_messages),
    TEST_OF(verifies_fingerprint), TEST_OF(wants_fingerprint_last_and_whole),
    TEST_OF(knows_no_fingerprint_in_classic_messages), TEST_OF(reads_the_largest_message),
    TEST_OF(the_view_stays_small))
