#include "points.h"

#include <srflx/error.h>
#include <srflxi/utf8.h>
#include <srflx/wipe.h>

#include <string.h>

static bool is_ascii(struct srflx_view text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.ptr[i] > 0x7F) return false;
    return true;
}

/* Both profiles leave all of ASCII as it is, but for its controls, which they refuse. */
static bool is_printable(struct srflx_view ascii)
{
    size_t i;

    for (i = 0; i < ascii.len; i++)
        if (ascii.ptr[i] < 0x20 || ascii.ptr[i] > 0x7E) return false;
    return true;
}

static int copy_ascii(struct srflx_view text, uint8_t *buf, size_t cap,
                      struct srflx_view *ret_prepared)
{
    if (!text.len) return SRFLX_ERROR_EMPTY;
    if (!is_printable(text)) return SRFLX_ERROR_CHARACTER;
    if (text.len > cap) return SRFLX_ERROR_SPACE;
    memmove(buf, text.ptr, text.len);
    *ret_prepared = (struct srflx_view){buf, text.len};
    return 0;
}

static int read_points(struct srflx_view text, struct srflxi_points *ret_points)
{
    ret_points->count = 0;
    if (text.len > SRFLX_PREPARE_LONGEST) return SRFLX_ERROR_LONG;
    while (text.len) {
        size_t len = srflxi_utf8_get(text, &ret_points->at[ret_points->count]);
        if (!len) return SRFLX_ERROR_UTF8;
        text.ptr += len;
        text.len -= len;
        ret_points->count++;
    }
    return 0;
}

static size_t length_in_utf8(const struct srflxi_points *points)
{
    uint8_t bytes[SRFLXI_UTF8_LONGEST];
    size_t i, len = 0;

    for (i = 0; i < points->count; i++)
        len += srflxi_utf8_put(points->at[i], bytes);
    srflx_wipe(bytes, sizeof bytes);
    return len;
}

/* spec: R8265-4.1-01 */
static int write_points(const struct srflxi_points *points, uint8_t *buf, size_t cap,
                        struct srflx_view *ret_prepared)
{
    size_t i, at = 0, len = length_in_utf8(points);

    if (!len) return SRFLX_ERROR_EMPTY;
    if (len > SRFLX_PREPARE_LONGEST) return SRFLX_ERROR_LONG;
    if (len > cap) return SRFLX_ERROR_SPACE;
    for (i = 0; i < points->count; i++)
        at += srflxi_utf8_put(points->at[i], buf + at);
    *ret_prepared = (struct srflx_view){buf, len};
    return 0;
}

int srflx_prepare_opaque(struct srflx_view text, uint8_t *buf, size_t cap,
                         struct srflx_view *ret_prepared)
{
    struct srflxi_points points;
    int error;

    if (is_ascii(text)) return copy_ascii(text, buf, cap, ret_prepared);
    error = read_points(text, &points);
    if (!error) error = srflxi_opaque(&points);
    if (!error) error = write_points(&points, buf, cap, ret_prepared);
    srflx_wipe(&points, sizeof points);
    return error;
}

int srflx_prepare_saslprep(struct srflx_view text, enum srflx_prepare_use use, uint8_t *buf,
                           size_t cap, struct srflx_view *ret_prepared)
{
    struct srflxi_points points;
    int error;

    if (use != SRFLX_PREPARE_STORED && use != SRFLX_PREPARE_QUERY) return SRFLX_ERROR_ARGUMENT;
    if (is_ascii(text)) return copy_ascii(text, buf, cap, ret_prepared);
    error = read_points(text, &points);
    if (!error) error = srflxi_saslprep(&points, use);
    if (!error) error = write_points(&points, buf, cap, ret_prepared);
    srflx_wipe(&points, sizeof points);
    return error;
}
