#include <srflx/dissect.h>
#include <srflxi/bytes.h>
#include <srflxi/fingerprint.h>
#include <srflxi/slots.h>
#include <srflxi/value.h>
#include <srflxi/walk.h>

enum { AT_TYPE = 0, AT_LENGTH = 2, AT_ID = 4, DONE_WITH_NOTHING = 1 };

static const struct {
    const char *name, *text;
    bool fatal;
} problems[SRFLX_PROBLEM_COUNT] = {
#define PROBLEM_ROW(name, fatal, text) {#name, text, fatal},
    SRFLX_PROBLEM_MAP(PROBLEM_ROW)
#undef PROBLEM_ROW
};

const char *srflx_problem_name(enum srflx_problem problem)
{
    return problems[problem].name;
}

const char *srflx_problem_text(enum srflx_problem problem)
{
    return problems[problem].text;
}

bool srflx_problem_is_fatal(enum srflx_problem problem)
{
    return problems[problem].fatal;
}

static void blame(struct srflx_fact *fact, enum srflx_problem problem)
{
    fact->problems |= (uint32_t)1 << problem;
}

static size_t stated_end(struct srflx_view bytes)
{
    return SRFLX_HEADER_SIZE + (size_t)srflxi_get16(bytes.ptr + AT_LENGTH);
}

void srflx_dissect_begin(struct srflx_dissection *d, struct srflx_view bytes)
{
    memset(d, 0, sizeof *d);
    d->bytes = bytes;
    d->end = bytes.len;
    if (bytes.len < SRFLX_HEADER_SIZE) return;
    memcpy(d->id.bytes, bytes.ptr + AT_ID, sizeof d->id.bytes);
    d->classic = srflxi_get32(bytes.ptr + AT_ID) != SRFLX_MAGIC_COOKIE;
    if (stated_end(bytes) < bytes.len) d->end = stated_end(bytes);
}

/* A fact about the next `len` bytes, of which there may be fewer. */
static void cover(struct srflx_dissection *d, uint8_t kind, size_t len, struct srflx_fact *fact)
{
    size_t left = d->bytes.len - d->next;

    memset(fact, 0, sizeof *fact);
    fact->kind = kind;
    fact->offset = (uint32_t)d->next;
    fact->len = (uint32_t)(len < left ? len : left);
    if (fact->len) fact->bytes.ptr = d->bytes.ptr + d->next;
    fact->bytes.len = fact->len;
    d->next += fact->len;
}

static void rest(struct srflx_dissection *d, size_t end, enum srflx_problem problem,
                 struct srflx_fact *fact)
{
    cover(d, SRFLX_FACT_REST, end - d->next, fact);
    blame(fact, problem);
}

static void type_fact(struct srflx_dissection *d, struct srflx_fact *fact)
{
    cover(d, SRFLX_FACT_TYPE, 2, fact);
    fact->type = srflxi_get16(fact->bytes.ptr);
    if (fact->type & 0xC000) blame(fact, SRFLX_PROBLEM_TOP_BITS);
}

static void length_fact(struct srflx_dissection *d, struct srflx_fact *fact)
{
    cover(d, SRFLX_FACT_LENGTH, 2, fact);
    fact->stated_len = srflxi_get16(fact->bytes.ptr);
    if (fact->stated_len & 3) blame(fact, SRFLX_PROBLEM_LENGTH_ALIGN);
    if (stated_end(d->bytes) > d->bytes.len) blame(fact, SRFLX_PROBLEM_LENGTH_BEYOND);
}

static void judge_fingerprint(const struct srflx_dissection *d, struct srflx_fact *fact)
{
    const uint8_t *header = d->bytes.ptr + fact->offset;

    if (fact->offset + 8u != d->end) blame(fact, SRFLX_PROBLEM_FINGERPRINT_NOT_LAST);
    if (fact->stated_len != 4)
        blame(fact, SRFLX_PROBLEM_FINGERPRINT_LENGTH);
    else if (srflxi_get32(header + 4) != srflxi_fingerprint(d->bytes.ptr, fact->offset))
        blame(fact, SRFLX_PROBLEM_FINGERPRINT_WRONG);
}

/* Marks what does not count. The first of an indexed type does. */
static void judge_place(struct srflx_dissection *d, struct srflx_fact *fact)
{
    unsigned slot = d->classic ? srflxi_slot_of_classic(fact->type) : srflxi_slot_of(fact->type);
    bool indexed = slot != SRFLXI_NO_SLOT;

    if (indexed && (d->seen >> slot & 1)) blame(fact, SRFLX_PROBLEM_REPEATED);
    if (!srflxi_counts(d->hidden, fact->type)) {
        blame(fact, SRFLX_PROBLEM_HIDDEN);
        return;
    }
    if (indexed) d->seen |= (uint64_t)1 << slot;
    d->hidden = srflxi_hide(d->hidden, fact->type, d->classic);
}

static void judge_padding(const struct srflx_dissection *d, struct srflx_fact *fact)
{
    size_t i, value_end = fact->offset + 4 + fact->stated_len, end = fact->offset + fact->len;

    if (d->classic && fact->row && value_end != end) blame(fact, SRFLX_PROBLEM_NO_PADDING);
    for (i = value_end; i < end; i++)
        if (d->bytes.ptr[i]) {
            blame(fact, SRFLX_PROBLEM_PADDING);
            return;
        }
}

static void judge_attribute(struct srflx_dissection *d, struct srflx_fact *fact)
{
    judge_place(d, fact);
    judge_padding(d, fact);
    if (!fact->row && fact->type < SRFLX_ATTR_FIRST_OPTIONAL)
        blame(fact, SRFLX_PROBLEM_UNKNOWN_REQUIRED);
    if (srflx_value_read(fact->type, fact->bytes, &d->id, &fact->value))
        blame(fact, SRFLX_PROBLEM_VALUE);
    if (fact->type == SRFLX_ATTR_FINGERPRINT && !d->classic) judge_fingerprint(d, fact);
}

static void attribute_fact(struct srflx_dissection *d, struct srflx_fact *fact)
{
    struct srflxi_form form = {d->id.bytes, d->classic};
    const uint8_t *header = d->bytes.ptr + d->next;
    size_t stated_len, size, at = d->next;

    if (d->end - at < 4) {
        rest(d, d->end, SRFLX_PROBLEM_CUT_HEADER, fact);
        return;
    }
    stated_len = srflxi_get16(header + 2);
    size = 4 + srflxi_pad4(stated_len);
    cover(d, SRFLX_FACT_ATTRIBUTE, size < d->end - at ? size : d->end - at, fact);
    fact->type = srflxi_get16(header);
    fact->stated_len = (uint16_t)stated_len;
    fact->row = srflxi_row_in(&form, fact->type);
    fact->bytes.ptr = header + 4;
    fact->bytes.len = stated_len < fact->len - 4 ? stated_len : fact->len - 4;
    if (size > d->end - at)
        blame(fact, SRFLX_PROBLEM_OVERRUN);
    else
        judge_attribute(d, fact);
}

/* Too short for a header: one fact, even about no bytes. */
static bool short_fact(struct srflx_dissection *d, struct srflx_fact *fact)
{
    if (d->hidden == DONE_WITH_NOTHING) return false;
    d->hidden = DONE_WITH_NOTHING;
    rest(d, d->bytes.len, SRFLX_PROBLEM_SHORT, fact);
    return true;
}

bool srflx_dissect_next(struct srflx_dissection *d, struct srflx_fact *ret_fact)
{
    if (d->bytes.len < SRFLX_HEADER_SIZE) return short_fact(d, ret_fact);
    if (d->next == d->bytes.len) return false;
    if (d->next == AT_TYPE)
        type_fact(d, ret_fact);
    else if (d->next == AT_LENGTH)
        length_fact(d, ret_fact);
    else if (d->next == AT_ID)
        cover(d, SRFLX_FACT_ID, sizeof d->id.bytes, ret_fact);
    else if (d->next < d->end)
        attribute_fact(d, ret_fact);
    else
        rest(d, d->bytes.len, SRFLX_PROBLEM_TRAILING, ret_fact);
    return true;
}
