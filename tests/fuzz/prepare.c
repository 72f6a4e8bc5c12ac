/* Any text, as bytes or as code points: srflx_prepare_opaque() and srflx_prepare_saslprep() write a
 * result that is UTF-8 and its own prepared form, into a buffer of exactly its size, or nothing. The
 * first byte of the input chooses. */
#include "fuzz.h"

#include <srflx/error.h>
#include <srflx/prepare.h>
#include <srflxi/utf8.h>

enum { OPAQUE, STORED, QUERY, PROFILES };

static int prepare(unsigned profile, struct srflx_view text, uint8_t *buf, size_t cap,
                   struct srflx_view *ret_prepared)
{
    if (profile == OPAQUE) return srflx_prepare_opaque(text, buf, cap, ret_prepared);
    return srflx_prepare_saslprep(text,
                                  profile == STORED ? SRFLX_PREPARE_STORED : SRFLX_PREPARE_QUERY,
                                  buf, cap, ret_prepared);
}

/* UTF-8 of code points of two bytes each: few plain bytes are UTF-8. */
static struct srflx_view text_of_points(struct srflx_view input, uint8_t *buf)
{
    struct srflx_view text = {buf, 0};
    size_t at;

    for (at = 0; at + 2 <= input.len && text.len + 3 <= SRFLX_PREPARE_LONGEST; at += 2) {
        unsigned point = get16(input.ptr + at);
        if (point < 0xD800 || point > 0xDFFF) text.len += srflxi_utf8_put(point, buf + text.len);
    }
    return text;
}

static bool is_printable_ascii(struct srflx_view text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7E) return false;
    return text.len > 0;
}

static bool is_same(struct srflx_view a, struct srflx_view b)
{
    return a.len == b.len && !memcmp(a.ptr, b.ptr, a.len);
}

/* Prepared into `cap` bytes of its own, with this end. */
static void check_again(unsigned profile, struct srflx_view text, size_t cap, int want,
                        struct srflx_view wanted)
{
    uint8_t *buf = malloc(cap);
    struct srflx_view prepared;
    int error;

    REQUIRE(buf || !cap);
    if (cap) spoil(buf, cap);
    spoil(&prepared, sizeof prepared);
    error = prepare(profile, text, buf, cap, &prepared);
    REQUIRE(error == want);
    if (error) {
        REQUIRE(!cap || is_spoilt(buf, cap));
        REQUIRE(is_spoilt(&prepared, sizeof prepared));
    } else {
        REQUIRE(prepared.ptr == buf && is_same(prepared, wanted));
    }
    free(buf);
}

static void check_profile(unsigned profile, struct srflx_view text)
{
    size_t cap = text.len + SRFLX_PREPARE_LONGEST;
    uint8_t *buf = malloc(cap);
    struct srflx_view prepared;
    int error;

    REQUIRE(buf);
    spoil(buf, cap);
    spoil(&prepared, sizeof prepared);
    error = prepare(profile, text, buf, cap, &prepared);
    if (is_printable_ascii(text)) REQUIRE(!error && is_same(prepared, text));
    if (error) {
        REQUIRE(is_spoilt(buf, cap) && is_spoilt(&prepared, sizeof prepared));
        REQUIRE(error != SRFLX_ERROR_UTF8 || srflxi_utf8_count(text) < 0);
    } else {
        require_initialised(prepared);
        REQUIRE(prepared.ptr == buf && srflxi_utf8_count(prepared) > 0);
        check_again(profile, text, prepared.len - 1, SRFLX_ERROR_SPACE, prepared);
        check_again(profile, text, prepared.len, 0, prepared);
        check_again(profile, prepared, prepared.len, 0, prepared);
    }
    free(buf);
}

static void check_trimming(struct srflx_view text)
{
    struct srflx_view trimmed = srflx_prepare_trim(text), inner = srflx_prepare_unquote(text);

    REQUIRE(trimmed.ptr == text.ptr && lies_within(trimmed, text) && lies_within(inner, trimmed));
    REQUIRE(!trimmed.len || trimmed.ptr[trimmed.len - 1]);
    REQUIRE(!inner.len || inner.ptr[inner.len - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t buf[SRFLX_PREPARE_LONGEST];
    struct srflx_view input = {data + 1, size - 1}, text;

    if (!size) return 0;
    text = heap_copy(data[0] & 0x80 ? input : text_of_points(input, buf));
    check_profile(data[0] % PROFILES, text);
    check_trimming(text);
    heap_free(text);
    return 0;
}
