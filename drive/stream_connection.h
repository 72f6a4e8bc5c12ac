/* One connection without its socket: bytes from the network in, messages to the handler, bytes for
 * the network out. Plain or TLS, with or without a PROXY header in front. No system call, no clock;
 * memory only for TLS. One thread for all connections of a world.
 *
 *     srflx_connection_init(&c, &from, &to, false);
 *     for each time there is something to read:
 *         if (!c.buffer) c.buffer = srflx_buffer_take(&pool);
 *         read at most room.len bytes to room.ptr, where room = srflx_connection_room(&c)
 *         srflx_connection_received(&c, len), or srflx_connection_ended(&c)
 *         while ((need = srflx_connection_work(&c, &world)) == SRFLX_CONNECTION_SEND)
 *             send srflx_connection_output(&c); srflx_connection_sent(&c, len);
 *         if (srflx_connection_is_empty(&c)) give the buffer back, c.buffer = NULL
 *     srflx_connection_clear(&c);
 */
#ifndef SRFLX_DRIVE_STREAM_CONNECTION_H
#define SRFLX_DRIVE_STREAM_CONNECTION_H

#include "buffer_pool.h"
#include "handler.h"
#include "stream_counters.h"

struct srflx_secure;
struct srflx_secure_context;

/* What the connections of a thread share. */
struct srflx_connection_world {
    struct srflx_handler handler;
    struct srflx_secure_context *security; /* for new connections; NULL: no TLS */
    struct srflx_stream_counters counters;
    uint32_t handshake_steps;          /* so far, modulo 2^32 */
    uint8_t answers[SRFLX_STREAM_OUT]; /* on their way into a record of TLS */
};

enum srflx_connection_phase {
    SRFLX_CONNECTION_HEADER,    /* a trusted proxy has to say whose connection it is */
    SRFLX_CONNECTION_FIRST,     /* the next byte tells what is spoken */
    SRFLX_CONNECTION_HANDSHAKE, /* of TLS */
    SRFLX_CONNECTION_MESSAGES,
    SRFLX_CONNECTION_ENDING, /* nothing more is read; what there is to send is sent */
    SRFLX_CONNECTION_PHASES
};

/* What must happen before work() can go on. */
enum srflx_connection_need {
    SRFLX_CONNECTION_RECEIVE,
    SRFLX_CONNECTION_SEND,  /* output(), all of it or a part */
    SRFLX_CONNECTION_ADMIT, /* the proxy has said who the client is: may it have a connection? */
    SRFLX_CONNECTION_CLOSE  /* for the reason in `end` */
};

/* What it waits for, which says until when it may. */
enum srflx_connection_wait {
    SRFLX_WAIT_NONE,
    SRFLX_WAIT_FIRST,     /* the first whole message */
    SRFLX_WAIT_HANDSHAKE, /* its end */
    SRFLX_WAIT_REST,      /* of a message that has begun */
    SRFLX_WAIT_NEXT,      /* message */
    SRFLX_WAIT_READER     /* the client has to take what was answered */
};

/* Read `from`, `phase` and `end`, set `buffer`; leave the rest to the functions. */
struct srflx_connection {
    struct srflx_addr from; /* the client: the socket's peer, or who a proxy says it is */
    struct srflx_addr to;
    struct srflx_secure *secure;        /* NULL: plain */
    struct srflx_stream_buffer *buffer; /* NULL: nothing is pending */
    uint8_t phase;                      /* enum srflx_connection_phase */
    uint8_t end;                        /* enum srflx_stream_end */
    bool input_ended;
    bool used_up; /* there is nothing to do until more is received */
    bool greeted; /* a whole message has come */
};

/* `behind_proxy`: the peer must say first whose connection it is. */
void srflx_connection_init(struct srflx_connection *c, const struct srflx_addr *from,
                           const struct srflx_addr *to, bool behind_proxy);

/* Frees what TLS holds. The buffer is the caller's. */
void srflx_connection_clear(struct srflx_connection *c);

struct srflx_connection_room {
    uint8_t *ptr;
    size_t len; /* never 0 when RECEIVE is needed */
};

/* Where to read to. Needs a buffer, as all that follow. */
struct srflx_connection_room srflx_connection_room(struct srflx_connection *c);
void srflx_connection_received(struct srflx_connection *c, size_t len);
void srflx_connection_ended(struct srflx_connection *c); /* the peer sends nothing more */

/* Does all that can be done without the network, for at most SRFLX_STREAM_OUT bytes of answers. */
enum srflx_connection_need srflx_connection_work(struct srflx_connection *c,
                                                 struct srflx_connection_world *world);

struct srflx_view srflx_connection_output(const struct srflx_connection *c);
void srflx_connection_sent(struct srflx_connection *c, size_t len);

/* Writes TLS's close_notify behind the output, where it can and has not yet. */
void srflx_connection_say_goodbye(struct srflx_connection *c);

/* True if the buffer holds nothing, or there is none. */
bool srflx_connection_is_empty(const struct srflx_connection *c);

enum srflx_connection_wait srflx_connection_waits_for(const struct srflx_connection *c);

#endif
