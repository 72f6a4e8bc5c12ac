/* A mutator that knows the grammar: it makes and changes trees of attributes, with lengths at the
 * limits, wrong totals, repetitions and other orders, up to 64 KiB, and often mends the length and
 * FINGERPRINT behind it. Half of the time libFuzzer's plain mutation has its turn. */
#include "fuzz.h"

#include <srflx/message.h>
#include <srflx/writer.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* A message under the knife. */
struct draft {
    uint8_t *bytes;
    size_t len, max;
    uint32_t seed;
};

enum { ATTRIBUTES = 64 };

/* Where the first attributes of a draft begin, and the last of them ends. */
struct outline {
    size_t count;
    size_t at[ATTRIBUTES + 1];
};

static uint32_t below(struct draft *draft, uint32_t limit)
{
    draft->seed = draft->seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)draft->seed * limit >> 32);
}

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static size_t padded(size_t len)
{
    return (len + 3) / 4 * 4;
}

static struct outline outline_of(const struct draft *draft)
{
    struct outline outline;
    size_t at = SRFLX_HEADER_SIZE;

    outline.count = 0;
    outline.at[0] = at;
    while (outline.count < ATTRIBUTES && at + 4 <= draft->len) {
        at += 4 + padded(get16(draft->bytes + at + 2));
        if (at > draft->len) break;
        outline.at[++outline.count] = at;
    }
    return outline;
}

static uint16_t some_type(struct draft *draft)
{
    static const uint16_t types[] = {
#define ROW_TYPE(symbol, number, name, shape, shortest, longest, rfc, use) number,
        SRFLX_ATTR_MAP(ROW_TYPE)
#undef ROW_TYPE
    };

    if (below(draft, 8)) return types[below(draft, sizeof types / sizeof types[0])];
    return (uint16_t)below(draft, 65536);
}

/* A length at which something changes: for the attribute's row, for any row, for the format. */
static size_t some_length(struct draft *draft, uint16_t type)
{
    static const uint16_t limits[] = {0,  1,  2,  3,  4,  5,   7,   8,   12,  16,  19,  20,  21,
                                      28, 32, 33, 36, 64, 508, 509, 510, 513, 763, 764, 767, 2020};
    static const uint16_t great[] = {16384, 32767, 32768, 65500, 65508, 65528, 65532, 65535};
    const struct srflx_attr_row *row = srflx_attr_find(type);

    if (!below(draft, 32)) return great[below(draft, sizeof great / sizeof great[0])];
    if (row && below(draft, 2)) return below(draft, 2) ? row->shortest : row->longest;
    return limits[below(draft, sizeof limits / sizeof limits[0])];
}

/* Opens a gap of `len` bytes at `at`; false if there is no room. */
static bool open_gap(struct draft *draft, size_t at, size_t len)
{
    if (len > draft->max - draft->len) return false;
    memmove(draft->bytes + at + len, draft->bytes + at, draft->len - at);
    draft->len += len;
    return true;
}

static void cut_out(struct draft *draft, size_t at, size_t len)
{
    memmove(draft->bytes + at, draft->bytes + at + len, draft->len - at - len);
    draft->len -= len;
}

/* Values that many shapes take: a family, an error class, text. */
static void fill_value(struct draft *draft, uint8_t *value, size_t len)
{
    memset(value, (int)below(draft, 2) * 'a', len);
    if (len >= 4) put16(value, 1 + (size_t)below(draft, 2));
    if (len >= 4 && below(draft, 2)) put16(value + 2, below(draft, 2) ? 0x0414 : len - 4);
}

static void insert(struct draft *draft)
{
    struct outline outline = outline_of(draft);
    size_t at = outline.at[below(draft, (uint32_t)outline.count + 1)];
    uint16_t type = some_type(draft);
    size_t len = some_length(draft, type);

    if (!open_gap(draft, at, 4 + padded(len))) return;
    put16(draft->bytes + at, type);
    put16(draft->bytes + at + 2, len);
    memset(draft->bytes + at + 4, 0, padded(len));
    fill_value(draft, draft->bytes + at + 4, len);
}

/* As many as fill a list of unknown ones. */
static void insert_many_empty(struct draft *draft)
{
    struct outline outline = outline_of(draft);
    size_t at = outline.at[below(draft, (uint32_t)outline.count + 1)];
    uint16_t type = (uint16_t)below(draft, 65536);
    size_t i, count = below(draft, 512);

    if (!open_gap(draft, at, 4 * count)) return;
    for (i = 0; i < count; i++) {
        put16(draft->bytes + at + 4 * i, type + i);
        put16(draft->bytes + at + 4 * i + 2, 0);
    }
}

static void drop(struct draft *draft, const struct outline *outline, uint32_t which)
{
    cut_out(draft, outline->at[which], outline->at[which + 1] - outline->at[which]);
}

/* Repeats an attribute in another place; without the first that is a change of order. */
static void repeat(struct draft *draft, const struct outline *outline, uint32_t which)
{
    size_t from = outline->at[which], len = outline->at[which + 1] - from;
    size_t to = outline->at[below(draft, (uint32_t)outline->count + 1)];

    if (!open_gap(draft, to, len)) return;
    if (from >= to) from += len;
    memmove(draft->bytes + to, draft->bytes + from, len);
    if (below(draft, 2)) cut_out(draft, from, len);
}

static void retype(struct draft *draft, const struct outline *outline, uint32_t which)
{
    put16(draft->bytes + outline->at[which], some_type(draft));
}

/* Only what the attribute says of itself. */
static void lie_about_length(struct draft *draft, const struct outline *outline, uint32_t which)
{
    uint8_t *header = draft->bytes + outline->at[which];

    put16(header + 2, some_length(draft, (uint16_t)get16(header)));
}

/* libFuzzer's own mutation, of which MemorySanitizer sees nothing. */
static size_t mutate_plainly(uint8_t *data, size_t size, size_t max_size)
{
    size_t len = LLVMFuzzerMutate(data, size, max_size);

    srflxi_written(&len, sizeof len);
    srflxi_written(data, len);
    return len;
}

/* The value alone. */
static void change_value(struct draft *draft, const struct outline *outline, uint32_t which)
{
    uint8_t *header = draft->bytes + outline->at[which];
    size_t len = get16(header + 2);

    if (len) mutate_plainly(header + 4, len, len);
}

static void change_attribute(struct draft *draft)
{
    static void (*const changes[])(struct draft *, const struct outline *, uint32_t) = {
        drop, repeat, repeat, retype, lie_about_length, change_value};
    struct outline outline = outline_of(draft);

    if (!outline.count) {
        insert(draft);
        return;
    }
    changes[below(draft, sizeof changes / sizeof changes[0])](
        draft, &outline, below(draft, (uint32_t)outline.count));
}

/* Method, kind, form, and the id's bytes, which choose the circumstances. */
static void change_header(struct draft *draft)
{
    uint16_t binding = srflx_type(SRFLX_METHOD_BINDING, (uint8_t)below(draft, 4));

    switch (below(draft, 4)) {
    case 0:
        put16(draft->bytes, below(draft, 4) ? binding : below(draft, 65536));
        break;
    case 1:
        memcpy(draft->bytes + 4, below(draft, 2) ? "\x21\x12\xA4\x42" : "\xA1\xB2\xC3\xD4", 4);
        break;
    default:
        draft->bytes[8 + below(draft, 12)] = (uint8_t)below(draft, 256);
    }
}

/* A second message behind the first, as streams have them. */
static void append_message(struct draft *draft)
{
    size_t len = draft->len;

    if (!open_gap(draft, len, len)) return;
    memcpy(draft->bytes + len, draft->bytes, len);
}

static void start_anew(struct draft *draft)
{
    draft->len = SRFLX_HEADER_SIZE;
    memset(draft->bytes, 0, SRFLX_HEADER_SIZE);
    put16(draft->bytes, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST));
    memcpy(draft->bytes + 4, "\x21\x12\xA4\x42", 4);
}

/* The right total, or one that is a little or wholly wrong. */
static void set_total(struct draft *draft)
{
    size_t total = draft->len - SRFLX_HEADER_SIZE;

    switch (below(draft, 16)) {
    case 0:
        put16(draft->bytes + 2, total + 4);
        break;
    case 1:
        put16(draft->bytes + 2, total - 4);
        break;
    case 2:
        put16(draft->bytes + 2, below(draft, 65536));
        break;
    default:
        put16(draft->bytes + 2, total);
    }
}

/* Lets the library's own writer put a FINGERPRINT that is right at the end. */
static void mend_fingerprint(struct draft *draft)
{
    struct outline outline = outline_of(draft);
    size_t last = outline.count ? outline.at[outline.count - 1] : 0;
    struct srflx_view attributes, bytes;
    struct srflx_writer w;
    struct srflx_id id;

    if (last && get16(draft->bytes + last) == SRFLX_ATTR_FINGERPRINT) draft->len = last;
    attributes = heap_copy(
        (struct srflx_view){draft->bytes + SRFLX_HEADER_SIZE, draft->len - SRFLX_HEADER_SIZE});
    memcpy(id.bytes, draft->bytes + 4, sizeof id.bytes);
    srflx_writer_begin(&w, draft->bytes, draft->max, (uint16_t)get16(draft->bytes), &id);
    srflx_put_prepared(&w, attributes);
    srflx_add_fingerprint(&w);
    if (!srflx_writer_finish(&w, &bytes)) draft->len = bytes.len;
    heap_free(attributes);
}

static void change_tree(struct draft *draft)
{
    uint32_t dice = below(draft, 32);

    if (dice == 0)
        insert_many_empty(draft);
    else if (dice < 4)
        change_header(draft);
    else if (dice < 16)
        insert(draft);
    else
        change_attribute(draft);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct draft draft = {data, size, max_size, seed};
    bool plain = max_size < SRFLX_HEADER_SIZE || below(&draft, 2);
    uint32_t steps;

    if (plain) draft.len = mutate_plainly(data, size, max_size);
    if (plain && (draft.len < SRFLX_HEADER_SIZE || below(&draft, 2))) return draft.len;
    if (draft.len < SRFLX_HEADER_SIZE || !below(&draft, 64)) start_anew(&draft);
    for (steps = plain ? 0 : 1 + below(&draft, 4); steps; steps--)
        change_tree(&draft);
    set_total(&draft);
    if (below(&draft, 2)) mend_fingerprint(&draft);
    if (!below(&draft, 32)) append_message(&draft);
    return draft.len;
}
