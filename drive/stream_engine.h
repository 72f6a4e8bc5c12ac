/* What the parts of the stream driver share: stream.c runs it, stream_accept.c takes connections in,
 * stream_serve.c reads, answers and closes. */
#ifndef SRFLX_DRIVE_STREAM_ENGINE_H
#define SRFLX_DRIVE_STREAM_ENGINE_H

#include <sys/epoll.h>

#include "stream_connection.h"
#include "deadlines.h"
#include "prefixes.h"
#include "stream.h"
#include "stream_limits.h"

/* Which list a connection is in. */
enum srflx_slot_list {
    SRFLX_IN_NONE,
    SRFLX_IN_IDLE,    /* nothing is pending; the longest idle first */
    SRFLX_IN_HOLDING, /* has a buffer; the longest holding first */
    SRFLX_IN_QUEUE,   /* has begun TLS, and waits for its turn, unread */
    SRFLX_SLOT_LISTS
};

struct srflx_slot {
    struct srflx_connection c;
    int fd;
    uint32_t generation; /* tells the connections apart that use the slot one after the other */
    uint32_t interest;   /* epoll's events; SRFLX_UNREGISTERED before the first ones */
    uint8_t list;        /* enum srflx_slot_list */
    uint8_t wait;        /* enum srflx_connection_wait, of the deadline that is set */
    bool counted;        /* in the limits */
};

#define SRFLX_UNREGISTERED UINT32_MAX

enum { SRFLX_STREAM_EVENTS = 256 }; /* of one round */

struct srflx_streams {
    struct srflx_streams_options options;
    struct srflx_connection_world world;
    const struct srflx_prefix *proxies;
    size_t proxy_count;
    int epoll;

    struct srflx_slot *slots;
    struct srflx_links *links; /* of the lists, and of free slots */
    struct srflx_index_list lists[SRFLX_SLOT_LISTS];
    uint32_t free_slot;  /* the last one that became free */
    uint32_t fresh_slot; /* slots from here on have never been used */

    struct srflx_deadlines deadlines;
    struct srflx_buffer_pool pool;
    struct srflx_limits limits;

    struct srflx_stream_socket listeners[SRFLX_STREAM_LISTENERS];
    unsigned listener_count;
    uint64_t paused_until_ms; /* no accepting before; 0: not paused */

    uint64_t now_ms;            /* of this round */
    uint32_t handshakes_before; /* the world's steps when the round began */
    bool watched;               /* the caller's descriptor can be read */
    struct epoll_event events[SRFLX_STREAM_EVENTS];
};

/* Steps of handshakes that this round still allows. */
static inline uint32_t srflx_stream_handshakes_left(const struct srflx_streams *s)
{
    const uint32_t done = s->world.handshake_steps - s->handshakes_before;

    return done < s->options.handshakes ? s->options.handshakes - done : 0;
}

/* stream_accept.c */
void srflx_stream_accept(struct srflx_streams *s, unsigned listener);
void srflx_stream_resume_accepting(struct srflx_streams *s);

/* stream_serve.c */

/* For a connection that has just been accepted, with an empty slot. */
void srflx_stream_begin(struct srflx_streams *s, uint32_t i);

/* Something has happened on its socket. */
void srflx_stream_serve(struct srflx_streams *s, uint32_t i, uint32_t events);

/* Handshakes that wait for their turn, as many as this round still allows. */
void srflx_stream_serve_queue(struct srflx_streams *s);

/* Ends connections whose time is over. */
void srflx_stream_expire(struct srflx_streams *s);

void srflx_stream_close(struct srflx_streams *s, uint32_t i, enum srflx_stream_end end);

#endif
