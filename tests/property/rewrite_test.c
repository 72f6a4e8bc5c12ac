/* Every vector, read and written again with the typed writers: the same bytes come out.
 * Integrity attributes are copied, FINGERPRINT is computed anew. */
#include "typed.h"
#include "vector.h"

#include "check.h"

/* What cannot come out the same, and why: read it is all the same.
 * spec: R5389-15-01 R5389-15.2-01 */
static const struct {
    const char *id, *reason;
} decode_only[] = {
    {"rfc5769-2.1-request", "padding that is not zero"},
    {"rfc5769-2.2-ipv4-response", "padding that is not zero"},
    {"rfc5769-2.3-ipv6-response", "padding that is not zero"},
    {"computed-nonzero-padding", "padding that is not zero"},
    {"computed-mapped-first-byte", "the first byte of an address is not zero"},
    {"computed-error-reserved-bits", "the reserved bits of an error code are not zero"},
    {"computed-5780-response-port-len2", "a port without the two bytes that are sent with it"},
    {"computed-username-512", "longer than may be sent since RFC 8489"},
    {"computed-username-763", "longer than may be sent"},
    {"malformed-fingerprint-wrong", "a FINGERPRINT that nobody would compute"},
    {"malformed-fingerprint-not-last", "nothing can be written behind FINGERPRINT"},
};

static const char *why_decode_only(const char *id)
{
    size_t i;

    for (i = 0; i < sizeof decode_only / sizeof decode_only[0]; i++)
        if (!strcmp(decode_only[i].id, id)) return decode_only[i].reason;
    return NULL;
}

static unsigned refused, rewritten, exceptions, shapes_seen;

/* An unusable value can only be copied. */
static void put_again(struct srflx_writer *w, const struct srflx_attr *attr,
                      const struct srflx_id *id)
{
    struct srflx_value value;

    if (srflx_value_read(attr->type, attr->value, id, &value)) {
        srflx_put_bytes(w, attr->type, attr->value);
        return;
    }
    typed_put(w, attr->type, &value);
    shapes_seen |= 1u << value.shape;
}

static int write_again(const struct srflx_message *m, uint8_t *buf, size_t cap,
                       struct srflx_view *ret_bytes)
{
    struct srflx_writer w;
    struct srflx_iter it;
    struct srflx_attr attr;
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    srflx_writer_begin(&w, buf, cap, srflx_type(m->method, m->kind), &id);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        put_again(&w, &attr, &id);
    return srflx_writer_finish(&w, ret_bytes);
}

static void check_rewrite(const struct vector *v)
{
    const char *reason = why_decode_only(v->id);
    uint8_t buf[2048];
    struct srflx_view again;
    struct srflx_message m;
    bool same;

    if (srflx_message_parse(v->bytes, &m)) {
        refused++;
        return;
    }
    same = !write_again(&m, buf, sizeof buf, &again) && view_equal(again, v->bytes);
    if (same && reason) FAIL("%s: comes out the same, although: %s", v->id, reason);
    if (!same && !reason) FAIL("%s: comes out different", v->id);
    if (same)
        rewritten++;
    else
        exceptions++;
}

/* The vectors have all shapes but two, which are TURN's. */
TEST(every_vector_comes_out_the_same)
{
    const unsigned every_shape = (2u << SRFLX_SHAPE_ALGORITHMS) - 1;

    CHECK_INT(vector_for_each(check_rewrite), VECTOR_COUNT);
    CHECK_INT(exceptions, sizeof decode_only / sizeof decode_only[0]);
    CHECK_INT(rewritten, VECTOR_COUNT - refused - exceptions);
    CHECK_INT(refused, 10);
    CHECK_INT(shapes_seen, every_shape & ~(1u << SRFLX_SHAPE_U8 | 1u << SRFLX_SHAPE_U16));
}

RUN(TEST_OF(every_vector_comes_out_the_same))
