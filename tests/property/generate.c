#include "generate.h"

#include "typed.h"

#include <string.h>

enum {
    CHARACTERS = 124,      /* of a text, with room for three more */
    USERNAME_BYTES = 505,  /* likewise */
    USUAL_LENGTH = 800,    /* of a value without a limit */
    GREAT_LENGTH = 50000,  /* of a few */
    ENTRIES = 8,           /* of a list of algorithms */
    PARAMETERS_LENGTH = 40 /* of one of them */
};

size_t generate_types(uint16_t ret_types[TYPES_MAX])
{
    size_t count = 0;

#define ROW_TYPE(symbol, number, name, shape, shortest, longest, rfc, use) \
    ret_types[count++] = number;
    SRFLX_ATTR_MAP(ROW_TYPE)
#undef ROW_TYPE
    return count;
}

/* From `low` to `high`, the limits more often than what lies between. */
static size_t some_number(struct prng *prng, size_t low, size_t high)
{
    switch (prng_between(prng, 0, 3)) {
    case 0:
        return low;
    case 1:
        return high;
    default:
        return (size_t)prng_between(prng, low, high);
    }
}

static uint8_t *free_memory(struct generated *message)
{
    return message->memory + message->used;
}

static struct srflx_view keep(struct generated *message, size_t len)
{
    struct srflx_view kept = {free_memory(message), len};

    message->used += len;
    return kept;
}

/* Text in RFC 3489's form fills its last four bytes, as any value there. */
static size_t filled(struct generated *message, size_t len)
{
    uint8_t *text = free_memory(message);

    while (message->classic && len % 4)
        text[len++] = 'x';
    return len;
}

/* One character of UTF-8, of 1 to 4 bytes. */
static void put_character(struct prng *prng, uint8_t *at, size_t len)
{
    static const struct {
        uint32_t first, last;
        uint8_t mark;
    } ranges[] = {
        {0x21, 0x7E, 0}, {0x80, 0x7FF, 0xC0}, {0x800, 0xD7FF, 0xE0}, {0x10000, 0x10FFFF, 0xF0}};
    uint32_t code = (uint32_t)some_number(prng, ranges[len - 1].first, ranges[len - 1].last);
    size_t i;

    for (i = len; i > 1; i--, code >>= 6)
        at[i - 1] = (uint8_t)(0x80 | (code & 0x3F));
    at[0] = (uint8_t)(ranges[len - 1].mark | code);
}

static struct srflx_view some_text(struct prng *prng, struct generated *message, size_t characters,
                                   size_t bytes)
{
    size_t i, len = 0, count = some_number(prng, 0, characters);
    size_t widest = (size_t)prng_between(prng, 1, 4);

    for (i = 0; i < count && len + widest <= bytes; i++) {
        size_t size = (size_t)prng_between(prng, 1, widest);
        put_character(prng, free_memory(message) + len, size);
        len += size;
    }
    return keep(message, filled(message, len));
}

static struct srflx_view some_name(struct prng *prng, struct generated *message)
{
    size_t i, len = some_number(prng, 1, 255);

    for (i = 0; i < len; i++)
        put_character(prng, free_memory(message) + i, 1);
    return keep(message, len);
}

/* A value may be great if it is the message's first: there is room for one. */
static struct srflx_view some_bytes(struct prng *prng, struct generated *message,
                                    const struct srflx_attr_row *row)
{
    bool great = !message->used && row->longest > GREAT_LENGTH && prng_chance(prng, 5);
    size_t most = great ? GREAT_LENGTH : USUAL_LENGTH;
    size_t len = some_number(prng, row->shortest, row->longest < most ? row->longest : most);

    if (message->classic || row->number == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256) len -= len % 4;
    prng_fill(prng, free_memory(message), len);
    return keep(message, len);
}

static struct srflx_view some_types(struct prng *prng, struct generated *message)
{
    size_t count = some_number(prng, 0, 200);

    if (message->classic) count -= count % 2;
    prng_fill(prng, free_memory(message), 2 * count);
    return keep(message, 2 * count);
}

static struct srflx_view some_algorithms(struct prng *prng, struct generated *message, size_t count)
{
    uint8_t *at = free_memory(message);
    size_t i, start = message->used;

    for (i = 0; i < count; i++, at = free_memory(message)) {
        size_t len = some_number(prng, 0, PARAMETERS_LENGTH);
        memset(at, 0, 4 + len + 3);
        prng_fill(prng, at, 2);
        at[3] = (uint8_t)len;
        prng_fill(prng, at + 4, len);
        message->used += 4 + (len + 3) / 4 * 4;
    }
    return (struct srflx_view){message->memory + start, message->used - start};
}

static struct srflx_addr some_addr(struct prng *prng)
{
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_IPV4};

    if (prng_chance(prng, 50)) addr.family = SRFLX_IPV6;
    addr.port = (uint16_t)some_number(prng, 0, UINT16_MAX);
    prng_fill(prng, addr.ip, addr.family == SRFLX_IPV4 ? 4 : 16);
    return addr;
}

static struct srflx_error_code some_error(struct prng *prng, struct generated *message)
{
    struct srflx_error_code error;

    error.code = (uint16_t)some_number(prng, message->classic ? 100 : 300, 699);
    error.phrase = some_text(prng, message, CHARACTERS, 4 * CHARACTERS);
    return error;
}

/* Of a shape without a writer of its own: a number in the first bytes, or an error code. */
static struct srflx_view as_bytes(struct generated *message, const struct srflx_attr_row *row,
                                  const struct srflx_value *value)
{
    uint8_t *bytes = free_memory(message);

    if (row->shape == SRFLX_SHAPE_ERROR) {
        memcpy(bytes, "\0\0", 2);
        bytes[2] = (uint8_t)(value->error.code / 100);
        bytes[3] = (uint8_t)(value->error.code % 100);
        memcpy(bytes + 4, value->error.phrase.ptr, value->error.phrase.len);
        return keep(message, 4 + value->error.phrase.len);
    }
    memset(bytes, 0, row->longest);
    if (row->shape == SRFLX_SHAPE_U16) *bytes++ = (uint8_t)(value->number >> 8);
    *bytes = (uint8_t)value->number;
    return keep(message, row->longest);
}

void generate_value(struct prng *prng, struct generated *message, uint16_t type,
                    struct srflx_value *ret_value)
{
    static const struct srflx_attr_row meaningless = {"", 0, 0, UINT16_MAX, 0, SRFLX_SHAPE_BYTES};
    bool has_meaning = !message->classic || type <= SRFLX_ATTR_REFLECTED_FROM;
    const struct srflx_attr_row *row = has_meaning ? srflx_attr_find(type) : &meaningless;

    memset(ret_value, 0, sizeof *ret_value);
    ret_value->shape = row->shape;
    switch (row->shape) {
    case SRFLX_SHAPE_TEXT:
        ret_value->bytes = type == SRFLX_ATTR_USERNAME
                               ? some_text(prng, message, USERNAME_BYTES, USERNAME_BYTES)
                               : some_text(prng, message, CHARACTERS, 4 * CHARACTERS);
        break;
    case SRFLX_SHAPE_NAME:
        ret_value->bytes = some_name(prng, message);
        break;
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        ret_value->addr = some_addr(prng);
        break;
    case SRFLX_SHAPE_U8:
        ret_value->number = some_number(prng, 0, UINT8_MAX);
        ret_value->bytes = as_bytes(message, row, ret_value);
        break;
    case SRFLX_SHAPE_U16:
        ret_value->number = some_number(prng, 0, UINT16_MAX);
        ret_value->bytes = as_bytes(message, row, ret_value);
        break;
    case SRFLX_SHAPE_PORT:
        ret_value->number = some_number(prng, 0, UINT16_MAX);
        break;
    case SRFLX_SHAPE_U32:
        ret_value->number = some_number(prng, 0, UINT32_MAX);
        break;
    case SRFLX_SHAPE_U64:
        ret_value->number = prng_next(prng);
        break;
    case SRFLX_SHAPE_ERROR:
        ret_value->error = some_error(prng, message);
        ret_value->bytes = as_bytes(message, row, ret_value);
        break;
    case SRFLX_SHAPE_TYPES:
        ret_value->bytes = some_types(prng, message);
        break;
    case SRFLX_SHAPE_ALGORITHM:
        ret_value->bytes = some_algorithms(prng, message, 1);
        break;
    case SRFLX_SHAPE_ALGORITHMS:
        ret_value->bytes = some_algorithms(prng, message, some_number(prng, 1, ENTRIES));
        break;
    case SRFLX_SHAPE_EMPTY:
        break;
    default:
        ret_value->bytes = some_bytes(prng, message, row);
    }
}

void generate_header(struct prng *prng, struct generated *ret_message)
{
    static const uint8_t cookie[] = {0x21, 0x12, 0xA4, 0x42};
    uint16_t method = (uint16_t)prng_between(prng, 0, 0xFFF);

    ret_message->count = 0;
    ret_message->used = 0;
    ret_message->type = srflx_type(method, (uint8_t)prng_between(prng, 0, 3));
    ret_message->classic = prng_chance(prng, 30);
    prng_fill(prng, ret_message->id.bytes, sizeof ret_message->id.bytes);
    if (ret_message->classic)
        ret_message->id.bytes[0] |= 0x80; /* which the cookie has not */
    else
        memcpy(ret_message->id.bytes, cookie, sizeof cookie);
}

static void generate_attribute(struct prng *prng, struct generated *message, uint16_t type)
{
    struct generated_attribute *attribute = &message->attributes[message->count++];

    attribute->type = type;
    generate_value(prng, message, type, &attribute->value);
}

/* spec: R8489-14.7-03 */
void generate(struct prng *prng, struct generated *ret_message)
{
    size_t count = (size_t)prng_between(prng, 0, GENERATED_ATTRIBUTES - 1);
    uint16_t types[TYPES_MAX];
    size_t type_count = generate_types(types);

    generate_header(prng, ret_message);
    while (ret_message->count < count) {
        uint16_t type = types[prng_between(prng, 0, type_count - 1)];
        if (type != SRFLX_ATTR_FINGERPRINT || ret_message->classic)
            generate_attribute(prng, ret_message, type);
    }
    if (!ret_message->classic && prng_chance(prng, 50))
        generate_attribute(prng, ret_message, SRFLX_ATTR_FINGERPRINT);
}

int generated_write(const struct generated *message, uint8_t *buf, size_t cap,
                    struct srflx_view *ret_bytes)
{
    struct srflx_writer w;
    size_t i;

    srflx_writer_begin(&w, buf, cap, message->type, &message->id);
    for (i = 0; i < message->count; i++)
        typed_put(&w, message->attributes[i].type, &message->attributes[i].value);
    return srflx_writer_finish(&w, ret_bytes);
}
