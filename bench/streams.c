/* The stream driver and the server behind it, in one thread and with nothing around: what is measured
 * beside limits/echo_tcp. Prints what an idle connection takes of our memory, then serves.
 * usage: streams ADDRESS:PORT */
#include <stdio.h>
#include <stdlib.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <stream.h>

struct handling {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_time now;
};

static void fail(const char *what)
{
    perror(what);
    exit(4);
}

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    const struct handling *handling = user;

    srflx_server_handle(handling->server, handling->worker, packet, handling->now, reply);
}

static struct srflx_time note_time(void *user)
{
    struct handling *handling = user;

    handling->now = srflx_clock_now();
    return handling->now;
}

static void set_up(struct handling *handling)
{
    struct srflx_server_config config;
    size_t server_len, worker_len = srflx_worker_size();

    srflx_server_config_defaults(&config);
    server_len = srflx_server_size(&config);
    if (srflx_server_init(malloc(server_len), server_len, &config, &handling->server) ||
        srflx_worker_init(malloc(worker_len), worker_len, srflx_random_fill, NULL,
                          &handling->worker))
        fail("cannot set up the server");
}

int main(int argc, char **argv)
{
    static struct handling handling;
    struct srflx_streams_options options;
    struct srflx_stream_socket socket;
    struct srflx_streams *streams;
    struct srflx_addr local;

    if (argc != 2 || srflx_addr_parse(argv[1], &local)) {
        fprintf(stderr, "usage: streams ADDRESS:PORT\n");
        return 2;
    }
    set_up(&handling);
    srflx_streams_options_defaults(&options);
    options.connections = 100000;
    options.per_address = 100000;
    options.handler = (struct srflx_handler){handle, &handling};
    options.now = note_time;
    options.now_user = &handling;
    if (srflx_streams_new(&options, &streams)) fail("streams");
    if (srflx_stream_open_group(&local, 1, &socket)) fail(argv[1]);
    if (srflx_streams_listen(streams, &socket)) fail("listen");
    printf("%zu bytes for an idle connection\n", srflx_streams_idle_size());
    fflush(stdout);
    for (;;)
        srflx_streams_run(streams, -1);
}
