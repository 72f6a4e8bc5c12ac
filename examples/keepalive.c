/* Keeps a UDP flow through NATs alive, and tells when it has failed: Binding requests as RFC 5626 has
 * them, each some 24 to 29 seconds behind the one before it, or as far apart as is said.
 *
 *     cc keepalive.c $(pkg-config --cflags --libs srflx-io) -o keepalive
 *     ./keepalive 192.0.2.1:3478 [MILLISECONDS [ROUNDS]]
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/keepalive.h>
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>

static _Noreturn void stop(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(EXIT_FAILURE);
}

static int connect_to(const struct srflx_addr *server)
{
    struct sockaddr_storage at;
    socklen_t len = srflx_addr_to_sockaddr(server, &at);
    int fd = socket(at.ss_family, SOCK_DGRAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&at, len)) stop("cannot reach the server");
    return fd;
}

/* A real program receives everything else on the same socket, and hands on what is not ours. */
static void receive(int fd, struct srflx_keepalive *k, const struct srflx_addr *server)
{
    struct srflx_packet packet = {.from = *server, .transport = SRFLX_UDP};
    uint8_t bytes[2048];
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);

    if (got < 0) {
        if (srflx_socket_error_kind(errno) == SRFLX_SOCKET_HARD)
            srflx_keepalive_unreachable(k, srflx_clock_now());
        return;
    }
    packet.bytes = (struct srflx_view){bytes, (size_t)got};
    srflx_keepalive_feed(k, &packet, srflx_clock_now());
}

/* Returns true when an answer has come. */
static bool take_event(int fd, const struct srflx_keepalive_event *event)
{
    char text[SRFLX_ADDR_TEXT];

    switch (event->kind) {
    case SRFLX_KEEPALIVE_SEND:
        (void)send(fd, event->bytes.ptr, event->bytes.len, 0); /* a lost one is sent again */
        return false;
    case SRFLX_KEEPALIVE_ALIVE:
        printf("alive: %s\n", srflx_addr_write(&event->mapped, text));
        fflush(stdout);
        return true;
    case SRFLX_KEEPALIVE_MOVED:
        printf("moved: %s\n", srflx_addr_write(&event->mapped, text));
        exit(EXIT_FAILURE);
    default:
        stop(srflx_error_text(event->error));
    }
}

static int wait_ms(const struct srflx_keepalive *k)
{
    const uint64_t deadline = srflx_keepalive_next_deadline(k), now = srflx_clock_now().mono_ns;

    return deadline > now ? (int)((deadline - now + 999999) / 1000000) : 0;
}

static void keep_alive(int fd, struct srflx_keepalive *k, const struct srflx_addr *server,
                       unsigned long rounds)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    struct srflx_keepalive_event event;

    for (;;) {
        while (srflx_keepalive_next_event(k, &event))
            if (take_event(fd, &event) && rounds && !--rounds) return;
        if (poll(&readable, 1, wait_ms(k)) > 0) receive(fd, k, server);
        srflx_keepalive_tick(k, srflx_clock_now());
    }
}

int main(int argc, char **argv)
{
    struct srflx_keepalive_options options;
    struct srflx_keepalive *k;
    struct srflx_addr server;
    void *memory = malloc(srflx_keepalive_size());
    int fd;

    if (argc < 2 || argc > 4 || srflx_addr_parse(argv[1], &server) || server.port == 0) {
        fputs("usage: keepalive ADDRESS:PORT [MILLISECONDS [ROUNDS]]\n", stderr);
        return 2;
    }
    srflx_keepalive_options_defaults(true, &options);
    options.random = srflx_random_fill;
    if (argc > 2) options.least_ms = options.most_ms = (uint32_t)strtoul(argv[2], NULL, 10);
    if (!memory || srflx_keepalive_init(memory, srflx_keepalive_size(), &options, &k))
        stop("cannot make a keepalive: is the interval at least 1000?");
    fd = connect_to(&server);
    if (srflx_keepalive_start(k, &server, SRFLX_UDP, srflx_clock_now())) stop("cannot start");
    keep_alive(fd, k, &server, argc > 3 ? strtoul(argv[3], NULL, 10) : 0);
    free(memory);
    close(fd);
    return EXIT_SUCCESS;
}
