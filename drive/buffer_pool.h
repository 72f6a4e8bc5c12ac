/* Buffers of connections on which something is pending: taken with the first byte, given back when
 * nothing is left in them. The one given back last is taken next, while the caches still hold it;
 * memory is used as buffers are. */
#ifndef SRFLX_DRIVE_BUFFER_POOL_H
#define SRFLX_DRIVE_BUFFER_POOL_H

#include <srflx/frame.h>

enum {
    SRFLX_STREAM_RAW = 8192,     /* bytes that are read at once */
    SRFLX_STREAM_PLAIN = 2048,   /* of them, what TLS unwraps at once */
    SRFLX_STREAM_MESSAGE = 2048, /* the longest message that is handled; longer ones are skipped */
    SRFLX_STREAM_REPLY = 2048,   /* the longest answer */
    SRFLX_STREAM_RECORD = 16384, /* as much goes into one record of TLS */
    SRFLX_STREAM_TLS = 256,      /* what such a record adds, at most */
    SRFLX_STREAM_OUT = 20 * 1024 /* bytes that are sent at once */
};

struct srflx_stream_buffer {
    struct srflx_framer framer; /* its buffer is `message` */
    uint32_t raw_at, raw_len;   /* what has been used, and what is there */
    uint32_t plain_at, plain_len;
    uint32_t out_at, out_len;
    struct srflx_stream_buffer *next_free;
    uint8_t raw[SRFLX_STREAM_RAW];
    uint8_t plain[SRFLX_STREAM_PLAIN];
    uint8_t message[SRFLX_STREAM_MESSAGE];
    uint8_t out[SRFLX_STREAM_OUT];
};

struct srflx_buffer_pool {
    struct srflx_stream_buffer *buffers;
    struct srflx_stream_buffer *free_list;
    uint32_t count;
    uint32_t fresh; /* buffers from here on have never been taken */
    uint32_t taken;
};

/* Returns 0 or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_buffer_pool_init(struct srflx_buffer_pool *pool, uint32_t count);
void srflx_buffer_pool_free(struct srflx_buffer_pool *pool);

/* An empty buffer, or NULL if all are taken. */
struct srflx_stream_buffer *srflx_buffer_take(struct srflx_buffer_pool *pool);
void srflx_buffer_give(struct srflx_buffer_pool *pool, struct srflx_stream_buffer *buffer);

#endif
