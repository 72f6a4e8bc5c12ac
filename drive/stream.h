/* The stream driver: takes TCP connections, cuts what comes on them into messages, hands each to
 * the handler, and sends the answers back on the connection, in order. Plain or TLS, on any port:
 * the first byte tells. Linux: epoll.
 * Sources: RFC 8489 section 6.2.2 (who closes, and when), RFC 7983 section 3 (the first byte).
 * One thread per object; it owns the connections, not the listening sockets.
 *
 *     srflx_streams_options_defaults(&options);
 *     options.handler = (struct srflx_handler){handle, user};
 *     if (srflx_streams_new(&options, &streams)) perror("streams");
 *     srflx_streams_listen(streams, &socket);
 *     srflx_streams_watch(streams, bell);
 *     while (!srflx_streams_run(streams, -1) || !it_is_over(bell))
 *         continue;
 *     srflx_streams_destroy(streams);
 */
#ifndef SRFLX_DRIVE_STREAM_H
#define SRFLX_DRIVE_STREAM_H

#include "handler.h"
#include "stream_counters.h"
#include "stream_socket.h"

struct srflx_secure_context; /* srflx/secure.h */
struct srflx_prefix;         /* prefixes.h */
struct srflx_streams;

enum {
    SRFLX_STREAM_LISTENERS = 64,             /* of one object, at most */
    SRFLX_STREAM_CONNECTIONS_MOST = 1 << 20, /* of one object, at most */
    SRFLX_STREAM_BUFFERS_MOST = 1 << 16,
    SRFLX_STREAM_MS_MOST = 86400000 /* of every time below; 1 is the least */
};

struct srflx_streams_options {
    uint32_t connections; /* at a time, at most; 10000. Memory is used as they come */
    uint32_t per_address; /* of one IPv4 address or IPv6 /64; 0: any number; 256 */
    uint32_t buffers;     /* 2 or more: connections on which something is pending; 1024 */
    uint32_t header_ms;   /* until the first whole message, and for each one that has begun; 5000 */
    uint32_t idle_ms;     /* between messages, and without a byte of the answers taken; 30000 */
    uint32_t handshake_ms; /* from the first byte of TLS to the end of the handshake; 5000 */
    uint32_t handshakes;   /* steps of TLS handshakes in one run, at most; 16 */
    struct srflx_handler handler;
    /* The time. Called once in each run, before any message is handled: a caller may note it, and
     * may exchange here what the handler and the setters below use. NULL: srflx_clock_now(). */
    struct srflx_time (*now)(void *user);
    void *now_user;
};

void srflx_streams_options_defaults(struct srflx_streams_options *ret_options);

/* Copies the options. Returns 0, SRFLX_ERROR_ARGUMENT (a number outside its range, no handler) or
 * SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int srflx_streams_new(const struct srflx_streams_options *options,
                                     struct srflx_streams **ret_streams);

/* Closes all connections, TLS ones with close_notify. NULL is allowed. */
void srflx_streams_destroy(struct srflx_streams *streams);

/* Takes connections from this socket too. It is borrowed, and must stay open as long as `streams`.
 * Returns 0, SRFLX_ERROR_SPACE (SRFLX_STREAM_LISTENERS are there) or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_streams_listen(struct srflx_streams *streams,
                                        const struct srflx_stream_socket *socket);

/* A descriptor of the caller's that ends a run when it can be read; one at most. Returns 0 or
 * SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_streams_watch(struct srflx_streams *streams, int fd);

/* What new connections speak TLS with; NULL, as in the beginning: those that begin with TLS are
 * closed. Borrowed until it is replaced; connections keep what they began with. */
void srflx_streams_set_security(struct srflx_streams *streams,
                                struct srflx_secure_context *security);

/* Whose connections must begin with a PROXY header, which says who the client is; none, as in the
 * beginning. Borrowed until they are replaced. */
void srflx_streams_set_proxies(struct srflx_streams *streams, const struct srflx_prefix *prefixes,
                               size_t count);

/* Waits until something happens, for at most `timeout_ms` milliseconds (-1: without limit), and
 * does what can be done without waiting: accepts, reads, handles, answers, ends what is too late.
 * Bounded: some connections may have to wait for the next run. Returns true if the watched
 * descriptor can be read. */
bool srflx_streams_run(struct srflx_streams *streams, int timeout_ms);

/* Of the object's whole life. From its own thread, or accept figures that are a moment old. */
const struct srflx_stream_counters *srflx_streams_counters(const struct srflx_streams *streams);

/* Bytes of memory that one connection takes while nothing is pending on it, its share of all tables
 * included; without TLS, and without what the kernel keeps. */
size_t srflx_streams_idle_size(void);

#endif
