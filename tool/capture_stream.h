/* TCP streams of a capture, in the simple case: segments in order or repeated, from their SYN or
 * from the first segment that begins with a message. A gap ends a stream. */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <srflx/frame.h>
#include <srflx/message.h>
#include <srflx/types.h>

enum { STREAMS_MOST = 64 };

/* One direction of one connection. */
struct stream {
    struct srflx_addr from, to; /* family 0: the place is free */
    struct srflx_framer framer;
    uint32_t next;      /* sequence number of the next byte */
    unsigned long used; /* counts up with every segment: the smallest makes room */
    bool lost;          /* no more messages come out of it */
    uint8_t buf[SRFLX_MESSAGE_MAX];
};

/* Zeroed memory is ready. */
struct streams {
    struct stream list[STREAMS_MOST];
    unsigned long clock;
    unsigned long lost;
};

/* Takes a segment, with its TCP header, and hands out the messages that it completes. */
void streams_take(struct streams *streams, const struct srflx_packet *packet,
                  struct srflx_view segment, void (*hand_out)(void *user, struct srflx_view bytes),
                  void *user);

#endif
