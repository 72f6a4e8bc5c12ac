/* Every message among the vectors that somebody signed, verified with his key, and signed again. */
#include <srflx/integrity.h>

#include "check.h"
#include "vector.h"

#define MATRIX "\xE3\x83\x9E\xE3\x83\x88\xE3\x83\xAA\xE3\x83\x83\xE3\x82\xAF\xE3\x82\xB9"

enum key_name { SHORT, ICE, CLASSIC, LONG_MD5, LONG_SHA256 };

enum { ABSENT, WRONG, SHA1, SHA256 }; /* enum srflx_integrity */

static struct srflx_key key_of(enum key_name name)
{
    const struct srflx_identity matrix = {VIEW(MATRIX), VIEW("example.org")};
    struct srflx_key key;

    switch (name) {
    case SHORT:
        srflx_key_from_secret(VIEW("VOkJxbRl1RmTxUk/WvJxBt"), &key);
        break;
    case ICE:
        srflx_key_from_secret(VIEW("RPASS"), &key);
        break;
    case CLASSIC:
        srflx_key_from_secret(VIEW("0123456789abcdef"), &key);
        break;
    case LONG_MD5:
        CHECK_INT(srflx_key_long_term(SRFLX_ALGORITHM_MD5, &matrix, VIEW("TheMatrIX"), &key), 0);
        break;
    case LONG_SHA256:
        CHECK_INT(srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &matrix, VIEW("TheMatrIX"), &key), 0);
        break;
    }
    return key;
}

/* What each of the two attributes is worth; `shortest` is the length of one that is right but cut. */
static const struct row {
    const char *id;
    enum key_name key;
    int sha1, sha256;
    size_t shortest;
} rows[] = {
    {"computed-300-alternate", LONG_SHA256, ABSENT, SHA256, 0},
    {"computed-attr-after-mi", SHORT, SHA1, ABSENT, 0},
    {"computed-attr-after-sha256", SHORT, ABSENT, SHA256, 0},
    {"computed-bad-sha256-len0", SHORT, ABSENT, WRONG, 0},
    {"computed-bad-sha256-len12", SHORT, ABSENT, WRONG, 0},
    {"computed-bad-sha256-len18", SHORT, ABSENT, WRONG, 0},
    {"computed-bad-sha256-len36", SHORT, ABSENT, WRONG, 0},
    {"computed-bad-sha256-len8", SHORT, ABSENT, WRONG, 0},
    {"computed-classic-request-mi-no-username", CLASSIC, SHA1, ABSENT, 0},
    {"computed-classic-request-mi", CLASSIC, SHA1, ABSENT, 0},
    {"computed-classic-response-mi", CLASSIC, SHA1, ABSENT, 0},
    {"computed-ice-487", ICE, SHA1, ABSENT, 0},
    {"computed-ice-check", ICE, SHA1, ABSENT, 0},
    {"computed-lt-error-420", LONG_SHA256, ABSENT, SHA256, 0},
    {"computed-lt-request-algorithm-not-listed", LONG_MD5, ABSENT, SHA256, 0},
    {"computed-lt-request-altered-algorithms", LONG_MD5, ABSENT, SHA256, 0},
    {"computed-lt-request-legacy", LONG_MD5, SHA1, ABSENT, 0},
    {"computed-lt-request-missing-nonce", LONG_MD5, SHA1, ABSENT, 0},
    {"computed-lt-request-only-algorithm", LONG_SHA256, ABSENT, SHA256, 0},
    {"computed-lt-request-sha256-no-algorithms", LONG_MD5, ABSENT, SHA256, 0},
    {"computed-lt-request-userhash-sha256", LONG_SHA256, ABSENT, SHA256, 0},
    {"computed-lt-request-username-md5-sha256", LONG_MD5, ABSENT, SHA256, 0},
    {"computed-lt-success-sha1", LONG_MD5, SHA1, ABSENT, 0},
    {"computed-lt-success-sha256", LONG_SHA256, ABSENT, SHA256, 0},
    {"computed-st-request-both", SHORT, SHA1, SHA256, 0},
    {"computed-st-request-sha256-only", SHORT, ABSENT, SHA256, 0},
    {"computed-st-request-sha256-tampered", SHORT, ABSENT, WRONG, 0},
    {"computed-st-request-sha256-trunc16", SHORT, ABSENT, WRONG, 16},
    {"computed-st-request-sha256-trunc20", SHORT, ABSENT, WRONG, 20},
    {"computed-st-request-sha256-trunc24", SHORT, ABSENT, WRONG, 24},
    {"computed-st-request-sha256-trunc28", SHORT, ABSENT, WRONG, 28},
    {"computed-st-request-zero-padding", SHORT, SHA1, ABSENT, 0},
    {"computed-st-success-sha256", SHORT, ABSENT, SHA256, 0},
    {"computed-unknown-required-after-mi", SHORT, SHA1, ABSENT, 0},
    {"rfc5769-2.1-request", SHORT, SHA1, ABSENT, 0},
    {"rfc5769-2.2-ipv4-response", SHORT, SHA1, ABSENT, 0},
    {"rfc5769-2.3-ipv6-response", SHORT, SHA1, ABSENT, 0},
    {"rfc5769-2.4-long-term-request", LONG_MD5, SHA1, ABSENT, 0},
    {"rfc8489-b1-erratum6268", LONG_SHA256, ABSENT, SHA256, 0},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* spec: R8489-9.1.1-01 R8489-9.1.3-05 R8489-9.2.2-01 R8489-9.2.2-03 R8489-14.5-01 R8489-14.5-02
 * R8489-14.5-03 R8489-14.6-01 R8489-14.6-02 R8489-14.6-03 R8489-14.6-04 R8489-14.6-05
 * R8489-18.5.1.1-01 R8489-18.5.1.2-01 R5389-15.4-01 R5389-15.4-02 R5389-15.4-03 R3489-11.2.8-01 */
TEST(every_signature_is_judged_right)
{
    size_t i;

    for (i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        struct srflx_key key = key_of(row->key);
        struct srflx_message m;
        struct vector v;

        vector_load(&v, row->id);
        CHECK_INT(srflx_message_parse(v.bytes, &m), 0);
        CHECK_INT(srflx_integrity_check_one(&m, &key, SRFLX_INTEGRITY_SHA1), row->sha1);
        CHECK_INT(srflx_integrity_check_one(&m, &key, SRFLX_INTEGRITY_SHA256), row->sha256);
        CHECK_INT(srflx_integrity_check(&m, &key), row->sha256 ? row->sha256 : row->sha1);
    }
}

/* spec: R8489-14.6-04 R8489-14.6-06 */
TEST(a_cut_signature_is_right_where_the_usage_allows_it)
{
    size_t i, cut = 0;

    for (i = 0; i < ROWS; i++) {
        struct srflx_key key = key_of(rows[i].key);
        size_t shortest = rows[i].shortest;
        struct srflx_message m;
        struct vector v;

        if (!shortest) continue;
        cut++;
        vector_load(&v, rows[i].id);
        CHECK_INT(srflx_message_parse(v.bytes, &m), 0);
        CHECK_INT(srflx_integrity_check_truncated(&m, &key, shortest), SHA256);
        CHECK_INT(srflx_integrity_check_truncated(&m, &key, 16), SHA256);
        CHECK_INT(srflx_integrity_check_truncated(&m, &key, shortest + 4), WRONG);
    }
    CHECK_INT(cut, 4);
}

/* One bit anywhere before a signature, in it, or in the key breaks it. The length field is not among them: it
 * is not what was signed that stands there. */
TEST(one_wrong_bit_is_enough)
{
    struct srflx_key key = key_of(SHORT), other = key;
    struct srflx_message m;
    struct vector v;
    size_t i;

    vector_load(&v, "computed-st-request-sha256-only");
    for (i = 4; i < v.bytes.len - 8; i++) {
        v.memory[i] ^= 1;
        if (!srflx_message_parse(v.bytes, &m))
            CHECK(srflx_integrity_check(&m, &key) < SRFLX_INTEGRITY_SHA1);
        v.memory[i] ^= 1;
    }
    CHECK_INT(srflx_message_parse(v.bytes, &m), 0);
    CHECK_INT(srflx_integrity_check(&m, &key), SHA256);
    other.sha256.outer[7] ^= 1;
    CHECK_INT(srflx_integrity_check(&m, &other), WRONG);
}

/* Copies the attributes up to the first signature, then signs as the original does. */
static struct srflx_view sign_again(const struct row *row, const struct srflx_message *m,
                                    uint8_t *buf, size_t cap)
{
    struct srflx_key key = key_of(row->key);
    struct srflx_view again = {NULL, 0};
    struct srflx_writer w;
    struct srflx_attr attr;
    struct srflx_iter it;
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    srflx_writer_begin(&w, buf, cap, m->type, &id);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        const uint8_t *start = m->bytes.ptr + attr.offset;
        if (attr.type == SRFLX_ATTR_MESSAGE_INTEGRITY ||
            attr.type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256)
            break;
        srflx_put_prepared(&w, (struct srflx_view){start, (4 + attr.value.len + 3) / 4 * 4});
    }
    if (row->sha1 == SHA1) srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, &key);
    if (row->sha256 == SHA256) srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    if (m->fingerprint == SRFLX_FINGERPRINT_RIGHT) srflx_add_fingerprint(&w);
    CHECK_INT(srflx_writer_finish(&w, &again), 0);
    return again;
}

static bool something_follows(const char *id)
{
    return strstr(id, "-after-") != NULL;
}

/* spec: R8489-9.1.2-01 R8489-14.5-02 R8489-14.6-05 R3489-11.2.8-02 */
TEST(signed_again_every_message_is_the_same)
{
    uint8_t buf[2048];
    size_t i, count = 0;

    for (i = 0; i < ROWS; i++) {
        struct srflx_message m;
        struct srflx_view again;
        struct vector v;

        if (rows[i].sha256 == WRONG || something_follows(rows[i].id)) continue;
        count++;
        vector_load(&v, rows[i].id);
        CHECK_INT(srflx_message_parse(v.bytes, &m), 0);
        again = sign_again(&rows[i], &m, buf, sizeof buf);
        CHECK_INT(again.len, v.bytes.len);
        CHECK_MEM(again.ptr, v.bytes.ptr, again.len);
    }
    CHECK_INT(count, 26);
}

RUN(TEST_OF(every_signature_is_judged_right),
    TEST_OF(a_cut_signature_is_right_where_the_usage_allows_it), TEST_OF(one_wrong_bit_is_enough),
    TEST_OF(signed_again_every_message_is_the_same))
