#include "explain.h"

#include <inttypes.h>
#include <string.h>

#include "output.h"
#include "value.h"

/* What stands in the header, as far as there is one. */
struct header {
    uint16_t type, stated_len, method;
    uint8_t kind;
    bool readable; /* whole, and its top bits are zero */
    bool classic;
    const uint8_t *id; /* 16 bytes */
    const char *fingerprint;
};

static const char *const kind_names[] = {
    [SRFLX_REQUEST] = "request",
    [SRFLX_INDICATION] = "indication",
    [SRFLX_SUCCESS] = "success response",
    [SRFLX_ERROR] = "error response",
};

/* NULL if it has none here. */
static const char *method_name(uint16_t method)
{
    static const struct {
        uint16_t method;
        const char *name;
    } names[] = {
        {0x001, "Binding"},
        {0x002, "Shared Secret"},
        {0x003, "Allocate"},
        {0x004, "Refresh"},
        {0x006, "Send"},
        {0x007, "Data"},
        {0x008, "CreatePermission"},
        {0x009, "ChannelBind"},
        {0x00A, "Connect"},
        {0x00B, "ConnectionBind"},
        {0x00C, "ConnectionAttempt"},
        {0x080, "GOOG-PING"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].method == method) return names[i].name;
    return NULL;
}

static uint16_t method_of(uint16_t type)
{
    return (uint16_t)((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
}

static uint8_t kind_of(uint16_t type)
{
    return (uint8_t)((type >> 4 & 1) | (type >> 7 & 2));
}

static bool has(const struct srflx_fact *fact, enum srflx_problem problem)
{
    return fact->problems >> problem & 1;
}

/* A checksum says nothing about bytes that are not all there, or not all its message's. */
static const char *fingerprint_state(const struct srflx_fact *fact, bool whole)
{
    if (!whole) return "unchecked";
    return has(fact, SRFLX_PROBLEM_FINGERPRINT_WRONG) ||
                   has(fact, SRFLX_PROBLEM_FINGERPRINT_NOT_LAST) ||
                   has(fact, SRFLX_PROBLEM_FINGERPRINT_LENGTH)
               ? "wrong"
               : "right";
}

static struct header read_header(struct srflx_view bytes)
{
    struct header header = {.fingerprint = "absent"};
    struct srflx_dissection d;
    struct srflx_fact fact;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        if (fact.kind == SRFLX_FACT_TYPE) {
            header.readable = !fact.problems;
            header.type = fact.type;
        }
        if (fact.kind == SRFLX_FACT_LENGTH) header.stated_len = fact.stated_len;
        if (fact.kind == SRFLX_FACT_ID) header.id = fact.bytes.ptr;
        if (fact.kind == SRFLX_FACT_ATTRIBUTE && fact.type == SRFLX_ATTR_FINGERPRINT && fact.row)
            header.fingerprint = fingerprint_state(
                &fact, (size_t)header.stated_len + SRFLX_HEADER_SIZE == bytes.len);
    }
    header.classic = d.classic;
    header.method = method_of(header.type);
    header.kind = kind_of(header.type);
    return header;
}

void print_message_title(FILE *to, uint16_t type)
{
    const char *name = method_name(method_of(type));

    if (name)
        fprintf(to, "%s %s", name, kind_names[kind_of(type)]);
    else
        fprintf(to, "Method 0x%03x %s", method_of(type), kind_names[kind_of(type)]);
}

/* The bytes between this attribute's value and the next attribute. */
static struct srflx_view padding_of(const struct srflx_fact *fact)
{
    struct srflx_view padding = {fact->bytes.ptr + fact->bytes.len,
                                 fact->len - 4 - fact->bytes.len};

    return padding;
}

static void print_marks(FILE *to, const struct srflx_fact *fact)
{
    static const struct {
        enum srflx_problem problem;
        enum emphasis emphasis;
        const char *mark;
    } marks[] = {
        {SRFLX_PROBLEM_OVERRUN, ALARM, "cut"},
        {SRFLX_PROBLEM_VALUE, ALARM, "unusable"},
        {SRFLX_PROBLEM_REPEATED, FAINT, "repeated"},
        {SRFLX_PROBLEM_HIDDEN, FAINT, "hidden behind integrity"},
        {SRFLX_PROBLEM_UNKNOWN_REQUIRED, FAINT, "comprehension required"},
    };
    const struct srflx_view padding = padding_of(fact);

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (has(fact, marks[i].problem))
            print_emphasised(to, marks[i].emphasis, " [%s]", marks[i].mark);
    if (!padding.len) return;
    print_emphasised(to, FAINT, " [padding");
    for (size_t at = 0; at < padding.len; at++)
        print_emphasised(to, FAINT, " %02x", padding.ptr[at]);
    print_emphasised(to, FAINT, "]");
}

void print_attributes(FILE *to, struct srflx_view bytes, const struct verification *verification,
                      const char *indent)
{
    const struct check *check;
    struct srflx_dissection d;
    struct srflx_fact fact;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        if (fact.kind != SRFLX_FACT_ATTRIBUTE) continue;
        fprintf(to, "%s%5u  0x%04x  %6u  %-24s  ", indent, fact.offset, fact.type, fact.stated_len,
                fact.row ? fact.row->name : "unknown");
        value_print(to, &fact);
        check = verification_find(verification, fact.offset);
        if (check) check_print(to, check);
        print_marks(to, &fact);
        fputc('\n', to);
    }
}

static void print_hex(FILE *to, const uint8_t *ptr, size_t len)
{
    for (size_t at = 0; at < len; at++)
        fprintf(to, "%02x", ptr[at]);
    fputc('\n', to);
}

static void print_header(FILE *to, const struct header *header)
{
    fprintf(to, "  type         0x%04x (method 0x%03x, class %u)\n", header->type, header->method,
            header->kind);
    fprintf(to, "  length       %u\n", header->stated_len);
    if (header->classic) {
        fputs("  cookie       none: RFC 3489\n  transaction  ", to);
        print_hex(to, header->id, 16);
    } else {
        fputs("  cookie       0x2112a442\n  transaction  ", to);
        print_hex(to, header->id + 4, 12);
    }
    if (strcmp(header->fingerprint, "absent") != 0)
        fprintf(to, "  fingerprint  %s\n", header->fingerprint);
}

void print_explanation(FILE *to, struct srflx_view bytes, const struct verdict *verdict,
                       const struct verification *verification)
{
    const struct header header = read_header(bytes);

    if (header.readable) {
        print_message_title(to, header.type);
        fprintf(to, ", %zu bytes\n", bytes.len);
        print_header(to, &header);
        if (bytes.len > SRFLX_HEADER_SIZE)
            fputs("  offset    type  length  name                      value\n", to);
        print_attributes(to, bytes, verification, "   ");
    } else {
        fprintf(to, "No STUN message, %zu bytes\n", bytes.len);
    }
    if (!verdict->broken) return;
    print_emphasised(to, ALARM, "broken at offset %zu: %s", verdict->offset, verdict->text);
    fputc('\n', to);
}

static json_t *problems_json(const struct srflx_fact *fact)
{
    json_t *array = json_array();

    for (unsigned problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++)
        if (has(fact, problem))
            json_array_append_new(array, json_string(srflx_problem_name(problem)));
    return array;
}

static json_t *attribute_json(const struct srflx_fact *fact)
{
    char type[8];

    snprintf(type, sizeof type, "0x%04x", fact->type);
    return json_pack("{s:i, s:s, s:s?, s:i, s:o, s:o, s:o, s:o}", "offset", (int)fact->offset,
                     "type", type, "name", fact->row ? fact->row->name : NULL, "length",
                     (int)fact->stated_len, "value", value_json(fact), "bytes",
                     json_hex(fact->bytes), "padding", json_hex(padding_of(fact)), "problems",
                     problems_json(fact));
}

/* What credentials say of it has a name of its own: a hash of somebody else is no failure. */
static void add_check(json_t *attribute, const struct check *check)
{
    if (check)
        json_object_set_new(attribute, check->is_userhash ? "user" : "integrity",
                            check_json(check));
}

static json_t *attributes_json(struct srflx_view bytes, const struct verification *verification)
{
    json_t *array = json_array(), *attribute;
    struct srflx_dissection d;
    struct srflx_fact fact;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        if (fact.kind != SRFLX_FACT_ATTRIBUTE) continue;
        attribute = attribute_json(&fact);
        add_check(attribute, verification_find(verification, fact.offset));
        json_array_append_new(array, attribute);
    }
    return array;
}

static json_t *header_json(const struct header *header)
{
    const struct srflx_view id = {header->id + (header->classic ? 0 : 4),
                                  header->classic ? 16 : 12};
    char type[8], method[8];

    snprintf(type, sizeof type, "0x%04x", header->type);
    snprintf(method, sizeof method, "0x%03x", header->method);
    return json_pack("{s:s, s:s, s:s, s:s?, s:i, s:b, s:o, s:s}", "type", type, "class",
                     kind_names[header->kind], "method", method, "method_name",
                     method_name(header->method), "length", header->stated_len, "classic",
                     header->classic, "transaction", json_hex(id), "fingerprint",
                     header->fingerprint);
}

static json_t *error_json(const char *name, const char *text, size_t offset)
{
    return json_pack("{s:s, s:s, s:I}", "name", name, "text", text, "offset", (json_int_t)offset);
}

json_t *explanation_json(struct srflx_view bytes, const struct verdict *verdict,
                         const struct verification *verification)
{
    const struct check *failure = verification_failure(verification);
    const struct header header = read_header(bytes);
    json_t *all =
        json_pack("{s:b, s:I}", "ok", !verdict->broken && !failure, "bytes", (json_int_t)bytes.len);

    if (header.readable) {
        json_object_set_new(all, "header", header_json(&header));
        json_object_set_new(all, "attributes", attributes_json(bytes, verification));
    }
    if (verdict->broken)
        json_object_set_new(
            all, "error",
            error_json(srflx_problem_name(verdict->problem), verdict->text, verdict->offset));
    else if (failure)
        json_object_set_new(
            all, "error",
            error_json("INTEGRITY", "not signed with these credentials", failure->offset));
    return all;
}
