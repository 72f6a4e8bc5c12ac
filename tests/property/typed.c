#include "typed.h"

#include <srflx/addr.h>

#include <stdlib.h>
#include <string.h>

enum { ALGORITHMS = 32 };

static void put_types(struct srflx_writer *w, struct srflx_view list)
{
    uint16_t types[512];
    size_t i, count = list.len / 2;

    if (count > sizeof types / sizeof types[0]) abort();
    for (i = 0; i < count; i++)
        types[i] = (uint16_t)(list.ptr[2 * i] << 8 | list.ptr[2 * i + 1]);
    srflx_put_types(w, types, count);
}

static void put_algorithms(struct srflx_writer *w, uint16_t type, struct srflx_view list)
{
    struct srflx_algorithm algorithms[ALGORITHMS];
    size_t count = 0;

    while (count < ALGORITHMS && srflx_algorithm_next(&list, &algorithms[count]))
        count++;
    if (list.len) abort();
    srflx_put_algorithms(w, type, algorithms, count);
}

static void put_u32(struct srflx_writer *w, uint16_t type, uint32_t number)
{
    if (type == SRFLX_ATTR_FINGERPRINT)
        srflx_add_fingerprint(w);
    else
        srflx_put_u32(w, type, number);
}

/* Only ERROR-CODE itself has a writer. */
static void put_error(struct srflx_writer *w, uint16_t type, const struct srflx_value *value)
{
    if (type == SRFLX_ATTR_ERROR_CODE)
        srflx_put_error(w, value->error.code, value->error.phrase);
    else
        srflx_put_bytes(w, type, value->bytes);
}

void typed_put(struct srflx_writer *w, uint16_t type, const struct srflx_value *value)
{
    switch (value->shape) {
    case SRFLX_SHAPE_TEXT:
    case SRFLX_SHAPE_NAME:
        srflx_put_text(w, type, value->bytes);
        return;
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        srflx_put_addr(w, type, &value->addr);
        return;
    case SRFLX_SHAPE_U32:
        put_u32(w, type, (uint32_t)value->number);
        return;
    case SRFLX_SHAPE_U64:
        srflx_put_u64(w, type, value->number);
        return;
    case SRFLX_SHAPE_TYPES:
        put_types(w, value->bytes);
        return;
    case SRFLX_SHAPE_EMPTY:
        srflx_put_flag(w, type);
        return;
    case SRFLX_SHAPE_PORT:
        srflx_put_port(w, type, (uint16_t)value->number);
        return;
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        put_algorithms(w, type, value->bytes);
        return;
    case SRFLX_SHAPE_ERROR:
        put_error(w, type, value);
        return;
    default:
        srflx_put_bytes(w, type, value->bytes);
    }
}

bool view_equal(struct srflx_view a, struct srflx_view b)
{
    return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool typed_equal(const struct srflx_value *a, const struct srflx_value *b)
{
    if (a->shape != b->shape) return false;
    switch (a->shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return srflx_addr_equal(&a->addr, &b->addr);
    case SRFLX_SHAPE_U8:
    case SRFLX_SHAPE_U16:
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_U64:
    case SRFLX_SHAPE_PORT:
        return a->number == b->number;
    case SRFLX_SHAPE_ERROR:
        return a->error.code == b->error.code && view_equal(a->error.phrase, b->error.phrase);
    default:
        return view_equal(a->bytes, b->bytes);
    }
}
