#include "value.h"

#include <inttypes.h>
#include <stdlib.h>

#include <srflx/addr.h>

#include "output.h"

enum { BYTES_SHOWN = 32 };

/* What is unusable is shown as the bytes it is made of; so is text of RFC 3489, which calls it
 * opaque, if it is no UTF-8. */
static uint8_t shape_of(const struct srflx_fact *attribute)
{
    const uint8_t shape = attribute->value.shape;

    if (!attribute->value.bytes.ptr) return SRFLX_SHAPE_BYTES;
    return shape == SRFLX_SHAPE_TEXT && !is_utf8(attribute->bytes) ? SRFLX_SHAPE_BYTES : shape;
}

static const char *algorithm_name(uint16_t number)
{
    if (number == SRFLX_ALGORITHM_MD5) return "MD5";
    return number == SRFLX_ALGORITHM_SHA256 ? "SHA-256" : "unknown";
}

static unsigned type_at(struct srflx_view list, size_t at)
{
    return (unsigned)list.ptr[at] << 8 | list.ptr[at + 1];
}

static void print_bytes(FILE *to, struct srflx_view bytes)
{
    for (size_t at = 0; at < bytes.len && at < BYTES_SHOWN; at++)
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
    for (size_t at = 0; at < list.len; at += 2) {
        const struct srflx_attr_row *row = srflx_attr_find((uint16_t)type_at(list, at));
        fprintf(to, "%s0x%04x", at ? ", " : "", type_at(list, at));
        if (row) fprintf(to, " (%s)", row->name);
    }
}

static void print_algorithms(FILE *to, struct srflx_view list)
{
    struct srflx_algorithm algorithm;
    const char *separator = "";

    while (srflx_algorithm_next(&list, &algorithm)) {
        fprintf(to, "%s0x%04x (%s)", separator, algorithm.number, algorithm_name(algorithm.number));
        if (algorithm.parameters.len) fputs(" with ", to);
        print_bytes(to, algorithm.parameters);
        separator = ", ";
    }
}

void value_print(FILE *to, const struct srflx_fact *attribute)
{
    const struct srflx_value *value = &attribute->value;
    char text[SRFLX_ADDR_TEXT];

    switch (shape_of(attribute)) {
    case SRFLX_SHAPE_TEXT:
    case SRFLX_SHAPE_NAME:
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
    case SRFLX_SHAPE_U8:
    case SRFLX_SHAPE_U16:
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
        print_bytes(to, attribute->bytes);
    }
}

static json_t *types_json(struct srflx_view list)
{
    json_t *array = json_array();
    char number[8];

    for (size_t at = 0; at < list.len; at += 2) {
        snprintf(number, sizeof number, "0x%04x", type_at(list, at) & 0xFFFF);
        json_array_append_new(array, json_string(number));
    }
    return array;
}

static json_t *algorithms_json(struct srflx_view list)
{
    struct srflx_algorithm algorithm;
    json_t *array = json_array();

    while (srflx_algorithm_next(&list, &algorithm))
        json_array_append_new(array, json_pack("{s:i, s:s, s:o}", "number", (int)algorithm.number,
                                               "name", algorithm_name(algorithm.number),
                                               "parameters", json_hex(algorithm.parameters)));
    return array;
}

static json_t *u64_json(uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "0x%016" PRIx64, number);
    return json_string(text);
}

json_t *value_json(const struct srflx_fact *attribute)
{
    const struct srflx_value *value = &attribute->value;

    if (!value->bytes.ptr) return json_null();
    switch (shape_of(attribute)) {
    case SRFLX_SHAPE_TEXT:
    case SRFLX_SHAPE_NAME:
        return json_text(value->bytes);
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return json_addr(&value->addr);
    case SRFLX_SHAPE_U8:
    case SRFLX_SHAPE_U16:
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
