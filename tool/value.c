#include "value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

#include "output.h"

enum { LAST_OF_RFC_3489 = 0x000B, BYTES_SHOWN = 32 };

static uint64_t big_endian(const uint8_t *ptr, size_t len)
{
    uint64_t number = 0;
    size_t at;

    for (at = 0; at < len; at++)
        number = number << 8 | ptr[at];
    return number;
}

/* A message with the same header and this attribute alone, so that the library's look-ups find it.
 */
static bool isolate(const struct srflx_message *m, const struct srflx_attr *attr, uint8_t *buf,
                    struct srflx_message *ret_alone)
{
    size_t size = 4 + ((attr->value.len + 3) & ~(size_t)3);
    struct srflx_view bytes = {buf, SRFLX_HEADER_SIZE + size};

    memcpy(buf, m->bytes.ptr, SRFLX_HEADER_SIZE);
    memcpy(buf + SRFLX_HEADER_SIZE, m->bytes.ptr + attr->offset, size);
    buf[2] = (uint8_t)(size >> 8);
    buf[3] = (uint8_t)size;
    return srflx_message_parse(bytes, ret_alone) == 0;
}

/* One entry of PASSWORD-ALGORITHM(S) with its padding, or 0 if it does not fit.
 * spec: R8489-14.11-01 R8489-14.12-01 */
static size_t algorithm_size(struct srflx_view list, size_t at)
{
    size_t size;

    if (list.len - at < 4) return 0;
    size = 4 + (((size_t)big_endian(list.ptr + at + 2, 2) + 3) & ~(size_t)3);
    return size <= list.len - at ? size : 0;
}

static bool are_algorithms(struct srflx_view list, bool one)
{
    size_t at, size;

    for (at = 0; at < list.len; at += size) {
        size = algorithm_size(list, at);
        if (!size || (one && size != list.len)) return false;
    }
    return true;
}

/* Reads by shape what has a legal length. `alone` holds the attribute and nothing else. */
static bool read_shape(const struct srflx_message *alone, uint16_t type, struct value *value)
{
    switch (value->shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return !srflx_message_get_addr(alone, type, &value->addr);
    case SRFLX_SHAPE_ERROR:
        if (srflx_message_get_error(alone, &value->error)) return false;
        value->error.phrase.ptr = value->bytes.ptr + 4;
        return true;
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_U64:
        value->number = big_endian(value->bytes.ptr, value->bytes.len);
        return true;
    case SRFLX_SHAPE_PORT:
        value->number = big_endian(value->bytes.ptr, 2);
        return value->bytes.len != 3;
    case SRFLX_SHAPE_TYPES:
        return value->bytes.len % 2 == 0;
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        return are_algorithms(value->bytes, value->shape == SRFLX_SHAPE_ALGORITHM);
    default:
        return true;
    }
}

void value_read(const struct srflx_message *m, const struct srflx_attr *attr,
                struct value *ret_value)
{
    uint8_t buf[SRFLX_MESSAGE_MAX];
    struct srflx_message alone;
    struct srflx_view bytes;
    struct value value;

    memset(&value, 0, sizeof value);
    value.bytes = attr->value;
    if (!m->classic || attr->type <= LAST_OF_RFC_3489) value.row = srflx_attr_find(attr->type);
    value.shape = value.row ? value.row->shape : SRFLX_SHAPE_BYTES;
    if (value.shape == SRFLX_SHAPE_TEXT && m->classic && !is_utf8(value.bytes))
        value.shape = SRFLX_SHAPE_BYTES; /* RFC 3489 calls it opaque */

    value.usable = isolate(m, attr, buf, &alone);
    /* Alone, no FINGERPRINT is right; all it needs to be read is its length. */
    if (attr->type == SRFLX_ATTR_FINGERPRINT)
        value.usable = value.bytes.len == 4 || m->classic;
    else
        value.usable = value.usable && !srflx_message_get_bytes(&alone, attr->type, &bytes);
    value.usable = value.usable && read_shape(&alone, attr->type, &value);
    *ret_value = value;
}

static const char *algorithm_name(uint64_t number)
{
    if (number == 1) return "MD5";
    return number == 2 ? "SHA-256" : "unknown";
}

static void print_bytes(FILE *to, struct srflx_view bytes)
{
    size_t at;

    for (at = 0; at < bytes.len && at < BYTES_SHOWN; at++)
        fprintf(to, "%02x", bytes.ptr[at]);
    if (bytes.len > BYTES_SHOWN) fputs("...", to);
}

static void print_quoted(FILE *to, struct srflx_view text)
{
    char *escaped = escape_text(text);

    fprintf(to, "\"%s\"", escaped);
    free(escaped);
}

static void print_types(FILE *to, struct srflx_view list)
{
    size_t at;

    for (at = 0; at < list.len; at += 2) {
        uint16_t type = (uint16_t)big_endian(list.ptr + at, 2);
        const struct srflx_attr_row *row = srflx_attr_find(type);
        fprintf(to, "%s0x%04x", at ? ", " : "", type);
        if (row) fprintf(to, " (%s)", row->name);
    }
}

static void print_algorithms(FILE *to, struct srflx_view list)
{
    size_t at;

    for (at = 0; at < list.len; at += algorithm_size(list, at)) {
        struct srflx_view parameters = {list.ptr + at + 4, big_endian(list.ptr + at + 2, 2)};
        uint64_t number = big_endian(list.ptr + at, 2);
        fprintf(to, "%s0x%04x (%s)", at ? ", " : "", (unsigned)number, algorithm_name(number));
        if (parameters.len) fputs(" with ", to);
        print_bytes(to, parameters);
    }
}

void value_print(FILE *to, const struct value *value)
{
    char text[SRFLX_ADDR_TEXT];

    switch (value->usable ? value->shape : SRFLX_SHAPE_BYTES) {
    case SRFLX_SHAPE_TEXT:
        print_quoted(to, value->bytes);
        return;
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        fputs(srflx_addr_write(&value->addr, text), to);
        return;
    case SRFLX_SHAPE_U32:
        fprintf(to, "0x%08" PRIx64 " (%" PRIu64 ")", value->number, value->number);
        return;
    case SRFLX_SHAPE_U64:
        fprintf(to, "0x%016" PRIx64, value->number);
        return;
    case SRFLX_SHAPE_PORT:
        fprintf(to, "%" PRIu64, value->number);
        return;
    case SRFLX_SHAPE_ERROR:
        fprintf(to, "%u ", value->error.code);
        print_quoted(to, value->error.phrase);
        return;
    case SRFLX_SHAPE_TYPES:
        print_types(to, value->bytes);
        return;
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        print_algorithms(to, value->bytes);
        return;
    default:
        print_bytes(to, value->bytes);
    }
}

static json_t *types_json(struct srflx_view list)
{
    json_t *array = json_array();
    char number[8];
    size_t at;

    for (at = 0; at < list.len; at += 2) {
        snprintf(number, sizeof number, "0x%02x%02x", list.ptr[at], list.ptr[at + 1]);
        json_array_append_new(array, json_string(number));
    }
    return array;
}

static json_t *algorithms_json(struct srflx_view list)
{
    json_t *array = json_array();
    size_t at;

    for (at = 0; at < list.len; at += algorithm_size(list, at)) {
        struct srflx_view parameters = {list.ptr + at + 4, big_endian(list.ptr + at + 2, 2)};
        uint64_t number = big_endian(list.ptr + at, 2);
        json_array_append_new(array, json_pack("{s:i, s:s, s:o}", "number", (int)number, "name",
                                               algorithm_name(number), "parameters",
                                               json_hex(parameters)));
    }
    return array;
}

static json_t *u64_json(uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "0x%016" PRIx64, number);
    return json_string(text);
}

json_t *value_json(const struct value *value)
{
    if (!value->usable) return json_null();
    switch (value->shape) {
    case SRFLX_SHAPE_TEXT:
        return json_text(value->bytes);
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return json_addr(&value->addr);
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_PORT:
        return json_integer((json_int_t)value->number);
    case SRFLX_SHAPE_U64: /* beyond what many readers of JSON keep exactly */
        return u64_json(value->number);
    case SRFLX_SHAPE_ERROR:
        return json_pack("{s:i, s:o}", "code", value->error.code, "phrase",
                         json_text(value->error.phrase));
    case SRFLX_SHAPE_TYPES:
        return types_json(value->bytes);
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        return algorithms_json(value->bytes);
    case SRFLX_SHAPE_EMPTY:
        return json_null();
    default:
        return json_hex(value->bytes);
    }
}
