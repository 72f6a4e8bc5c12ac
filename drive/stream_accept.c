#define _GNU_SOURCE /* accept4 */
#include "stream_engine.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>

enum {
    BURST = 64,    /* connections that one listener gives in one round */
    PAUSE_MS = 100 /* without descriptors */
};

static void set_listening(struct srflx_streams *s, uint32_t events)
{
    for (unsigned i = 0; i < s->listener_count; i++) {
        struct epoll_event event = {.events = events, .data.u64 = i};
        (void)epoll_ctl(s->epoll, EPOLL_CTL_MOD, s->listeners[i].fd, &event);
    }
}

/* Else the loop would spin: what waits keeps a listener readable. */
static void pause_accepting(struct srflx_streams *s)
{
    s->world.counters.no_descriptor++;
    s->paused_until_ms = s->now_ms + PAUSE_MS;
    set_listening(s, 0);
}

void srflx_stream_resume_accepting(struct srflx_streams *s)
{
    if (!s->paused_until_ms || s->now_ms < s->paused_until_ms) return;
    s->paused_until_ms = 0;
    set_listening(s, EPOLLIN);
}

/* Closes one that can be spared. First whoever has waited for longest to begin TLS: else a flood of those, who
 * may have gone already, would shut all others out. Then whoever has been idle for longest. */
static bool make_room(struct srflx_streams *s)
{
    const uint32_t waiting = s->lists[SRFLX_IN_QUEUE].first, idle = s->lists[SRFLX_IN_IDLE].first;

    if (waiting != SRFLX_INDEX_NONE)
        srflx_stream_close(s, waiting, SRFLX_STREAM_END_handshake_late);
    else if (idle != SRFLX_INDEX_NONE)
        srflx_stream_close(s, idle, SRFLX_STREAM_END_evicted);
    else
        return false;
    return true;
}

/* A slot; SRFLX_INDEX_NONE if all are taken by others who are busy. */
static uint32_t take_slot(struct srflx_streams *s)
{
    uint32_t i;

    if (s->world.counters.open == s->options.connections && !make_room(s)) return SRFLX_INDEX_NONE;
    i = s->free_slot;
    if (i == SRFLX_INDEX_NONE) return s->fresh_slot++;
    s->free_slot = s->links[i].next;
    return i;
}

/* The address that was asked, where the listener has more than one. */
static bool find_local(const struct srflx_stream_socket *listener, int fd,
                       struct srflx_addr *ret_to)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof name;

    *ret_to = listener->local;
    if (!srflx_addr_is_unspecified(&listener->local)) return true;
    if (getsockname(fd, (struct sockaddr *)&name, &len)) return false;
    return srflx_addr_from_sockaddr((struct sockaddr *)&name, ret_to);
}

static void refuse(struct srflx_streams *s, int fd, enum srflx_stream_end end)
{
    srflx_stream_count_end(&s->world.counters, end);
    close(fd);
}

static void take_in(struct srflx_streams *s, const struct srflx_stream_socket *listener, int fd,
                    const struct srflx_addr *from)
{
    const bool proxied = srflx_prefixes_match(s->proxies, s->proxy_count, from);
    struct srflx_slot *slot;
    struct srflx_addr to;
    uint32_t i;

    s->world.counters.accepted++;
    if (!find_local(listener, fd, &to)) {
        refuse(s, fd, SRFLX_STREAM_END_reset);
        return;
    }
    if (!proxied && !srflx_limits_add(&s->limits, from)) {
        refuse(s, fd, SRFLX_STREAM_END_refused_address);
        return;
    }
    i = take_slot(s);
    if (i == SRFLX_INDEX_NONE) {
        if (!proxied) srflx_limits_remove(&s->limits, from);
        refuse(s, fd, SRFLX_STREAM_END_refused);
        return;
    }
    slot = &s->slots[i];
    srflx_connection_init(&slot->c, from, &to, proxied);
    slot->fd = fd;
    slot->counted = !proxied;
    srflx_stream_begin(s, i);
}

/* Returns false if there is no use in going on. */
static bool is_worth_going_on(struct srflx_streams *s, int error)
{
    switch (error) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        pause_accepting(s);
        return false;
    default: /* an error of that one connection, as accept(2) says */
        s->world.counters.accept_failed++;
        return true;
    }
}

/* spec: R8489-6.2.2-15 */
void srflx_stream_accept(struct srflx_streams *s, unsigned listener)
{
    for (unsigned n = 0; n < BURST; n++) {
        struct sockaddr_storage name;
        socklen_t len = sizeof name;
        struct srflx_addr from;
        const int fd = accept4(s->listeners[listener].fd, (struct sockaddr *)&name, &len,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0 && !is_worth_going_on(s, errno)) return;
        if (fd < 0) continue;
        if (srflx_addr_from_sockaddr((struct sockaddr *)&name, &from))
            take_in(s, &s->listeners[listener], fd, &from);
        else
            close(fd);
    }
}
