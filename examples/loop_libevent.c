/* A question in a loop of libevent: one event for each descriptor, and one for the time.
 *
 *     cc loop_libevent.c loop.c $(pkg-config --cflags --libs srflx-io libevent_core) -o loop_libevent
 */
#include <event2/event.h>

#include "loop.h"

struct asking {
    struct srflx_ask *ask;
    struct event_base *base;
    struct event *timer;
    struct event *events[SRFLX_ASK_FDS];
    size_t count;
};

static void on_event(evutil_socket_t fd, short what, void *user);

static void unwatch(struct asking *a)
{
    while (a->count)
        event_free(a->events[--a->count]);
}

static void watch(struct asking *a)
{
    const int wait_ms = loop_wait_ms(a->ask);
    const struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};
    struct pollfd fds[SRFLX_ASK_FDS];
    const size_t count = srflx_ask_fds(a->ask, fds);

    for (size_t i = 0; i < count; i++) {
        const short what = (short)((fds[i].events & POLLIN ? EV_READ : 0) |
                                   (fds[i].events & POLLOUT ? EV_WRITE : 0));
        a->events[a->count] = event_new(a->base, fds[i].fd, what, on_event, a);
        event_add(a->events[a->count++], NULL);
    }
    event_add(a->timer, &wait);
}

static void go_on(struct asking *a, const struct pollfd *fd)
{
    unwatch(a);
    srflx_ask_step(a->ask, fd, fd ? 1 : 0);
    if (srflx_ask_result(a->ask))
        event_base_loopbreak(a->base);
    else
        watch(a);
}

static void on_event(evutil_socket_t fd, short what, void *user)
{
    struct pollfd ready = {.fd = (int)fd};

    if (what & EV_READ) ready.revents |= POLLIN;
    if (what & EV_WRITE) ready.revents |= POLLOUT;
    go_on(user, what & EV_TIMEOUT ? NULL : &ready);
}

int main(int argc, char **argv)
{
    struct asking a = {.ask = loop_begin(argc, argv)};

    if (!a.ask) return 2;
    a.base = event_base_new();
    a.timer = evtimer_new(a.base, on_event, &a);
    go_on(&a, NULL);
    if (!srflx_ask_result(a.ask)) event_base_dispatch(a.base);
    event_free(a.timer);
    event_base_free(a.base);
    return loop_end(a.ask);
}
