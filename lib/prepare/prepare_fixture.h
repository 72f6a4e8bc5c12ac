/* What the tests of both profiles share. */
#ifndef PREPARE_FIXTURE_H
#define PREPARE_FIXTURE_H

#include <srflx/prepare.h>

#include <srflx/error.h>

#include <srflxi/utf8.h>

#include "check.h"

typedef int prepare_fn(struct srflx_view text, uint8_t *buf, size_t cap,
                       struct srflx_view *ret_prepared);

/* SASLprep as a profile like the other one. */
static inline int stored(struct srflx_view text, uint8_t *buf, size_t cap,
                         struct srflx_view *ret_prepared)
{
    return srflx_prepare_saslprep(text, SRFLX_PREPARE_STORED, buf, cap, ret_prepared);
}

static inline int query(struct srflx_view text, uint8_t *buf, size_t cap,
                        struct srflx_view *ret_prepared)
{
    return srflx_prepare_saslprep(text, SRFLX_PREPARE_QUERY, buf, cap, ret_prepared);
}

/* Fails with this error, and leaves the outputs alone. */
static inline void check_refuses(prepare_fn *prepare, struct srflx_view text, size_t cap, int error)
{
    static uint8_t buf[2048], untouched[2048];
    struct srflx_view prepared = {untouched, 4711};

    memset(buf, 0xEE, sizeof buf);
    memset(untouched, 0xEE, sizeof untouched);
    CHECK_STR(srflx_error_name(prepare(text, buf, cap, &prepared)), srflx_error_name(error));
    CHECK_MEM(buf, untouched, sizeof buf);
    CHECK(prepared.ptr == untouched && prepared.len == 4711);
}

/* Becomes `want` in every buffer that is large enough, and in no other. */
static inline void check_once(prepare_fn *prepare, struct srflx_view text, struct srflx_view want)
{
    uint8_t buf[SRFLX_PREPARE_LONGEST + 2];
    struct srflx_view prepared;
    size_t cap;

    for (cap = 0; cap < want.len; cap++)
        check_refuses(prepare, text, cap, SRFLX_ERROR_SPACE);
    for (; cap <= want.len + 1; cap++) {
        memset(buf, 0xEE, sizeof buf);
        CHECK_STR(srflx_error_name(prepare(text, buf, cap, &prepared)), "OK");
        CHECK_INT(prepared.len, want.len);
        CHECK(prepared.ptr == buf);
        CHECK_MEM(buf, want.ptr, want.len);
        CHECK_INT(buf[want.len], 0xEE);
    }
}

/* And what is prepared stays as it is. */
static inline void check_becomes(prepare_fn *prepare, struct srflx_view text,
                                 struct srflx_view want)
{
    check_once(prepare, text, want);
    check_once(prepare, want, want);
}

/* Applied again to what it makes of any character, nothing changes and nothing is refused. */
static inline void check_stable(prepare_fn *prepare)
{
    uint8_t text[SRFLXI_UTF8_LONGEST], first[64], second[64];
    struct srflx_view once, twice;
    uint32_t point;

    for (point = 0; point < 0x110000; point++) {
        if (point == 0xD800) point = 0xE000;
        if (prepare((struct srflx_view){text, srflxi_utf8_put(point, text)}, first, sizeof first,
                    &once))
            continue;
        if (prepare(once, second, sizeof second, &twice) || twice.len != once.len ||
            memcmp(first, second, once.len))
            FAIL("U+%04X", point);
    }
}

#define BECOMES(prepare, text, want) check_becomes(prepare, VIEW(text), VIEW(want))
#define STAYS(prepare, text) BECOMES(prepare, text, text)
#define REFUSES(prepare, text, error) check_refuses(prepare, VIEW(text), 2048, SRFLX_ERROR_##error)

#endif
