#define _POSIX_C_SOURCE 200809L
#include "buffer_pool.h"

#include <stdlib.h>

int srflx_buffer_pool_init(struct srflx_buffer_pool *pool, uint32_t count)
{
    pool->buffers = calloc(count, sizeof *pool->buffers);
    pool->free_list = NULL;
    pool->count = count;
    pool->fresh = 0;
    pool->taken = 0;
    return pool->buffers ? 0 : SRFLX_ERROR_SYSTEM;
}

void srflx_buffer_pool_free(struct srflx_buffer_pool *pool)
{
    free(pool->buffers);
    pool->buffers = NULL;
}

struct srflx_stream_buffer *srflx_buffer_take(struct srflx_buffer_pool *pool)
{
    struct srflx_stream_buffer *buffer = pool->free_list;

    if (buffer)
        pool->free_list = buffer->next_free;
    else if (pool->fresh < pool->count)
        buffer = &pool->buffers[pool->fresh++];
    else
        return NULL;
    pool->taken++;
    srflx_framer_init(&buffer->framer, buffer->message, sizeof buffer->message);
    buffer->raw_at = buffer->raw_len = 0;
    buffer->plain_at = buffer->plain_len = 0;
    buffer->out_at = buffer->out_len = 0;
    return buffer;
}

void srflx_buffer_give(struct srflx_buffer_pool *pool, struct srflx_stream_buffer *buffer)
{
    buffer->next_free = pool->free_list;
    pool->free_list = buffer;
    pool->taken--;
}
