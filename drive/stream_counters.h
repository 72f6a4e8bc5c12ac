/* What becomes of connections, counted. */
#ifndef SRFLX_DRIVE_STREAM_COUNTERS_H
#define SRFLX_DRIVE_STREAM_COUNTERS_H

#include <stdint.h>

/* X(field, text) */
#define SRFLX_STREAM_EVENT_MAP(X)                           \
    X(accepted, "connections accepted")                     \
    X(messages, "messages taken from connections")          \
    X(too_long, "messages skipped: longer than 2048 bytes") \
    X(answers, "answers to messages on connections")        \
    X(handshakes, "TLS handshakes completed")               \
    X(proxied, "connections that a trusted proxy passed on")

/* Why connections ended, or never began. Each one adds to one of these. X(field, text) */
#define SRFLX_STREAM_END_MAP(X)                                                     \
    X(closed, "connections closed by the client")                                   \
    X(reset, "connections that broke")                                              \
    X(silent, "connections closed: no whole message in time")                       \
    X(idle, "connections closed: idle for too long")                                \
    X(stalled, "connections closed: the client did not take its answers")           \
    X(framing, "connections closed: no message where one must begin")               \
    X(evicted, "connections closed, the longest idle: too many in all")             \
    X(refused, "connections refused: too many in all, and none idle")               \
    X(refused_address, "connections refused: too many from one address")            \
    X(no_buffer, "connections closed: every buffer in use, theirs for the longest") \
    X(no_tls, "connections closed: TLS, and there is no certificate")               \
    X(handshake_failed, "connections closed: the TLS handshake failed")             \
    X(handshake_late, "connections closed: no TLS handshake in time")               \
    X(tls_broken, "connections closed: broken TLS records")                         \
    X(bad_proxy, "connections closed: a trusted proxy sent no PROXY header")        \
    X(shut, "connections closed by the server's end")

/* What accept() failed for. X(field, text) */
#define SRFLX_STREAM_ACCEPT_MAP(X)                                     \
    X(no_descriptor, "accepting paused: no descriptor or memory left") \
    X(accept_failed, "connections lost before they were accepted")

enum srflx_stream_end {
    SRFLX_STREAM_GOES_ON,
#define SRFLX_STREAM_END_ENUM(field, text) SRFLX_STREAM_END_##field,
    SRFLX_STREAM_END_MAP(SRFLX_STREAM_END_ENUM)
#undef SRFLX_STREAM_END_ENUM
        SRFLX_STREAM_END_COUNT
};

struct srflx_stream_counters {
    uint32_t open; /* connections at this moment */
#define SRFLX_STREAM_FIELD(field, text) uint64_t field;
    SRFLX_STREAM_EVENT_MAP(SRFLX_STREAM_FIELD)
    SRFLX_STREAM_END_MAP(SRFLX_STREAM_FIELD)
    SRFLX_STREAM_ACCEPT_MAP(SRFLX_STREAM_FIELD)
#undef SRFLX_STREAM_FIELD
};

/* Adds one to the field of `end`. */
void srflx_stream_count_end(struct srflx_stream_counters *counters, enum srflx_stream_end end);

#endif
