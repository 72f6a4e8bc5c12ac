/* A question in a loop of libuv: one uv_poll_t for each descriptor, and one timer. Descriptors change
 * with every step, so that watchers are made anew after each.
 *
 *     cc loop_libuv.c loop.c $(pkg-config --cflags --libs srflx-io libuv) -o loop_libuv
 */
#define _GNU_SOURCE /* uv.h wants the types of threads */
#include <stdlib.h>

#include <uv.h>

#include "loop.h"

struct asking {
    struct srflx_ask *ask;
    uv_loop_t loop;
    uv_timer_t timer;
    struct watcher *watchers[SRFLX_ASK_FDS];
    size_t count;
};

struct watcher {
    uv_poll_t poll;
    struct asking *asking;
    struct pollfd fd;
};

static void go_on(struct asking *a, const struct pollfd *fd);

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct watcher *watcher = handle->data;
    struct pollfd fd = watcher->fd;

    fd.revents = status < 0 ? POLLERR : 0;
    if (events & UV_READABLE) fd.revents |= POLLIN;
    if (events & UV_WRITABLE) fd.revents |= POLLOUT;
    go_on(watcher->asking, &fd);
}

static void on_timer(uv_timer_t *timer)
{
    go_on(timer->data, NULL);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void unwatch(struct asking *a)
{
    for (size_t i = 0; i < a->count; i++) {
        uv_poll_stop(&a->watchers[i]->poll);
        uv_close((uv_handle_t *)&a->watchers[i]->poll, on_closed);
    }
    a->count = 0;
}

static void watch(struct asking *a)
{
    struct pollfd fds[SRFLX_ASK_FDS];
    const size_t count = srflx_ask_fds(a->ask, fds);

    for (size_t i = 0; i < count; i++) {
        struct watcher *watcher = calloc(1, sizeof *watcher);
        if (!watcher) abort();
        *watcher = (struct watcher){.asking = a, .fd = fds[i]};
        watcher->poll.data = watcher;
        uv_poll_init(&a->loop, &watcher->poll, fds[i].fd);
        uv_poll_start(&watcher->poll,
                      (fds[i].events & POLLIN ? UV_READABLE : 0) |
                          (fds[i].events & POLLOUT ? UV_WRITABLE : 0),
                      on_poll);
        a->watchers[a->count++] = watcher;
    }
    uv_timer_start(&a->timer, on_timer, (uint64_t)loop_wait_ms(a->ask), 0);
}

static void go_on(struct asking *a, const struct pollfd *fd)
{
    unwatch(a);
    srflx_ask_step(a->ask, fd, fd ? 1 : 0);
    if (srflx_ask_result(a->ask))
        uv_close((uv_handle_t *)&a->timer, NULL);
    else
        watch(a);
}

int main(int argc, char **argv)
{
    struct asking a = {.ask = loop_begin(argc, argv)};

    if (!a.ask) return 2;
    uv_loop_init(&a.loop);
    uv_timer_init(&a.loop, &a.timer);
    a.timer.data = &a;
    go_on(&a, NULL);
    uv_run(&a.loop, UV_RUN_DEFAULT);
    uv_loop_close(&a.loop);
    return loop_end(a.ask);
}
