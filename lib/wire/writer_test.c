#include <srflx/error.h>
#include <srflx/writer.h>

#include "check.h"

#define ID 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define COOKIE_ID 0x21, 0x12, 0xA4, 0x42, ID
#define CLASSIC_ID 0xa1, 0xb2, 0xc3, 0xd4, ID

static const struct srflx_id current_id = {{COOKIE_ID}};
static const struct srflx_id classic_id = {{CLASSIC_ID}};

/* A writer over a buffer that is full of what must not shine through. */
struct desk {
    struct srflx_writer w;
    struct srflx_view out;
    uint8_t buf[1024];
};

static void begin(struct desk *d, uint16_t type, const struct srflx_id *id)
{
    memset(d->buf, 0xA5, sizeof d->buf);
    srflx_writer_begin(&d->w, d->buf, sizeof d->buf, type, id);
}

static struct srflx_view finish(struct desk *d)
{
    CHECK_INT(srflx_writer_finish(&d->w, &d->out), 0);
    return d->out;
}

static int finish_error(struct desk *d)
{
    return srflx_writer_finish(&d->w, &d->out);
}

/* spec: R8489-5-01 R8489-5-02 R8489-5-06 R8489-5-13 R8489-6.1-04 R8489-6.1-11 R5389-6-01 */
TEST(writes_an_empty_request)
{
    struct desk d;

    begin(&d, 0x0001, &current_id);
    CHECK_BYTES(finish(&d), {0x00, 0x01, 0x00, 0x00, COOKIE_ID});
}

/* spec: R8489-5-11 R8489-6.3.1.1-01 R5389-12.2-02 R3489-8.1-16 R3489-8.1-18 */
TEST(replies_with_method_and_id_of_the_request)
{
    static const uint8_t request[] = {0x00, 0x01, 0x00, 0x00, CLASSIC_ID};
    struct srflx_message m;
    struct desk d;

    CHECK_INT(srflx_message_parse((struct srflx_view){request, sizeof request}, &m), 0);
    srflx_writer_reply(&d.w, d.buf, sizeof d.buf, &m, SRFLX_SUCCESS);
    CHECK_BYTES(finish(&d), {0x01, 0x01, 0x00, 0x00, CLASSIC_ID});
    srflx_writer_reply(&d.w, d.buf, sizeof d.buf, &m, SRFLX_ERROR);
    CHECK_BYTES(finish(&d), {0x01, 0x11, 0x00, 0x00, CLASSIC_ID});
    srflx_writer_reply(&d.w, d.buf, sizeof d.buf, &m, SRFLX_INDICATION);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14.1-01 R8489-14.1-03 R8489-14.2-01 R8489-14.2-02 */
TEST(writes_addresses)
{
    static const struct srflx_addr v4 = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
    static const struct srflx_addr v6 = {{0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x00,
                                          0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
                                         0,
                                         32853,
                                         SRFLX_IPV6};
    struct desk d;

    begin(&d, 0x0101, &current_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &v4);
    srflx_put_addr(&d.w, SRFLX_ATTR_MAPPED_ADDRESS, &v4);
    CHECK_BYTES(finish(&d),
                {0x01, 0x01, 0, 24, COOKIE_ID, 0, 0x20, 0, 8,    0,    1,   0xa1, 0x47, 0xe1, 0x12,
                 0xa6, 0x43, 0, 1,  0,         8, 0,    1, 0x80, 0x55, 192, 0,    2,    1});
    begin(&d, 0x0101, &current_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &v6);
    CHECK_BYTES(finish(&d), {0x01, 0x01, 0,    24,   COOKIE_ID, 0,    0x20, 0,    20,   0,
                             2,    0xa1, 0x47, 0x01, 0x13,      0xa9, 0xfa, 0xa5, 0xd3, 0xf1,
                             0x79, 0xbc, 0x25, 0xf4, 0xb5,      0xbe, 0xd2, 0xb9, 0xd9});
}

TEST(refuses_addresses_it_cannot_write)
{
    static const struct srflx_addr unknown = {{0}, 0, 1, SRFLX_NO_FAMILY};
    static const struct srflx_addr v4 = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
    struct desk d;

    begin(&d, 0x0101, &current_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_MAPPED_ADDRESS, &unknown);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
    begin(&d, 0x0101, &current_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_SOFTWARE, &v4);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
    begin(&d, 0x0101, &classic_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &v4);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14-01 R8489-14-02 R8489-14-03 R8489-14-04 R8489-14-05 */
TEST(pads_with_zeros)
{
    struct desk d;

    begin(&d, 0x0001, &current_id);
    srflx_put_bytes(&d.w, SRFLX_ATTR_SOFTWARE, VIEW("a"));
    srflx_put_bytes(&d.w, SRFLX_ATTR_SOFTWARE, VIEW("bcd"));
    srflx_put_bytes(&d.w, SRFLX_ATTR_SOFTWARE, VIEW(""));
    srflx_put_bytes(&d.w, SRFLX_ATTR_SOFTWARE, VIEW("efgh"));
    CHECK_BYTES(finish(&d), {0,    1, 0,    28,   COOKIE_ID, 0x80, 0x22, 0,   1,   'a', 0,
                             0,    0, 0x80, 0x22, 0,         3,    'b',  'c', 'd', 0,   0x80,
                             0x22, 0, 0,    0x80, 0x22,      0,    4,    'e', 'f', 'g', 'h'});
}

TEST(writes_numbers)
{
    struct desk d;

    begin(&d, 0x0001, &current_id);
    srflx_put_u32(&d.w, SRFLX_ATTR_PRIORITY, 0x01020304);
    srflx_put_u64(&d.w, SRFLX_ATTR_ICE_CONTROLLING, 0x0102030405060708);
    CHECK_BYTES(finish(&d), {0,    1,    0, 20, COOKIE_ID, 0, 0x24, 0, 4, 1, 2, 3, 4,
                             0x80, 0x2A, 0, 8,  1,         2, 3,    4, 5, 6, 7, 8});
}

/* A username is bounded by its bytes, other text by its characters, which have up to four.
 * spec: R8489-14.3-02 R8489-14.9-02 R8489-14.10-01 R8489-14.14-02 R5389-15.3-01 R5389-15.6-01 */
TEST(sends_no_more_text_than_it_may)
{
    static const uint16_t others[] = {SRFLX_ATTR_REALM, SRFLX_ATTR_NONCE, SRFLX_ATTR_SOFTWARE};
    static uint8_t text[512];
    struct srflx_view fits = {text, 508}, too_long = {text, 509}, too_many = {text, 512};
    struct desk d;
    size_t i;

    for (i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "\xF0\x9F\x90\x9F", 4); /* 508 bytes are 127 characters */
    for (i = 0; i < sizeof others / sizeof others[0]; i++) {
        begin(&d, 0x0001, &current_id);
        srflx_put_text(&d.w, others[i], fits);
        CHECK_INT(finish(&d).len, 20 + 4 + 508);
        begin(&d, 0x0001, &current_id);
        srflx_put_text(&d.w, others[i], too_many);
        CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
    }
    begin(&d, 0x0111, &current_id);
    srflx_put_error(&d.w, 400, fits);
    CHECK_INT(finish(&d).len, 20 + 8 + 508);
    begin(&d, 0x0111, &current_id);
    srflx_put_error(&d.w, 400, too_many);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
    memset(text, 'a', sizeof text);
    begin(&d, 0x0001, &current_id);
    srflx_put_text(&d.w, SRFLX_ATTR_USERNAME, fits);
    CHECK_INT(finish(&d).len, 20 + 4 + 508);
    begin(&d, 0x0001, &current_id);
    srflx_put_text(&d.w, SRFLX_ATTR_USERNAME, too_long);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

/* Values are multiples of 4 there. spec: R3489-11.2-01 R3489-11.2.6-02 */
TEST(writes_classic_values_unpadded)
{
    struct desk d;

    begin(&d, 0x0001, &classic_id);
    srflx_put_bytes(&d.w, SRFLX_ATTR_USERNAME, VIEW("abcd"));
    CHECK_BYTES(finish(&d), {0, 1, 0, 8, CLASSIC_ID, 0, 6, 0, 4, 'a', 'b', 'c', 'd'});
    begin(&d, 0x0001, &classic_id);
    srflx_put_bytes(&d.w, SRFLX_ATTR_USERNAME, VIEW("abc"));
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14.8-01 R8489-14.8-03 R8489-14.8-05 R3489-11.2.9-01 R3489-11.2.9-02 */
TEST(writes_errors_in_both_forms)
{
    struct desk d;

    begin(&d, 0x0111, &current_id);
    srflx_put_error(&d.w, 400, VIEW("Bad"));
    CHECK_BYTES(finish(&d), {1, 0x11, 0, 12, COOKIE_ID, 0, 9, 0, 7, 0, 0, 4, 0, 'B', 'a', 'd', 0});
    begin(&d, 0x0111, &classic_id);
    srflx_put_error(&d.w, 432, VIEW("Bad"));
    CHECK_BYTES(finish(&d),
                {1, 0x11, 0, 12, CLASSIC_ID, 0, 9, 0, 8, 0, 0, 4, 32, 'B', 'a', 'd', ' '});
}

static int error_result(const struct srflx_id *id, uint16_t code, struct srflx_view phrase)
{
    struct desk d;

    begin(&d, 0x0111, id);
    srflx_put_error(&d.w, code, phrase);
    return finish_error(&d);
}

/* spec: R8489-14.8-02 R8489-14.8-05 R8489-14.8-06 R3489-11.2.9-03 */
TEST(bounds_code_and_phrase)
{
    uint8_t letters[128], emoji[4 * 127];
    size_t i;

    memset(letters, 'x', sizeof letters);
    for (i = 0; i < sizeof emoji; i += 4)
        memcpy(emoji + i, "\xF0\x9F\x90\x82", 4);
    CHECK_INT(error_result(&current_id, 299, VIEW("")), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(error_result(&current_id, 300, VIEW("")), 0);
    CHECK_INT(error_result(&current_id, 699, VIEW("")), 0);
    CHECK_INT(error_result(&current_id, 700, VIEW("")), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(error_result(&classic_id, 100, VIEW("")), 0);
    CHECK_INT(error_result(&classic_id, 99, VIEW("")), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(error_result(&current_id, 400, (struct srflx_view){letters, 127}), 0);
    CHECK_INT(error_result(&current_id, 400, (struct srflx_view){letters, 128}),
              SRFLX_ERROR_ARGUMENT);
    CHECK_INT(error_result(&current_id, 400, (struct srflx_view){emoji, sizeof emoji}), 0);
    CHECK_INT(error_result(&current_id, 400, VIEW("\xFF")), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14.13-01 R3489-11.2.10-02 R5389-15.9-01 */
TEST(lists_types_in_both_forms)
{
    static const uint16_t types[] = {0x0042, 0x7FFF, 0x0024};
    struct desk d;

    begin(&d, 0x0111, &current_id);
    srflx_put_types(&d.w, types, 3);
    CHECK_BYTES(finish(&d),
                {1, 0x11, 0, 12, COOKIE_ID, 0, 10, 0, 6, 0, 0x42, 0x7F, 0xFF, 0, 0x24, 0, 0});
    begin(&d, 0x0111, &classic_id);
    srflx_put_types(&d.w, types, 3);
    CHECK_BYTES(finish(&d),
                {1, 0x11, 0, 12, CLASSIC_ID, 0, 10, 0, 8, 0, 0x42, 0x7F, 0xFF, 0, 0x24, 0, 0x24});
    begin(&d, 0x0111, &classic_id);
    srflx_put_types(&d.w, types, 2);
    CHECK_BYTES(finish(&d), {1, 0x11, 0, 8, CLASSIC_ID, 0, 10, 0, 4, 0, 0x42, 0x7F, 0xFF});
}

/* Each once, in order of appearance, optional and known ones left out.
 * spec: R8489-6.3.1-01 R8489-14.8-14 R3489-8.1-14 */
TEST(lists_the_unknown_of_a_request)
{
    static const uint8_t request[] = {0,    1, 0, 28,   COOKIE_ID, 0x7F, 0xFF, 0,    0, 0, 3,
                                      0,    0, 0, 0x42, 0,         0,    0x7F, 0xFF, 0, 0, 0xC0,
                                      0x57, 0, 0, 0,    0x42,      0,    0,    0,    0, 0, 0};
    struct srflx_known known = {0};
    struct srflx_message m;
    struct desk d;

    srflx_known_add(&known, SRFLX_ATTR_CHANGE_REQUEST);
    CHECK_INT(srflx_message_parse((struct srflx_view){request, sizeof request}, &m), 0);
    srflx_writer_reply(&d.w, d.buf, sizeof d.buf, &m, SRFLX_ERROR);
    srflx_put_unknown(&d.w, &m, &known, sizeof d.buf);
    CHECK_BYTES(finish(&d),
                {1, 0x11, 0, 12, COOKIE_ID, 0, 10, 0, 6, 0x7F, 0xFF, 0, 0x42, 0, 0, 0, 0});
}

/* 200 unknown types against ever less room: the list is cut, the message stays whole.
 * spec: R8489-6.1-09 R8489-6.1-10 */
TEST(cuts_the_list_at_the_limit)
{
    static uint8_t request[20 + 4 * 200] = {0, 1, 0x03, 0x20, COOKIE_ID};
    struct srflx_known known = {0};
    struct srflx_message m;
    struct srflx_attr attr;
    struct srflx_iter it;
    size_t limit, i;

    for (i = 0; i < 200; i++) {
        request[20 + 4 * i] = 0x70;
        request[21 + 4 * i] = (uint8_t)i;
    }
    CHECK_INT(srflx_message_parse((struct srflx_view){request, sizeof request}, &m), 0);
    for (limit = 24; limit <= 432; limit++) {
        size_t count = (limit & ~(size_t)3) - 24;
        struct desk d;
        memset(d.buf, 0xA5, sizeof d.buf);
        srflx_writer_reply(&d.w, d.buf, sizeof d.buf, &m, SRFLX_ERROR);
        srflx_put_unknown(&d.w, &m, &known, limit);
        finish(&d);
        if (count > 400) count = 400;
        CHECK_INT(d.out.len, 24 + count);
        CHECK_INT(d.buf[d.out.len], 0xA5);
        CHECK_INT(srflx_message_parse(d.out, &m), 0);
        srflx_iter_begin(&it, &m);
        CHECK(srflx_iter_next(&it, &attr));
        CHECK_INT(attr.value.len, count);
        if (count) CHECK_INT(attr.value.ptr[count - 1], count / 2 - 1);
        CHECK_INT(srflx_message_parse((struct srflx_view){request, sizeof request}, &m), 0);
    }
}

/* The bytes of the vector computed-binding-request-fingerprint. spec: R8489-14.7-02 R8489-14.7-04
 */
TEST(adds_fingerprint_last)
{
    struct desk d;

    begin(&d, 0x0001, &current_id);
    srflx_add_fingerprint(&d.w);
    CHECK_BYTES(finish(&d), {0, 1, 0, 8, COOKIE_ID, 0x80, 0x28, 0, 4, 0xfd, 0xf6, 0xae, 0x02});
    begin(&d, 0x0001, &current_id);
    srflx_add_fingerprint(&d.w);
    srflx_put_u32(&d.w, SRFLX_ATTR_PRIORITY, 1);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ORDER);
}

/* spec: R8489-7-02 */
TEST(adds_no_fingerprint_to_classic_messages)
{
    struct desk d;

    begin(&d, 0x0101, &classic_id);
    srflx_add_fingerprint(&d.w);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

TEST(copies_prepared_attributes)
{
    static const uint8_t prepared[] = {0x80, 0x22, 0, 2, 'o', 'k', 0, 0};
    struct desk d;

    begin(&d, 0x0101, &current_id);
    srflx_put_prepared(&d.w, (struct srflx_view){prepared, sizeof prepared});
    CHECK_BYTES(finish(&d), {1, 1, 0, 8, COOKIE_ID, 0x80, 0x22, 0, 2, 'o', 'k', 0, 0});
    begin(&d, 0x0101, &current_id);
    srflx_put_prepared(&d.w, (struct srflx_view){prepared, 7});
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

static void write_everything(struct srflx_writer *w)
{
    static const uint16_t types[] = {0x7FFF};
    static const struct srflx_addr v4 = {{192, 0, 2, 1}, 0, 1, SRFLX_IPV4};
    static const uint8_t prepared[] = {0x80, 0x22, 0, 0};

    srflx_put_addr(w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &v4);
    srflx_put_u32(w, SRFLX_ATTR_PRIORITY, 1);
    srflx_put_u64(w, SRFLX_ATTR_ICE_CONTROLLED, 1);
    srflx_put_bytes(w, SRFLX_ATTR_USERNAME, VIEW("user"));
    srflx_put_prepared(w, (struct srflx_view){prepared, sizeof prepared});
    srflx_put_error(w, 400, VIEW("Bad Request"));
    srflx_put_types(w, types, 1);
    srflx_add_fingerprint(w);
}

/* Every capacity from none to enough: SPACE or the whole message, and never a byte beyond. */
TEST(every_short_buffer_ends_clean)
{
    enum { WHOLE = 20 + 12 + 8 + 12 + 8 + 4 + 20 + 8 + 8 };
    uint8_t buf[WHOLE + 8];
    size_t cap;

    for (cap = 0; cap <= WHOLE; cap++) {
        struct srflx_view out = {NULL, 0};
        struct srflx_writer w;
        memset(buf, 0xA5, sizeof buf);
        srflx_writer_begin(&w, buf, cap, 0x0001, &current_id);
        write_everything(&w);
        CHECK_INT(srflx_writer_finish(&w, &out), cap < WHOLE ? SRFLX_ERROR_SPACE : 0);
        CHECK_INT(out.len, cap < WHOLE ? 0 : WHOLE);
        CHECK_INT(buf[cap], 0xA5);
    }
}

TEST(keeps_the_first_error)
{
    static const struct srflx_addr unknown = {{0}, 0, 1, SRFLX_NO_FAMILY};
    struct desk d;

    begin(&d, 0x0001, &current_id);
    srflx_put_addr(&d.w, SRFLX_ATTR_MAPPED_ADDRESS, &unknown);
    srflx_put_bytes(&d.w, SRFLX_ATTR_PADDING, (struct srflx_view){d.buf, 65535});
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
    begin(&d, 0x4001, &current_id);
    CHECK_INT(finish_error(&d), SRFLX_ERROR_ARGUMENT);
}

RUN(TEST_OF(writes_an_empty_request), TEST_OF(replies_with_method_and_id_of_the_request),
    TEST_OF(writes_addresses), TEST_OF(refuses_addresses_it_cannot_write), TEST_OF(pads_with_zeros),
    TEST_OF(writes_numbers), TEST_OF(sends_no_more_text_than_it_may),
    TEST_OF(writes_classic_values_unpadded), TEST_OF(writes_errors_in_both_forms),
    TEST_OF(bounds_code_and_phrase), TEST_OF(lists_types_in_both_forms),
    TEST_OF(lists_the_unknown_of_a_request), TEST_OF(cuts_the_list_at_the_limit),
    TEST_OF(adds_fingerprint_last), TEST_OF(adds_no_fingerprint_to_classic_messages),
    TEST_OF(copies_prepared_attributes), TEST_OF(every_short_buffer_ends_clean),
    TEST_OF(keeps_the_first_error))
