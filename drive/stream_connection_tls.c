#define _POSIX_C_SOURCE 200809L
#include "stream_connection_tls.h"

#include <srflx/secure.h>

static struct srflx_secure_out out_of(struct srflx_stream_buffer *b)
{
    return (struct srflx_secure_out){.bytes = b->out, .cap = sizeof b->out, .len = b->out_len};
}

void srflx_connection_tls_begin(struct srflx_connection *c, struct srflx_connection_world *world)
{
    if (!world->security)
        srflx_connection_end(c, SRFLX_STREAM_END_no_tls);
    else if (srflx_secure_new(world->security, SRFLX_TLS, NULL, &c->secure))
        srflx_connection_end(c, SRFLX_STREAM_END_handshake_failed);
    else
        c->phase = SRFLX_CONNECTION_HANDSHAKE;
}

/* Messages out of what was unwrapped last. All their answers go into one record. */
static enum srflx_connection_step take_plain(struct srflx_connection *c,
                                             struct srflx_connection_world *world)
{
    struct srflx_stream_buffer *b = c->buffer;
    struct srflx_secure_out out = out_of(b);
    struct srflx_view input = {b->plain + b->plain_at, b->plain_len - b->plain_at};
    struct srflx_connection_answers answers = {world->answers, out.cap - out.len - SRFLX_STREAM_TLS,
                                               0};
    int got, error = 0;

    if (answers.cap > SRFLX_STREAM_RECORD) answers.cap = SRFLX_STREAM_RECORD;
    got = srflx_connection_answer(c, world, &input, &answers);
    b->plain_at = b->plain_len - (uint32_t)input.len;
    if (answers.len)
        error =
            srflx_secure_write(c->secure, (struct srflx_view){answers.bytes, answers.len}, &out);
    b->out_len = (uint32_t)out.len;
    if (error) srflx_connection_end(c, SRFLX_STREAM_END_tls_broken);
    if (got < 0) {
        srflx_connection_tls_goodbye(c);
        srflx_connection_end(c, SRFLX_STREAM_END_framing);
    }
    return SRFLX_STEP_ON;
}

/* The alert that says why, if there is one, still leaves. */
static enum srflx_connection_step fail(struct srflx_connection *c, int error)
{
    if (error == SRFLX_ERROR_CLOSED) {
        srflx_connection_tls_goodbye(c);
        srflx_connection_end(c, SRFLX_STREAM_END_closed);
    } else if (c->phase == SRFLX_CONNECTION_HANDSHAKE) {
        srflx_connection_end(c, SRFLX_STREAM_END_handshake_failed);
    } else {
        srflx_connection_end(c, SRFLX_STREAM_END_tls_broken);
    }
    return SRFLX_STEP_ON;
}

static void watch_handshake(struct srflx_connection *c, struct srflx_connection_world *world)
{
    if (c->phase != SRFLX_CONNECTION_HANDSHAKE) return;
    world->handshake_steps++;
    if (!srflx_secure_is_open(c->secure)) return;
    c->phase = SRFLX_CONNECTION_MESSAGES;
    world->counters.handshakes++;
}

/* Unwraps what was received. */
static enum srflx_connection_step take_records(struct srflx_connection *c,
                                               struct srflx_connection_world *world)
{
    struct srflx_stream_buffer *b = c->buffer;
    struct srflx_secure_out out = out_of(b);
    struct srflx_view input = {b->raw + b->raw_at, b->raw_len - b->raw_at};
    const int got = srflx_secure_read(c->secure, &input, &out, b->plain, sizeof b->plain);

    b->raw_at = b->raw_len - (uint32_t)input.len;
    b->out_len = (uint32_t)out.len;
    watch_handshake(c, world);
    if (got < 0) return fail(c, got);
    b->plain_at = 0;
    b->plain_len = (uint32_t)got;
    if (got) return SRFLX_STEP_ON;
    return srflx_secure_is_full(c->secure) ? SRFLX_STEP_FULL : SRFLX_STEP_USED_UP;
}

enum srflx_connection_step srflx_connection_tls_step(struct srflx_connection *c,
                                                     struct srflx_connection_world *world)
{
    if (c->buffer->plain_at < c->buffer->plain_len) return take_plain(c, world);
    return take_records(c, world);
}

void srflx_connection_tls_goodbye(struct srflx_connection *c)
{
    struct srflx_secure_out out = out_of(c->buffer);

    srflx_secure_close(c->secure, &out);
    c->buffer->out_len = (uint32_t)out.len;
}

void srflx_connection_tls_free(struct srflx_connection *c)
{
    srflx_secure_destroy(c->secure);
    c->secure = NULL;
}
