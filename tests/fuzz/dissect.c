/* Any bytes: the facts of srflx_dissect_next() cover each byte once, and they agree with what
 * srflx_message_parse() and its iterator say. */
#include "fuzz.h"

#include <srflx/dissect.h>

#define BIT(problem) ((uint32_t)1 << SRFLX_PROBLEM_##problem)

static uint32_t fatal_problems(void)
{
    uint32_t fatal = 0;
    unsigned problem;

    for (problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++)
        if (srflx_problem_is_fatal(problem)) fatal |= (uint32_t)1 << problem;
    return fatal;
}

/* The entries of a list lie in it one behind the other. */
static void check_algorithms(struct srflx_view whole)
{
    struct srflx_view list = whole;
    struct srflx_algorithm algorithm;

    while (srflx_algorithm_next(&list, &algorithm)) {
        REQUIRE(lies_within(algorithm.parameters, whole));
        REQUIRE(list.len < whole.len && list.ptr + list.len == whole.ptr + whole.len);
    }
}

static void check_value(const struct srflx_fact *fact)
{
    const struct srflx_value *value = &fact->value;

    REQUIRE(value->bytes.ptr == fact->bytes.ptr && value->bytes.len == fact->bytes.len);
    REQUIRE(value->shape == (fact->row ? fact->row->shape : SRFLX_SHAPE_BYTES));
    if (!fact->row) return;
    REQUIRE(fact->row == srflx_attr_find(fact->type));
    REQUIRE(fact->bytes.len >= fact->row->shortest && fact->bytes.len <= fact->row->longest);
    if (value->shape == SRFLX_SHAPE_ADDR || value->shape == SRFLX_SHAPE_XOR_ADDR)
        REQUIRE(value->addr.family == (fact->bytes.len == 8 ? SRFLX_IPV4 : SRFLX_IPV6));
    if (value->shape == SRFLX_SHAPE_ERROR) REQUIRE(lies_within(value->error.phrase, fact->bytes));
}

static void check_fact(const struct srflx_fact *fact, struct srflx_view bytes)
{
    const struct srflx_view covered = {bytes.ptr + fact->offset, fact->len};

    REQUIRE(fact->kind >= SRFLX_FACT_TYPE && fact->kind <= SRFLX_FACT_REST);
    REQUIRE(fact->problems >> SRFLX_PROBLEM_COUNT == 0);
    if (fact->kind != SRFLX_FACT_ATTRIBUTE) return;
    REQUIRE(fact->len >= 4 && fact->type == get16(covered.ptr));
    REQUIRE(fact->stated_len == get16(covered.ptr + 2));
    REQUIRE(fact->bytes.ptr == covered.ptr + 4 && fact->bytes.len <= fact->stated_len);
    REQUIRE(lies_within(fact->bytes, covered));
    check_algorithms(fact->bytes);
    if (fact->problems & BIT(OVERRUN)) return;
    REQUIRE(fact->bytes.len == fact->stated_len);
    if (!(fact->problems & BIT(VALUE))) check_value(fact);
}

/* Returns the problems of all facts, which cover the bytes. */
static uint32_t check_facts(struct srflx_view bytes)
{
    struct srflx_dissection d;
    struct srflx_fact fact;
    uint32_t problems = 0;
    size_t next = 0;

    srflx_dissect_begin(&d, bytes);
    while (srflx_dissect_next(&d, &fact)) {
        REQUIRE(fact.offset == next && fact.len <= bytes.len - next);
        REQUIRE(fact.len || (!bytes.len && fact.problems == BIT(SHORT)));
        check_fact(&fact, bytes);
        next += fact.len;
        problems |= fact.problems;
    }
    REQUIRE(next == bytes.len);
    REQUIRE(bytes.len || problems == BIT(SHORT));
    return problems;
}

/* One attribute in both views. */
static void check_same(const struct srflx_fact *fact, const struct srflx_attr *attr)
{
    REQUIRE(fact->kind == SRFLX_FACT_ATTRIBUTE);
    REQUIRE(fact->offset == attr->offset && fact->type == attr->type);
    REQUIRE(fact->bytes.ptr == attr->value.ptr && fact->bytes.len == attr->value.len);
    REQUIRE(!(fact->problems & BIT(HIDDEN)) == attr->counts);
    REQUIRE(!!(fact->problems & BIT(REPEATED)) == attr->repeated);
}

/* What the message says of the first that counts is what the fact says. */
static void check_look_up(const struct srflx_message *m, const struct srflx_fact *fact)
{
    struct srflx_view value;
    int error = srflx_message_get_bytes(m, fact->type, &value);

    if (fact->type == SRFLX_ATTR_FINGERPRINT && m->fingerprint == SRFLX_FINGERPRINT_WRONG) return;
    REQUIRE(error || value.ptr == fact->bytes.ptr);
    REQUIRE(!error == !(fact->problems & BIT(VALUE)));
}

static void check_against_iterator(const struct srflx_message *m)
{
    struct srflx_dissection d;
    struct srflx_fact fact;
    struct srflx_iter it;
    struct srflx_attr attr;
    struct met met = {.count = 0};

    srflx_dissect_begin(&d, m->bytes);
    REQUIRE(srflx_dissect_next(&d, &fact) && fact.kind == SRFLX_FACT_TYPE);
    REQUIRE(srflx_dissect_next(&d, &fact) && fact.kind == SRFLX_FACT_LENGTH);
    REQUIRE(srflx_dissect_next(&d, &fact) && fact.kind == SRFLX_FACT_ID);
    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr)) {
        REQUIRE(srflx_dissect_next(&d, &fact));
        check_same(&fact, &attr);
        if (attr.counts && meet(&met, attr.type)) check_look_up(m, &fact);
    }
    REQUIRE(!srflx_dissect_next(&d, &fact));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srflx_view bytes = {data, size};
    uint32_t problems = check_facts(bytes);
    struct srflx_message m;
    bool is_message = !srflx_message_parse(bytes, &m);
    bool is_sound = is_message && m.fingerprint != SRFLX_FINGERPRINT_WRONG;

    REQUIRE(is_sound == !(problems & fatal_problems()));
    if (is_message) check_against_iterator(&m);
    return 0;
}
