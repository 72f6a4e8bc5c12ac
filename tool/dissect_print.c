#include "dissect.h"

#include <inttypes.h>
#include <string.h>

#include "output.h"
#include "value.h"

static const char *const kind_names[] = {
    [SRFLX_REQUEST] = "request",
    [SRFLX_INDICATION] = "indication",
    [SRFLX_SUCCESS] = "success response",
    [SRFLX_ERROR] = "error response",
};

/* NULL if it has none here. */
static const char *method_name(uint16_t method)
{
    if (method == SRFLX_METHOD_BINDING) return "Binding";
    return method == SRFLX_METHOD_SHARED_SECRET ? "Shared Secret" : NULL;
}

void print_message_title(FILE *to, const struct srflx_message *m)
{
    const char *name = method_name(m->method);

    if (name)
        fprintf(to, "%s %s", name, kind_names[m->kind]);
    else
        fprintf(to, "Method 0x%03x %s", m->method, kind_names[m->kind]);
}

/* The bytes between this attribute's value and the next attribute. */
static struct srflx_view padding_of(const struct srflx_attr *attr)
{
    struct srflx_view padding = {attr->value.ptr + attr->value.len, -attr->value.len & 3};

    return padding;
}

/* FINGERPRINT of a message that was cut off says nothing. */
static const char *fingerprint_state(const struct dissection *d)
{
    static const char *const states[] = {
        [SRFLX_FINGERPRINT_ABSENT] = "absent",
        [SRFLX_FINGERPRINT_RIGHT] = "right",
        [SRFLX_FINGERPRINT_WRONG] = "wrong",
    };

    if (d->message.bytes.ptr == d->repaired) return "unchecked";
    return states[d->message.fingerprint];
}

static void print_marks(FILE *to, const struct srflx_attr *attr, const struct value *value)
{
    struct srflx_view padding = padding_of(attr);
    size_t at;

    if (!value->usable) print_emphasised(to, ALARM, " [unusable]");
    if (attr->repeated) print_emphasised(to, FAINT, " [repeated]");
    if (!attr->counts) print_emphasised(to, FAINT, " [hidden behind integrity]");
    if (!value->row && attr->type < SRFLX_ATTR_FIRST_OPTIONAL)
        print_emphasised(to, FAINT, " [comprehension required]");
    if (!padding.len) return;
    print_emphasised(to, FAINT, " [padding");
    for (at = 0; at < padding.len; at++)
        print_emphasised(to, FAINT, " %02x", padding.ptr[at]);
    print_emphasised(to, FAINT, "]");
}

void print_attributes(FILE *to, const struct srflx_message *m, const char *indent)
{
    struct srflx_iter it;
    struct srflx_attr attr;
    struct value value;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        value_read(m, &attr, &value);
        fprintf(to, "%s%5u  0x%04x  %6zu  %-24s  ", indent, attr.offset, attr.type, attr.value.len,
                value.row ? value.row->name : "unknown");
        value_print(to, &value);
        print_marks(to, &attr, &value);
        fputc('\n', to);
    }
}

static void print_hex(FILE *to, const uint8_t *ptr, size_t len)
{
    size_t at;

    for (at = 0; at < len; at++)
        fprintf(to, "%02x", ptr[at]);
    fputc('\n', to);
}

static void print_header(FILE *to, const struct dissection *d)
{
    const struct srflx_message *m = &d->message;
    const uint8_t *p = d->bytes.ptr;

    fprintf(to, "  type         0x%04x (method 0x%03x, class %u)\n", m->type, m->method, m->kind);
    fprintf(to, "  length       %u\n", p[2] << 8 | p[3]);
    if (m->classic) {
        fputs("  cookie       none: RFC 3489\n  transaction  ", to);
        print_hex(to, p + 4, 16);
    } else {
        fputs("  cookie       0x2112a442\n  transaction  ", to);
        print_hex(to, p + 8, 12);
    }
    if (m->fingerprint != SRFLX_FINGERPRINT_ABSENT)
        fprintf(to, "  fingerprint  %s\n", fingerprint_state(d));
}

void dissection_print(FILE *to, const struct dissection *d)
{
    const struct srflx_message *m = &d->message;

    if (d->readable) {
        print_message_title(to, m);
        fprintf(to, ", %zu bytes\n", d->bytes.len);
        print_header(to, d);
        if (m->bytes.len > SRFLX_HEADER_SIZE)
            fputs("  offset    type  length  name                      value\n", to);
        print_attributes(to, m, "   ");
    } else {
        fprintf(to, "No STUN message, %zu bytes\n", d->bytes.len);
    }
    if (!d->error_name) return;
    print_emphasised(to, ALARM, "broken at offset %zu: %s", d->error_offset, d->error_text);
    fputc('\n', to);
}

static json_t *attribute_json(const struct srflx_message *m, const struct srflx_attr *attr)
{
    struct value value;
    char type[8];

    value_read(m, attr, &value);
    snprintf(type, sizeof type, "0x%04x", attr->type);
    return json_pack("{s:i, s:s, s:s?, s:i, s:o, s:o, s:o, s:b, s:b, s:b}", "offset", attr->offset,
                     "type", type, "name", value.row ? value.row->name : NULL, "length",
                     (int)attr->value.len, "value", value_json(&value), "bytes",
                     json_hex(attr->value), "padding", json_hex(padding_of(attr)), "usable",
                     value.usable, "repeated", attr->repeated, "hidden", !attr->counts);
}

static json_t *attributes_json(const struct srflx_message *m)
{
    json_t *array = json_array();
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        json_array_append_new(array, attribute_json(m, &attr));
    return array;
}

static json_t *header_json(const struct dissection *d)
{
    const struct srflx_message *m = &d->message;
    struct srflx_view id = {m->bytes.ptr + (m->classic ? 4 : 8), m->classic ? 16 : 12};
    char type[8], method[8];

    snprintf(type, sizeof type, "0x%04x", m->type);
    snprintf(method, sizeof method, "0x%03x", m->method);
    return json_pack("{s:s, s:s, s:s, s:s?, s:i, s:b, s:o, s:s}", "type", type, "class",
                     kind_names[m->kind], "method", method, "method_name", method_name(m->method),
                     "length", d->bytes.ptr[2] << 8 | d->bytes.ptr[3], "classic", m->classic,
                     "transaction", json_hex(id), "fingerprint", fingerprint_state(d));
}

json_t *dissection_json(const struct dissection *d)
{
    json_t *all = json_pack("{s:b, s:I}", "ok", !d->error_name, "bytes", (json_int_t)d->bytes.len);

    if (d->readable) {
        json_object_set_new(all, "header", header_json(d));
        json_object_set_new(all, "attributes", attributes_json(&d->message));
    }
    if (d->error_name)
        json_object_set_new(all, "error",
                            json_pack("{s:s, s:s, s:I}", "name", d->error_name, "text",
                                      d->error_text, "offset", (json_int_t)d->error_offset));
    return all;
}
