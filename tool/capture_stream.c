#include "capture_stream.h"

#include <string.h>

#include <srflx/addr.h>

enum { FLAG_SYN = 0x02 };

/* What a TCP header says. */
struct segment {
    uint32_t sequence;
    uint8_t flags;
    struct srflx_view payload;
};

static bool read_segment(struct srflx_view bytes, struct segment *ret_segment)
{
    const uint8_t *p = bytes.ptr;
    const size_t header = bytes.len >= 20 ? (size_t)(p[12] >> 4) * 4 : 0;

    if (header < 20 || header > bytes.len) return false;
    ret_segment->sequence =
        (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
    ret_segment->flags = p[13];
    ret_segment->payload.ptr = p + header;
    ret_segment->payload.len = bytes.len - header;
    return true;
}

/* The place of a stream, STREAMS_MOST if it has none. */
static size_t find(const struct streams *streams, const struct srflx_packet *packet)
{
    size_t place;

    for (place = 0; place < STREAMS_MOST; place++) {
        const struct stream *stream = &streams->list[place];
        if (srflx_addr_equal(&stream->from, &packet->from) &&
            srflx_addr_equal(&stream->to, &packet->to))
            break;
    }
    return place;
}

static void lose(struct streams *streams, struct stream *stream)
{
    if (!stream->lost) streams->lost++;
    stream->lost = true;
}

/* The place that was used least lately, or never. */
static size_t make_room(struct streams *streams)
{
    size_t oldest = 0;

    for (size_t i = 1; i < STREAMS_MOST; i++)
        if (streams->list[i].used < streams->list[oldest].used) oldest = i;
    if (streams->list[oldest].framer.have) lose(streams, &streams->list[oldest]);
    return oldest;
}

static void begin(struct stream *stream, const struct srflx_packet *packet, uint32_t next)
{
    stream->from = packet->from;
    stream->to = packet->to;
    stream->next = next;
    stream->lost = false;
    srflx_framer_init(&stream->framer, stream->buf, sizeof stream->buf);
}

/* Cuts off what has been seen before. Returns false if bytes are missing in between. */
static bool in_order(struct stream *stream, struct segment *segment)
{
    const uint32_t seen = stream->next - segment->sequence;

    if (segment->sequence != stream->next && (int32_t)seen < 0) return false;
    if (seen >= segment->payload.len) {
        segment->payload.len = 0;
        return true;
    }
    segment->payload.ptr += seen;
    segment->payload.len -= seen;
    return true;
}

static struct stream *stream_of(struct streams *streams, const struct srflx_packet *packet,
                                const struct segment *segment)
{
    const bool syn = segment->flags & FLAG_SYN;
    const size_t found = find(streams, packet);
    const bool is_new = found == STREAMS_MOST;
    struct stream *stream = &streams->list[is_new ? make_room(streams) : found];

    if (is_new || syn) begin(stream, packet, segment->sequence + syn);
    stream->used = ++streams->clock;
    return stream;
}

void streams_take(struct streams *streams, const struct srflx_packet *packet,
                  struct srflx_view bytes, void (*hand_out)(void *user, struct srflx_view bytes),
                  void *user)
{
    struct segment segment;
    struct stream *stream;
    struct srflx_view message;
    int got;

    if (!read_segment(bytes, &segment)) return;
    stream = stream_of(streams, packet, &segment);
    if (segment.flags & FLAG_SYN) return;
    if (stream->lost || !segment.payload.len) return;
    if (!in_order(stream, &segment)) {
        lose(streams, stream);
        return;
    }
    stream->next += (uint32_t)segment.payload.len;
    while ((got = srflx_framer_next(&stream->framer, &segment.payload, &message)) == 1)
        hand_out(user, message);
    if (got < 0) lose(streams, stream);
}
