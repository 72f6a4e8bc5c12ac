/* A question in a main loop of GLib, as a GSource of its own.
 *
 *     cc loop_glib.c loop.c $(pkg-config --cflags --libs srflx-io glib-2.0) -o loop_glib
 */
#include <glib.h>

#include "loop.h"

struct asking {
    GSource source;
    struct srflx_ask *ask;
    GMainLoop *loop;
    GPollFD fds[SRFLX_ASK_FDS];
    size_t count;
};

static void watch(struct asking *a)
{
    struct pollfd fds[SRFLX_ASK_FDS];

    a->count = srflx_ask_fds(a->ask, fds);
    for (size_t i = 0; i < a->count; i++) {
        a->fds[i] = (GPollFD){.fd = fds[i].fd, .events = (gushort)fds[i].events};
        g_source_add_poll(&a->source, &a->fds[i]);
    }
}

static void unwatch(struct asking *a)
{
    for (size_t i = 0; i < a->count; i++)
        g_source_remove_poll(&a->source, &a->fds[i]);
    a->count = 0;
}

static gboolean prepare(GSource *source, gint *ret_wait_ms)
{
    *ret_wait_ms = loop_wait_ms(((struct asking *)source)->ask);
    return *ret_wait_ms == 0;
}

static gboolean check(GSource *source)
{
    const struct asking *a = (const struct asking *)source;

    for (size_t i = 0; i < a->count; i++)
        if (a->fds[i].revents) return TRUE;
    return srflx_ask_wait_ms(a->ask) == 0;
}

static gboolean go_on(GSource *source, GSourceFunc callback, gpointer user)
{
    struct asking *a = (struct asking *)source;
    struct pollfd fds[SRFLX_ASK_FDS];
    const size_t count = a->count;

    (void)callback;
    (void)user;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = a->fds[i].fd, .revents = (short)a->fds[i].revents};
    unwatch(a);
    srflx_ask_step(a->ask, fds, count);
    if (srflx_ask_result(a->ask))
        g_main_loop_quit(a->loop);
    else
        watch(a);
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    static GSourceFuncs functions = {.prepare = prepare, .check = check, .dispatch = go_on};
    struct srflx_ask *ask = loop_begin(argc, argv);
    struct asking *a;

    if (!ask) return 2;
    a = (struct asking *)g_source_new(&functions, sizeof *a);
    a->ask = ask;
    a->loop = g_main_loop_new(NULL, FALSE);
    g_source_attach(&a->source, NULL);
    watch(a);
    if (!srflx_ask_result(ask)) g_main_loop_run(a->loop);
    g_main_loop_unref(a->loop);
    g_source_destroy(&a->source);
    g_source_unref(&a->source);
    return loop_end(ask);
}
