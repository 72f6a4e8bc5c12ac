#include "dissect.h"

#include <stdarg.h>
#include <string.h>

#include <srflx/classify.h>
#include <srflx/error.h>

#include "value.h"

static size_t get16(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static void __attribute__((format(printf, 4, 5)))
blame(struct dissection *d, const char *name, size_t offset, const char *format, ...)
{
    va_list arguments;

    d->error_name = name;
    d->error_offset = offset;
    va_start(arguments, format);
    vsnprintf(d->error_text, sizeof d->error_text, format, arguments);
    va_end(arguments);
}

/* Where the last attribute ends that lies whole before `end`. */
static size_t whole_attributes(struct srflx_view bytes, size_t end)
{
    size_t at = SRFLX_HEADER_SIZE;

    while (end - at >= 4) {
        size_t size = 4 + ((get16(bytes.ptr + at + 2) + 3) & ~(size_t)3);
        if (size > end - at) break;
        at += size;
    }
    return at;
}

static const char *protocol_name(uint8_t first_byte)
{
    switch (srflx_classify(first_byte)) {
    case SRFLX_PROTOCOL_TURN_CHANNEL:
        return "TURN channel data";
    case SRFLX_PROTOCOL_RTP:
        return "RTP or RTCP";
    case SRFLX_PROTOCOL_QUIC:
        return "QUIC";
    default:
        return "nothing known";
    }
}

static void blame_attribute(struct dissection *d, size_t at, size_t end)
{
    const uint8_t *p = d->bytes.ptr + at;
    const char *text = srflx_error_text(SRFLX_ERROR_ATTR_OVERRUN);

    if (end - at < 4)
        blame(d, "ATTR_OVERRUN", at, "%s (%zu bytes are left, its header takes 4)", text, end - at);
    else
        blame(d, "ATTR_OVERRUN", at, "%s (0x%04zx has %zu bytes and padding, %zu are left)", text,
              get16(p), get16(p + 2), end - at - 4);
}

/* Says what is wrong with bytes that are no message, and makes a message of what can be read. */
static void dissect_broken(struct dissection *d, int error)
{
    const char *name = srflx_error_name(error), *text = srflx_error_text(error);
    const uint8_t *p = d->bytes.ptr;
    size_t end, whole;
    struct srflx_view repaired;

    if (error == SRFLX_ERROR_SHORT) {
        blame(d, name, d->bytes.len, "%s", text);
        return;
    }
    if (error == SRFLX_ERROR_TOP_BITS) {
        blame(d, name, 0, "%s (0x%02x starts %s)", text, p[0], protocol_name(p[0]));
        return;
    }
    end = SRFLX_HEADER_SIZE + get16(p + 2);
    if (end > d->bytes.len) end = d->bytes.len;
    whole = whole_attributes(d->bytes, end);
    if (error == SRFLX_ERROR_ATTR_OVERRUN)
        blame_attribute(d, whole, end);
    else
        blame(d, name, 2, "%s (it says %zu, %zu bytes follow the header)", text, get16(p + 2),
              d->bytes.len - SRFLX_HEADER_SIZE);

    repaired.ptr = d->repaired;
    repaired.len = whole;
    memcpy(d->repaired, p, whole);
    d->repaired[2] = (uint8_t)((whole - SRFLX_HEADER_SIZE) >> 8);
    d->repaired[3] = (uint8_t)(whole - SRFLX_HEADER_SIZE);
    d->readable = srflx_message_parse(repaired, &d->message) == 0;
}

static void blame_fingerprint(struct dissection *d, const struct srflx_attr *attr)
{
    if (attr->value.len != 4)
        blame(d, "FINGERPRINT", attr->offset, "FINGERPRINT has %zu bytes instead of 4",
              attr->value.len);
    else if (attr->offset + 8u != d->bytes.len)
        blame(d, "FINGERPRINT", attr->offset, "FINGERPRINT is not the last attribute");
    else
        blame(d, "FINGERPRINT", attr->offset, "FINGERPRINT does not match the bytes before it");
}

/* Which lengths of MESSAGE-INTEGRITY-SHA256 are good is for the usage to say; a bad one counts as a
 * wrong HMAC, and without credentials nobody can judge that. */
static bool may_judge(const struct srflx_attr *attr)
{
    return attr->counts && !attr->repeated && attr->type != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256;
}

static void judge(struct dissection *d)
{
    struct srflx_iter it;
    struct srflx_attr attr;
    struct value value;

    srflx_iter_begin(&it, &d->message);
    while (!d->error_name && srflx_iter_next(&it, &attr)) {
        bool wrong = d->message.fingerprint == SRFLX_FINGERPRINT_WRONG;
        if (wrong && attr.type == SRFLX_ATTR_FINGERPRINT) blame_fingerprint(d, &attr);
        if (d->error_name || !may_judge(&attr)) continue;
        value_read(&d->message, &attr, &value);
        if (!value.usable)
            blame(d, srflx_error_name(SRFLX_ERROR_VALUE), attr.offset,
                  "%s is there, but its value is unusable", value.row->name);
    }
}

void dissect(struct srflx_view bytes, struct dissection *ret_dissection)
{
    struct dissection *d = ret_dissection;
    int error;

    memset(d, 0, sizeof *d);
    d->bytes = bytes;
    error = srflx_message_parse(bytes, &d->message);
    if (error) {
        dissect_broken(d, error);
        return;
    }
    d->readable = true;
    judge(d);
}
