#define _POSIX_C_SOURCE 200809L
#include "stream_connection.h"

#include <string.h>

#include <srflx/classify.h>

#include "stream_connection_tls.h"
#include "proxy.h"

void srflx_connection_init(struct srflx_connection *c, const struct srflx_addr *from,
                           const struct srflx_addr *to, bool behind_proxy)
{
    memset(c, 0, sizeof *c);
    c->from = *from;
    c->to = *to;
    c->phase = behind_proxy ? SRFLX_CONNECTION_HEADER : SRFLX_CONNECTION_FIRST;
}

void srflx_connection_clear(struct srflx_connection *c)
{
    if (c->secure) srflx_connection_tls_free(c);
}

struct srflx_connection_room srflx_connection_room(struct srflx_connection *c)
{
    struct srflx_stream_buffer *b = c->buffer;

    if (b->raw_at) {
        b->raw_len -= b->raw_at;
        memmove(b->raw, b->raw + b->raw_at, b->raw_len);
        b->raw_at = 0;
    }
    return (struct srflx_connection_room){b->raw + b->raw_len, sizeof b->raw - b->raw_len};
}

void srflx_connection_received(struct srflx_connection *c, size_t len)
{
    c->buffer->raw_len += (uint32_t)len;
    c->used_up = false;
}

void srflx_connection_ended(struct srflx_connection *c)
{
    c->input_ended = true;
    c->used_up = false;
}

struct srflx_view srflx_connection_output(const struct srflx_connection *c)
{
    const struct srflx_stream_buffer *b = c->buffer;

    return (struct srflx_view){b->out + b->out_at, b->out_len - b->out_at};
}

void srflx_connection_sent(struct srflx_connection *c, size_t len)
{
    struct srflx_stream_buffer *b = c->buffer;

    b->out_at += (uint32_t)len;
    if (b->out_at == b->out_len) b->out_at = b->out_len = 0;
}

static bool has_output(const struct srflx_connection *c)
{
    return c->buffer && c->buffer->out_len;
}

bool srflx_connection_is_empty(const struct srflx_connection *c)
{
    const struct srflx_stream_buffer *b = c->buffer;

    if (!b) return true;
    return b->raw_at == b->raw_len && b->plain_at == b->plain_len && !b->out_len &&
           !b->framer.have && !b->framer.skip;
}

enum srflx_connection_wait srflx_connection_waits_for(const struct srflx_connection *c)
{
    if (has_output(c)) return SRFLX_WAIT_READER;
    if (c->phase == SRFLX_CONNECTION_HANDSHAKE) return SRFLX_WAIT_HANDSHAKE;
    if (!c->greeted) return SRFLX_WAIT_FIRST;
    return srflx_connection_is_empty(c) ? SRFLX_WAIT_NEXT : SRFLX_WAIT_REST;
}

void srflx_connection_say_goodbye(struct srflx_connection *c)
{
    if (c->secure && c->buffer) srflx_connection_tls_goodbye(c);
}

void srflx_connection_end(struct srflx_connection *c, enum srflx_stream_end end)
{
    c->phase = SRFLX_CONNECTION_ENDING;
    c->end = (uint8_t)end;
}

/* One message: the answer goes behind those before it.
 * spec: R8489-6.3.1.2-01 R8489-6.3.1.2-03 */
static void handle(const struct srflx_connection_world *world, struct srflx_packet *packet,
                   struct srflx_reply *reply)
{
    reply->len = 0;
    world->handler.handle(world->handler.user, packet, reply);
}

int srflx_connection_answer(struct srflx_connection *c, struct srflx_connection_world *world,
                            struct srflx_view *input, struct srflx_connection_answers *answers)
{
    struct srflx_framer *framer = &c->buffer->framer;
    struct srflx_packet packet = {{NULL, 0}, c->from, c->to, SRFLX_TCP};
    const uint64_t skipped = framer->skipped;
    uint64_t messages = 0, answered = 0;
    int got = 1;

    if (c->secure) packet.transport = SRFLX_TLS;
    while (answers->len + SRFLX_STREAM_REPLY <= answers->cap) {
        struct srflx_reply reply = {answers->bytes + answers->len, SRFLX_STREAM_REPLY, 0};
        got = srflx_framer_next(framer, input, &packet.bytes);
        if (got != 1) break;
        handle(world, &packet, &reply);
        answers->len += reply.len;
        answered += reply.len != 0;
        messages++;
    }
    if (messages) c->greeted = true;
    world->counters.messages += messages;
    world->counters.too_long += framer->skipped - skipped;
    world->counters.answers += answered;
    return got;
}

/* spec: R8489-6.2.2-03 */
static enum srflx_connection_step take_messages(struct srflx_connection *c,
                                                struct srflx_connection_world *world)
{
    struct srflx_stream_buffer *b = c->buffer;
    struct srflx_view input = {b->raw + b->raw_at, b->raw_len - b->raw_at};
    struct srflx_connection_answers answers = {b->out, sizeof b->out, b->out_len};
    int got;

    if (c->secure) return srflx_connection_tls_step(c, world);
    got = srflx_connection_answer(c, world, &input, &answers);
    b->out_len = (uint32_t)answers.len;
    b->raw_at = b->raw_len - (uint32_t)input.len;
    if (got < 0) srflx_connection_end(c, SRFLX_STREAM_END_framing);
    return got ? SRFLX_STEP_ON : SRFLX_STEP_USED_UP;
}

/* Whoever is no proxy that we trust and sends such a header ends in take_first(). */
static enum srflx_connection_step take_header(struct srflx_connection *c,
                                              struct srflx_connection_world *world)
{
    struct srflx_stream_buffer *b = c->buffer;
    struct srflx_view input = {b->raw + b->raw_at, b->raw_len - b->raw_at};
    struct srflx_proxy_header header;
    int len = srflx_proxy_parse(input, &header);

    if (!len) return SRFLX_STEP_USED_UP;
    if (len < 0 || (!header.local && header.datagram)) {
        srflx_connection_end(c, SRFLX_STREAM_END_bad_proxy);
        return SRFLX_STEP_ON;
    }
    b->raw_at += (uint32_t)len;
    c->phase = SRFLX_CONNECTION_FIRST;
    world->counters.proxied++;
    if (header.local) return SRFLX_STEP_ADMIT;
    c->from = header.from;
    c->to = header.to;
    return SRFLX_STEP_ADMIT;
}

static enum srflx_connection_step take_first(struct srflx_connection *c,
                                             struct srflx_connection_world *world)
{
    struct srflx_stream_buffer *b = c->buffer;

    if (b->raw_at == b->raw_len) return SRFLX_STEP_USED_UP;
    switch (srflx_classify(b->raw[b->raw_at])) {
    case SRFLX_PROTOCOL_STUN:
        c->phase = SRFLX_CONNECTION_MESSAGES;
        break;
    case SRFLX_PROTOCOL_TLS:
        srflx_connection_tls_begin(c, world);
        break;
    default:
        srflx_connection_end(c, SRFLX_STREAM_END_framing);
    }
    return SRFLX_STEP_ON;
}

static enum srflx_connection_step step(struct srflx_connection *c,
                                       struct srflx_connection_world *world)
{
    switch ((enum srflx_connection_phase)c->phase) {
    case SRFLX_CONNECTION_HEADER:
        return take_header(c, world);
    case SRFLX_CONNECTION_FIRST:
        return take_first(c, world);
    case SRFLX_CONNECTION_HANDSHAKE:
        return srflx_connection_tls_step(c, world);
    default:
        return take_messages(c, world);
    }
}

/* There is room for one answer at least, and for what TLS adds. */
static bool has_room(const struct srflx_stream_buffer *b)
{
    return sizeof b->out - b->out_len >= SRFLX_STREAM_REPLY + SRFLX_STREAM_TLS;
}

static enum srflx_connection_need rest(const struct srflx_connection *c)
{
    if (has_output(c)) return SRFLX_CONNECTION_SEND;
    return c->phase == SRFLX_CONNECTION_ENDING ? SRFLX_CONNECTION_CLOSE : SRFLX_CONNECTION_RECEIVE;
}

/* Half-closed connections get all their answers. spec: R8489-6.2.2-12 R8489-6.2.2-13 */
enum srflx_connection_need srflx_connection_work(struct srflx_connection *c,
                                                 struct srflx_connection_world *world)
{
    while (!c->used_up && c->phase != SRFLX_CONNECTION_ENDING) {
        if (!has_room(c->buffer)) return SRFLX_CONNECTION_SEND;
        switch (step(c, world)) {
        case SRFLX_STEP_ON:
            break;
        case SRFLX_STEP_ADMIT:
            return SRFLX_CONNECTION_ADMIT;
        case SRFLX_STEP_FULL:
            return SRFLX_CONNECTION_SEND;
        case SRFLX_STEP_USED_UP:
            c->used_up = true;
            if (!c->input_ended) break;
            srflx_connection_say_goodbye(c);
            srflx_connection_end(c, SRFLX_STREAM_END_closed);
        }
    }
    return rest(c);
}
