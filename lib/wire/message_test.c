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

/* 192.0.2.1:32853, as in RFC 5769 section 2.2. spec: R8489-14.2-01 R8489-14.2-02 */
TEST(reads_xor_mapped_ipv4)
{
    static const uint8_t want[16] = {192, 0, 2, 1};
    struct srflx_addr addr;
    PARSE(m, {1, 1, 0, 12, COOKIE_ID, 0, 0x20, 0, 8, 0x77, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43});

    CHECK_INT(srflx_message_get_addr(&m, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &addr), 0);
    CHECK_INT(addr.family, SRFLX_IPV4);
    CHECK_INT(addr.port, 32853);
    CHECK_MEM(addr.ip, want, 16);
    CHECK_INT(addr.scope, 0);
}

/* [2001:db8:1234:5678:11:2233:4455:6677]:32853, RFC 5769 section 2.3. spec: R8489-14.2-01 */
TEST(reads_xor_mapped_ipv6)
{
    static const uint8_t want[16] = {0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78,
                                     0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
    struct srflx_addr addr;
    PARSE(m, {1,    1,    0,    24,   COOKIE_ID, 0,    0x20, 0,    20,   0,
              2,    0xa1, 0x47, 0x01, 0x13,      0xa9, 0xfa, 0xa5, 0xd3, 0xf1,
              0x79, 0xbc, 0x25, 0xf4, 0xb5,      0xbe, 0xd2, 0xb9, 0xd9});

    CHECK_INT(srflx_message_get_addr(&m, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &addr), 0);
    CHECK_INT(addr.family, SRFLX_IPV6);
    CHECK_INT(addr.port, 32853);
    CHECK_MEM(addr.ip, want, 16);
}

/* The first byte is ignored. spec: R8489-14.1-01 R8489-14.1-02 R8489-14.1-04 R3489-11.2.1-01
 * R3489-11.2.2-01 */
TEST(reads_plain_addresses)
{
    static const uint16_t types[] = {0x0001, 0x0002, 0x0004, 0x0005, 0x000B};
    static uint8_t bytes[] = {1,    1, 0,    12,   CLASSIC_ID, 0, 0, 0, 8,
                              0xFF, 1, 0x0d, 0x96, 192,        0, 2, 7};
    static const uint8_t want[16] = {192, 0, 2, 7};
    struct srflx_message m;
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct srflx_addr addr;
        bytes[21] = (uint8_t)types[i];
        CHECK_INT(srflx_message_parse((struct srflx_view){bytes, sizeof bytes}, &m), 0);
        CHECK_INT(srflx_message_get_addr(&m, types[i], &addr), 0);
        CHECK_INT(addr.port, 3478);
        CHECK_MEM(addr.ip, want, 16);
    }
}

/* Family and length must agree. spec: R8489-14.1-02 */
TEST(refuses_addresses_that_make_no_sense)
{
    static uint8_t bytes[44] = {1, 1, 0, 24, COOKIE_ID, 0, 0x20, 0, 20};
    struct srflx_message m;
    struct srflx_addr addr;
    unsigned family, len;

    for (len = 17; len <= 20; len++) {
        for (family = 0; family < 256; family++) {
            bytes[23] = (uint8_t)len;
            bytes[25] = (uint8_t)family;
            CHECK_INT(srflx_message_parse((struct srflx_view){bytes, 44}, &m), 0);
            CHECK_INT(srflx_message_get_addr(&m, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &addr),
                      family == 2 && len == 20 ? 0 : SRFLX_ERROR_VALUE);
        }
    }
    CHECK_INT(srflx_message_get_addr(&m, SRFLX_ATTR_MAPPED_ADDRESS, &addr), SRFLX_ERROR_ABSENT);
    CHECK_INT(srflx_message_get_addr(&m, SRFLX_ATTR_SOFTWARE, &addr), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_message_get_addr(&m, 0x7FFF, &addr), SRFLX_ERROR_ARGUMENT);
}

TEST(reads_numbers)
{
    uint32_t priority;
    uint64_t tiebreaker;
    PARSE(m, {0,    1,    0, 20, COOKIE_ID, 0, 0x24, 0, 4, 1, 2, 3, 4,
              0x80, 0x29, 0, 8,  1,         2, 3,    4, 5, 6, 7, 8});
    PARSE(bad, {0, 1, 0, 8, COOKIE_ID, 0, 0x24, 0, 2, 1, 2, 3, 4});

    CHECK_INT(srflx_message_get_u32(&m, SRFLX_ATTR_PRIORITY, &priority), 0);
    CHECK_INT(priority, 0x01020304);
    CHECK_INT(srflx_message_get_u64(&m, SRFLX_ATTR_ICE_CONTROLLED, &tiebreaker), 0);
    CHECK(tiebreaker == 0x0102030405060708u);
    CHECK_INT(srflx_message_get_u32(&bad, SRFLX_ATTR_PRIORITY, &priority), SRFLX_ERROR_VALUE);
    CHECK_INT(srflx_message_get_u32(&bad, SRFLX_ATTR_CHANGE_REQUEST, &priority),
              SRFLX_ERROR_ABSENT);
    CHECK_INT(srflx_message_get_u64(&bad, SRFLX_ATTR_PRIORITY, &tiebreaker), SRFLX_ERROR_ARGUMENT);
}

/* An odd length is no list. spec: R8489-14.13-01 R3489-11.2.10-02 */
TEST(reads_a_list_of_types)
{
    uint16_t types[3] = {7, 7, 7};
    size_t count = 9;
    PARSE(m, {1, 0x11, 0, 12, COOKIE_ID, 0, 10, 0, 6, 0, 0x42, 0x7F, 0xFF, 0, 3, 0, 0});
    PARSE(odd, {1, 0x11, 0, 8, COOKIE_ID, 0, 10, 0, 3, 0, 0x42, 0x7F, 0});

    CHECK_INT(srflx_message_get_types(&m, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, types, 2, &count), 0);
    CHECK_INT(count, 3);
    CHECK_INT(types[0], 0x0042);
    CHECK_INT(types[1], 0x7FFF);
    CHECK_INT(types[2], 7);
    CHECK_INT(srflx_message_get_types(&odd, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, types, 3, &count),
              SRFLX_ERROR_VALUE);
    CHECK_INT(srflx_message_get_types(&m, SRFLX_ATTR_SOFTWARE, types, 3, &count),
              SRFLX_ERROR_ARGUMENT);
    CHECK_INT(count, 3);
}

/* Reserved bits are ignored, trailing spaces and NULs cut off.
 * spec: R8489-14.8-01 R8489-14.8-04 R3489-11.2.9-01 R3489-11.2.9-02 */
TEST(reads_an_error)
{
    struct srflx_error_code error;
    PARSE(m, {1,    0x11, 0,   16,  COOKIE_ID, 0,   9,   0,   12,  0xFF, 0xFF,
              0xFC, 20,   'U', 'n', 'k',       ' ', 'A', 't', ' ', 0});

    CHECK_INT(srflx_message_get_error(&m, &error), 0);
    CHECK_INT(error.code, 420);
    CHECK_BYTES(error.phrase, {'U', 'n', 'k', ' ', 'A', 't'});
}

static int error_result(bool classic, uint8_t hundreds, uint8_t number)
{
    uint8_t current_bytes[28] = {1, 0x11, 0, 8, COOKIE_ID, 0, 9, 0, 4};
    uint8_t classic_bytes[28] = {1, 0x11, 0, 8, CLASSIC_ID, 0, 9, 0, 4};
    uint8_t *bytes = classic ? classic_bytes : current_bytes;
    struct srflx_error_code error;
    struct srflx_message m;
    int result;

    bytes[26] = hundreds;
    bytes[27] = number;
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, 28}, &m), 0);
    result = srflx_message_get_error(&m, &error);
    return result ? result : error.code;
}

/* spec: R8489-14.8-05 R8489-14.8-06 R3489-11.2.9-03 */
TEST(bounds_class_and_number)
{
    CHECK_INT(error_result(false, 3, 0), 300);
    CHECK_INT(error_result(false, 6, 99), 699);
    CHECK_INT(error_result(false, 2, 99), SRFLX_ERROR_VALUE);
    CHECK_INT(error_result(false, 7, 0), SRFLX_ERROR_VALUE);
    CHECK_INT(error_result(false, 4, 100), SRFLX_ERROR_VALUE);
    CHECK_INT(error_result(true, 1, 0), 100);
    CHECK_INT(error_result(true, 6, 99), 699);
    CHECK_INT(error_result(true, 0, 0), SRFLX_ERROR_VALUE);
    CHECK_INT(error_result(true, 7, 0), SRFLX_ERROR_VALUE);
}

TEST(refuses_an_error_too_short)
{
    struct srflx_error_code error;
    PARSE(m, {1, 0x11, 0, 8, COOKIE_ID, 0, 9, 0, 3, 0, 0, 4, 0});

    CHECK_INT(srflx_message_get_error(&m, &error), SRFLX_ERROR_VALUE);
}

/* Up to 763 bytes are read of what may be sent with 508.
 * spec: R8489-14.3-01 R8489-14.3-04 R8489-14.8-02 R8489-14.9-02 R8489-14.10-01 R8489-14.14-02
 * R5389-15.7-01 R5389-15.8-01 */
TEST(bounds_the_length_of_text)
{
    static const uint16_t types[] = {SRFLX_ATTR_USERNAME, SRFLX_ATTR_REALM, SRFLX_ATTR_NONCE,
                                     SRFLX_ATTR_SOFTWARE};
    static uint8_t bytes[20 + 4 + 764] = {0, 1, 0x03, 0x00, COOKIE_ID};
    struct srflx_view value, message = {bytes, sizeof bytes};
    struct srflx_message m;
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        bytes[20] = (uint8_t)(types[i] >> 8);
        bytes[21] = (uint8_t)types[i];
        bytes[22] = 0x02;
        bytes[23] = 0xFB;
        CHECK_INT(srflx_message_parse(message, &m), 0);
        CHECK_INT(srflx_message_get_bytes(&m, types[i], &value), 0);
        CHECK_INT(value.len, 763);
        bytes[23] = 0xFC;
        CHECK_INT(srflx_message_parse(message, &m), 0);
        CHECK_INT(srflx_message_get_bytes(&m, types[i], &value), SRFLX_ERROR_VALUE);
    }
}

/* Text is UTF-8 since RFC 5389; to RFC 3489 a username is opaque. spec: R3489-11.2.6-01 */
TEST(wants_text_to_be_utf8)
{
    struct srflx_view value;
    PARSE(m, {0, 1, 0, 8, COOKIE_ID, 0, 6, 0, 4, 'a', 0xFF, 'b', 'c'});
    PARSE(classic, {0, 1, 0, 8, CLASSIC_ID, 0, 6, 0, 4, 'a', 0xFF, 'b', 'c'});

    CHECK_INT(srflx_message_get_bytes(&m, SRFLX_ATTR_USERNAME, &value), SRFLX_ERROR_VALUE);
    CHECK_INT(srflx_message_get_bytes(&classic, SRFLX_ATTR_USERNAME, &value), 0);
    CHECK_BYTES(value, {'a', 0xFF, 'b', 'c'});
}

TEST(finds_attributes_outside_the_table)
{
    struct srflx_view value;
    PARSE(m, {0, 1, 0, 16, COOKIE_ID, 0xC0, 0x57, 0, 3, 1, 2, 3, 0, 0xC0, 0x57, 0, 4, 9, 9, 9, 9});

    CHECK(srflx_message_has(&m, 0xC057));
    CHECK(!srflx_message_has(&m, 0xC058));
    CHECK_INT(srflx_message_get_bytes(&m, 0xC057, &value), 0);
    CHECK_BYTES(value, {1, 2, 3});
    CHECK_INT(srflx_message_get_bytes(&m, 0xC058, &value), SRFLX_ERROR_ABSENT);
}

/* spec: R8489-14-10 R8489-6.3-10 R3489-11.2-03 */
TEST(understands_what_it_is_told)
{
    struct srflx_known known = {0};
    PARSE(m, {0, 1, 0, 12, COOKIE_ID, 0, 3, 0, 4, 0, 0, 0, 0, 0xC0, 0x57, 0, 0});
    PARSE(foreign, {0, 1, 0, 4, COOKIE_ID, 0x7F, 0xFF, 0, 0});
    PARSE(classic, {0, 1, 0, 4, CLASSIC_ID, 0, 0x20, 0, 0});

    CHECK(!srflx_message_understood(&m, &known));
    srflx_known_add(&known, SRFLX_ATTR_CHANGE_REQUEST);
    srflx_known_add(&known, SRFLX_ATTR_XOR_MAPPED_ADDRESS);
    srflx_known_add(&known, 0x7FFF);
    CHECK(srflx_message_understood(&m, &known));
    CHECK(!srflx_message_understood(&foreign, &known));
    CHECK(!srflx_message_understood(&classic, &known));
}

TEST(iterates_in_wire_order)
{
    static const struct {
        uint32_t offset;
        uint16_t type;
        bool counts, repeated;
    } want[] = {
        {20, 0x0003, true, false},  {28, 0x0003, true, true},  {36, 0x0008, true, false},
        {60, 0x0014, false, false}, {64, 0x0003, false, true},
    };
    struct srflx_iter it;
    struct srflx_attr attr;
    size_t i;
    PARSE(m, {0,  1,  0,  52, COOKIE_ID, 0,  3,  0, 4,    0, 0, 0, 0, 0, 3, 0,  4,  0,  0,
              0,  0,  0,  8,  0,         20, 1,  2, 3,    4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
              14, 15, 16, 17, 18,        19, 20, 0, 0x14, 0, 0, 0, 3, 0, 4, 0,  0,  0,  0});

    srflx_iter_begin(&it, &m);
    for (i = 0; i < sizeof want / sizeof want[0]; i++) {
        CHECK(srflx_iter_next(&it, &attr));
        CHECK_INT(attr.offset, want[i].offset);
        CHECK_INT(attr.type, want[i].type);
        CHECK_INT(attr.counts, want[i].counts);
        CHECK_INT(attr.repeated, want[i].repeated);
    }
    CHECK(!srflx_iter_next(&it, &attr));
    CHECK(!srflx_iter_next(&it, &attr));
}

RUN(TEST_OF(reads_xor_mapped_ipv4), TEST_OF(reads_xor_mapped_ipv6), TEST_OF(reads_plain_addresses),
    TEST_OF(refuses_addresses_that_make_no_sense), TEST_OF(reads_numbers),
    TEST_OF(reads_a_list_of_types), TEST_OF(reads_an_error), TEST_OF(bounds_class_and_number),
    TEST_OF(refuses_an_error_too_short), TEST_OF(bounds_the_length_of_text),
    TEST_OF(wants_text_to_be_utf8), TEST_OF(finds_attributes_outside_the_table),
    TEST_OF(understands_what_it_is_told), TEST_OF(iterates_in_wire_order))
