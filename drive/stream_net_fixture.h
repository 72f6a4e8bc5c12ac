/* For tests of streams on sockets: an object with one listener on loopback and a clock that the test
 * turns, and clients. */
#ifndef SRFLX_DRIVE_STREAM_NET_FIXTURE_H
#define SRFLX_DRIVE_STREAM_NET_FIXTURE_H

#include "stream_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>

#include "stream.h"

enum { PATIENCE = 2000 }; /* rounds of at most 5 ms until something is taken for lost */

static struct srflx_streams_options options;
static struct srflx_streams *streams;
static const struct srflx_stream_counters *counters;
static struct srflx_stream_socket listener;
static struct seen seen;
static uint64_t now_ms;

static inline struct srflx_time read_test_clock(void *user)
{
    CHECK(user == &now_ms);
    return (struct srflx_time){now_ms * 1000000, 0};
}

static inline void prepare_options(void)
{
    srflx_streams_options_defaults(&options);
    options.handler = (struct srflx_handler){handle_seen, &seen};
    options.now = read_test_clock;
    options.now_user = &now_ms;
    options.per_address = 0;
    memset(&seen, 0, sizeof seen);
    now_ms = 1000;
}

/* Connections are seen at once, also silent ones: TCP_DEFER_ACCEPT would cost each test a second. */
static inline void begin_at(const char *text)
{
    struct srflx_addr local;
    const int off = 0;

    CHECK_INT(srflx_addr_parse(text, &local), 0);
    CHECK_INT(srflx_streams_new(&options, &streams), 0);
    CHECK_INT(srflx_stream_open_group(&local, 1, &listener), 0);
    CHECK_INT(setsockopt(listener.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &off, sizeof off), 0);
    CHECK_INT(srflx_streams_listen(streams, &listener), 0);
    counters = srflx_streams_counters(streams);
}

static inline void begin(void)
{
    prepare_options();
    begin_at("127.0.0.1");
}

static inline void finish(void)
{
    srflx_streams_destroy(streams);
    srflx_stream_close_group(&listener, 1);
}

#define WAIT_FOR(condition)                                           \
    do {                                                              \
        unsigned wait_rounds = 0;                                     \
        while (!(condition)) {                                        \
            if (++wait_rounds > PATIENCE) FAIL("never: " #condition); \
            srflx_streams_run(streams, wait_rounds > 20 ? 5 : 0);     \
        }                                                             \
    } while (0)

/* `from`: NULL, or an address of 127.0.0.0/8. `window`: bytes that its kernel keeps, 0: many. */
static inline int dial_with(const char *from, int window)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct srflx_addr source, to = listener.local;
    struct sockaddr_storage name;
    socklen_t len;

    if (window) {
        CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window), 0);
        CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, sizeof window), 0);
    }
    if (from) {
        CHECK_INT(srflx_addr_parse(from, &source), 0);
        len = srflx_addr_to_sockaddr(&source, &name);
        CHECK_INT(bind(fd, (struct sockaddr *)&name, len), 0);
    }
    if (srflx_addr_is_unspecified(&to)) to.ip[0] = 127, to.ip[3] = 9;
    len = srflx_addr_to_sockaddr(&to, &name);
    CHECK_INT(connect(fd, (struct sockaddr *)&name, len), 0);
    CHECK_INT(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static inline int dial_from(const char *from)
{
    return dial_with(from, 0);
}

static inline int dial(void)
{
    return dial_with(NULL, 0);
}

/* Returns true if there is nothing to hear and the connection still stands. */
static inline bool is_open(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static inline void pass(uint64_t ms)
{
    now_ms += ms;
    srflx_streams_run(streams, 0);
    srflx_streams_run(streams, 0);
}

#endif
