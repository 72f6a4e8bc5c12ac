#include <check.h>

#include "buffer_pool.h"

TEST(buffers_are_counted_and_the_last_one_back_is_the_next_one_out)
{
    struct srflx_stream_buffer *a, *b;
    struct srflx_buffer_pool pool;

    CHECK_INT(srflx_buffer_pool_init(&pool, 2), 0);
    a = srflx_buffer_take(&pool);
    b = srflx_buffer_take(&pool);
    CHECK(a && b && a != b);
    CHECK_NULL(srflx_buffer_take(&pool));
    CHECK_INT(pool.taken, 2);
    srflx_buffer_give(&pool, b);
    srflx_buffer_give(&pool, a);
    CHECK(srflx_buffer_take(&pool) == a);
    CHECK_INT(pool.taken, 1);
    srflx_buffer_pool_free(&pool);
}

TEST(a_buffer_is_empty_whatever_was_in_it)
{
    struct srflx_buffer_pool pool;
    struct srflx_stream_buffer *a;

    CHECK_INT(srflx_buffer_pool_init(&pool, 1), 0);
    a = srflx_buffer_take(&pool);
    memset(a, 0xFF, sizeof *a);
    srflx_buffer_give(&pool, a);
    CHECK(srflx_buffer_take(&pool) == a);
    CHECK_INT(a->raw_at | a->raw_len | a->plain_at | a->plain_len | a->out_at | a->out_len, 0);
    CHECK_INT(a->framer.have | a->framer.skip | a->framer.skipped, 0);
    CHECK(a->framer.buf == a->message);
    CHECK_INT(a->framer.cap, SRFLX_STREAM_MESSAGE);
    srflx_buffer_pool_free(&pool);
}

RUN(TEST_OF(buffers_are_counted_and_the_last_one_back_is_the_next_one_out),
    TEST_OF(a_buffer_is_empty_whatever_was_in_it))
