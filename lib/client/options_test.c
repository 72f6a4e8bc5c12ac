#include "check.h"

#include <srflx/transaction.h>

static union {
    uint8_t bytes[1024];
    max_align_t align;
} memory;

static int init_with(const struct srflx_transaction_options *options)
{
    struct srflx_transaction *t;

    return srflx_transaction_init(&memory, sizeof memory, options, &t);
}

/* spec: R8489-6.2.1-04 R8489-6.2.1-05 R8489-6.2.1-13 R8489-6.2.1-15 R8489-6.2.2-06 R8489-6.3.4-06
 */
TEST(defaults_are_those_of_rfc_8489)
{
    struct srflx_transaction_options options;

    srflx_transaction_options_defaults(&options);
    CHECK_INT(options.size, sizeof options);
    CHECK_INT(options.rto_ms, 500);
    CHECK_INT(options.rto_max_ms, 0);
    CHECK_INT(options.rc, 7);
    CHECK_INT(options.rm, 16);
    CHECK_INT(options.ti_ms, 39500);
    CHECK_INT(options.limit_ms, 0);
    CHECK_INT(options.max_resends, 4);
    CHECK_INT(init_with(&options), 0);
}

/* spec: R3489-9.3-07 R3489-9.3-08 */
TEST(classic_ones_are_those_of_rfc_3489)
{
    struct srflx_transaction_options options;

    srflx_transaction_options_classic(&options);
    CHECK_INT(options.size, sizeof options);
    CHECK_INT(options.rto_ms, 100);
    CHECK_INT(options.rto_max_ms, 1600);
    CHECK_INT(options.rc, 9);
    CHECK_INT(options.rm, 16);
    CHECK_INT(options.ti_ms, 39500);
    CHECK_INT(options.limit_ms, 0);
    CHECK_INT(options.max_resends, 4);
    CHECK_INT(init_with(&options), 0);
}

/* Both ends of every range, and their neighbours outside.
 * spec: R5389-7.2.1-01 R8489-6.2.1-13 R8489-6.2.1-15 R8489-6.2.2-06 R5389-7.3.4-01 R8489-6.3.4-05
 */
TEST(ranges)
{
    static const struct {
        const char *name;
        size_t offset;
        uint32_t value;
        int error;
    } rows[] = {
#define ROW(field, value, error) \
    {#field, offsetof(struct srflx_transaction_options, field), value, error}
        ROW(size, 0, SRFLX_ERROR_ARGUMENT),
        ROW(size, sizeof(struct srflx_transaction_options) + 4, SRFLX_ERROR_ARGUMENT),
        ROW(rto_ms, 0, SRFLX_ERROR_ARGUMENT),
        ROW(rto_ms, 1, 0),
        ROW(rto_ms, 60000, 0),
        ROW(rto_ms, 60001, SRFLX_ERROR_ARGUMENT),
        ROW(rto_max_ms, 1, 0),
        ROW(rto_max_ms, UINT32_MAX, 0),
        ROW(rc, 0, SRFLX_ERROR_ARGUMENT),
        ROW(rc, 1, 0),
        ROW(rc, 32, 0),
        ROW(rc, 33, SRFLX_ERROR_ARGUMENT),
        ROW(rm, 0, SRFLX_ERROR_ARGUMENT),
        ROW(rm, 1, 0),
        ROW(rm, 1000, 0),
        ROW(rm, 1001, SRFLX_ERROR_ARGUMENT),
        ROW(ti_ms, 0, SRFLX_ERROR_ARGUMENT),
        ROW(ti_ms, 1, 0),
        ROW(ti_ms, 3600000, 0),
        ROW(ti_ms, 3600001, SRFLX_ERROR_ARGUMENT),
        ROW(limit_ms, 1, 0),
        ROW(limit_ms, UINT32_MAX, 0),
        ROW(max_resends, 0, 0),
        ROW(max_resends, 16, 0),
        ROW(max_resends, 17, SRFLX_ERROR_ARGUMENT),
#undef ROW
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct srflx_transaction_options options;
        int error;

        srflx_transaction_options_defaults(&options);
        memcpy((uint8_t *)&options + rows[i].offset, &rows[i].value, sizeof rows[i].value);
        error = init_with(&options);
        if (error != rows[i].error)
            FAIL("%s = %u: %d, expected %d", rows[i].name, rows[i].value, error, rows[i].error);
    }
}

TEST(memory_too_small)
{
    struct srflx_transaction_options options;
    struct srflx_transaction *t = NULL;

    srflx_transaction_options_defaults(&options);
    CHECK_INT(srflx_transaction_init(&memory, srflx_transaction_size() - 1, &options, &t),
              SRFLX_ERROR_SPACE);
    CHECK_NULL(t);
    CHECK_INT(srflx_transaction_init(&memory, srflx_transaction_size(), &options, &t), 0);
    CHECK((void *)t == (void *)&memory);
}

RUN(TEST_OF(defaults_are_those_of_rfc_8489), TEST_OF(classic_ones_are_those_of_rfc_3489),
    TEST_OF(ranges), TEST_OF(memory_too_small))
