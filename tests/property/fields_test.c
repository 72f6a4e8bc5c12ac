/* Every field that a vector's description states, read out of the vector's bytes: attributes by the
 * names and shapes of the table, and the header. */
#include "vector.h"

#include <srflx/addr.h>
#include <srflx/message.h>

#include <jansson.h>

#include "check.h"

static unsigned checked;

static json_t *shown_hex(const uint8_t *bytes, size_t len)
{
    char text[2 * 64 + 1] = "";
    size_t i;

    CHECK(len <= 64);
    for (i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static json_t *shown_text(struct srflx_view text)
{
    return json_stringn((const char *)text.ptr, text.len);
}

static json_t *shown_addr(const struct srflx_addr *addr)
{
    char text[SRFLX_ADDR_TEXT];

    return json_string(srflx_addr_write(addr, text));
}

static json_t *shown_error(const struct srflx_error_code *error)
{
    return json_sprintf("%u %.*s", error->code, (int)error->phrase.len,
                        (const char *)error->phrase.ptr);
}

static json_t *shown_types(struct srflx_view list)
{
    json_t *shown = json_array();
    size_t i;

    for (i = 0; i < list.len; i += 2)
        json_array_append_new(shown, json_sprintf("0x%02x%02x", list.ptr[i], list.ptr[i + 1]));
    return shown;
}

static json_t *shown_algorithms(struct srflx_view list)
{
    struct srflx_algorithm algorithm;
    json_t *shown = json_array();

    while (srflx_algorithm_next(&list, &algorithm))
        json_array_append_new(
            shown, json_sprintf("%04x/%u", algorithm.number, (unsigned)algorithm.parameters.len));
    CHECK_INT(list.len, 0);
    return shown;
}

static json_t *shown_algorithm(struct srflx_view list)
{
    json_t *all = shown_algorithms(list), *first = json_incref(json_array_get(all, 0));

    CHECK_INT(json_array_size(all), 1);
    json_decref(all);
    return first;
}

static json_t *shown_u64(uint64_t number)
{
    return json_sprintf("%08x%08x", (unsigned)(number >> 32), (unsigned)number);
}

/* As the descriptions write it. */
static json_t *shown_value(uint16_t type, const struct srflx_value *value)
{
    switch (value->shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        return shown_addr(&value->addr);
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_PORT:
        return json_integer((json_int_t)value->number);
    case SRFLX_SHAPE_U64:
        return shown_u64(value->number);
    case SRFLX_SHAPE_ERROR:
        return shown_error(&value->error);
    case SRFLX_SHAPE_TYPES:
        return shown_types(value->bytes);
    case SRFLX_SHAPE_ALGORITHM:
        return shown_algorithm(value->bytes);
    case SRFLX_SHAPE_ALGORITHMS:
        return shown_algorithms(value->bytes);
    case SRFLX_SHAPE_BYTES:
        if (type == SRFLX_ATTR_PASSWORD) return shown_text(value->bytes);
        return shown_hex(value->bytes.ptr, value->bytes.len);
    default:
        return shown_text(value->bytes);
    }
}

/* All values of a type that count, in wire order. */
static json_t *shown_all(const struct srflx_message *m, uint16_t type)
{
    json_t *all = json_array();
    struct srflx_value value;
    struct srflx_iter it;
    struct srflx_attr attr;
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        if (attr.type != type || !attr.counts) continue;
        CHECK_INT(srflx_value_read(type, attr.value, &id, &value), 0);
        json_array_append_new(all, shown_value(type, &value));
    }
    return all;
}

static json_t *shown_order(const struct srflx_message *m)
{
    json_t *order = json_array();
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        json_array_append_new(order, json_string(srflx_attr_find(attr.type)->name));
    return order;
}

/* A field of the header, or NULL. */
static json_t *shown_header(const struct srflx_message *m, const char *key)
{
    static const char *const kinds[] = {"request", "indication", "success", "error"};
    struct srflx_id id;

    srflx_message_get_id(m, &id);
    if (!strcmp(key, "type")) return json_sprintf("0x%04x", m->type);
    if (!strcmp(key, "method")) return json_sprintf("0x%03x", m->method);
    if (!strcmp(key, "cls")) return json_string(kinds[m->kind]);
    if (!strcmp(key, "length")) return json_integer((json_int_t)m->bytes.len - SRFLX_HEADER_SIZE);
    if (!strcmp(key, "transaction_id128")) return shown_hex(id.bytes, 16);
    if (!strcmp(key, "transaction_id")) return shown_hex(id.bytes + 4, 12);
    if (!strcmp(key, "attribute_order")) return shown_order(m);
    return NULL;
}

/* "XOR_MAPPED_ADDRESS" of "XOR-MAPPED-ADDRESS" or of "XOR-MAPPED-ADDRESS_length" begins. */
static uint16_t type_of(const char *key, size_t len)
{
    uint16_t found = 0;
    char name[64] = "";
    size_t i;

    CHECK(len < sizeof name);
    for (i = 0; i < len; i++)
        name[i] = key[i] == '_' ? '-' : key[i];
#define FIND(symbol, number, row_name, shape, shortest, longest, rfc, use) \
    if (!strcmp(name, row_name)) found = number;
    SRFLX_ATTR_MAP(FIND)
#undef FIND
    return found;
}

/* A field that an attribute holds: its first value, or all of them where there may be more, or its
 * length. */
static json_t *shown_field(const struct srflx_message *m, const char *key)
{
    const char *length = strstr(key, "_length");
    uint16_t type = type_of(key, length ? (size_t)(length - key) : strlen(key));
    struct srflx_view bytes;
    json_t *all, *first;

    if (!type) return NULL;
    if (length) {
        CHECK_INT(srflx_message_get_bytes(m, type, &bytes), 0);
        return json_integer((json_int_t)bytes.len);
    }
    all = shown_all(m, type);
    if (type == SRFLX_ATTR_ALTERNATE_SERVER) return all;
    first = json_incref(json_array_get(all, 0));
    json_decref(all);
    return first;
}

/* RFC 3489 fills phrases with spaces; the library takes them off. */
static json_t *without_fill(const json_t *text)
{
    const char *phrase = json_string_value(text);
    size_t len = strlen(phrase);

    while (len && phrase[len - 1] == ' ')
        len--;
    return json_stringn(phrase, len);
}

static void check_field(const char *id, const struct srflx_message *m, const char *key,
                        const json_t *stated)
{
    json_t *want = strcmp(key, "ERROR_CODE") ? json_deep_copy(stated) : without_fill(stated);
    json_t *shown = shown_header(m, key);

    if (!shown) shown = shown_field(m, key);
    if (!shown) FAIL("%s: %s is not in the message", id, key);
    if (!json_equal(shown, want)) FAIL("%s: %s is %s", id, key, json_dumps(shown, JSON_ENCODE_ANY));
    json_decref(shown);
    json_decref(want);
    checked++;
}

/* spec: R8489-5-03 R8489-5-04 R8489-14.1-01 R8489-14.2-01 R8489-14.2-02 R8489-14.8-02
 * R8489-14.11-01 R8489-14.12-01 R8489-14.13-01 R3489-11.1-01 R3489-11.2.2-01 R5780-7.5-04 */
static void check_fields(const struct vector *v)
{
    char path[VECTOR_PATH];
    json_error_t error;
    struct srflx_message m;
    const char *key;
    json_t *description, *want;

    vector_path(path, v->id, ".json");
    description = json_load_file(path, 0, &error);
    if (!description) FAIL("%s: %s", path, error.text);
    if (!srflx_message_parse(v->bytes, &m))
        json_object_foreach(json_object_get(description, "fields"), key, want)
        {
            /* What the bits of a nonce mean is a matter of credentials. */
            if (strcmp(key, "nonce_cookie_bits")) check_field(v->id, &m, key, want);
        }
    json_decref(description);
}

TEST(every_field_is_read)
{
    CHECK_INT(vector_for_each(check_fields), VECTOR_COUNT);
    CHECK_INT(checked, 368);
}

RUN(TEST_OF(every_field_is_read))
