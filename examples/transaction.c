/* Which address does a STUN server see? The long way, for programs with a loop of their own: the
 * transaction says what to send and when to wake up, the program does it.
 *
 *     cc transaction.c $(pkg-config --cflags --libs srflx-io) -o transaction
 *     ./transaction 192.0.2.1:3478
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
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>
#include <srflx/transaction.h>
#include <srflx/writer.h>

static _Noreturn void stop(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(EXIT_FAILURE);
}

/* A connected socket receives from this server only, and hears of ICMP errors. */
static int connect_to(const struct srflx_addr *server)
{
    struct sockaddr_storage at;
    socklen_t len = srflx_addr_to_sockaddr(server, &at);
    int fd = socket(at.ss_family, SOCK_DGRAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&at, len)) stop("cannot reach the server");
    return fd;
}

/* The bytes of a Binding request, in `buf`. A request needs an id that nobody can guess. */
static struct srflx_view write_request(uint8_t *buf, size_t cap)
{
    struct srflx_view request;
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(srflx_random_fill, NULL, false, &id);
    srflx_writer_begin(&w, buf, cap, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_add_fingerprint(&w);
    if (srflx_writer_finish(&w, &request)) stop("the buffer is too small");
    return request;
}

/* Waits until a packet comes or the transaction wants to be woken. Returns its length, 0 if none.
 */
static size_t wait_for_packet(int fd, uint64_t deadline_ns, uint8_t *buf, size_t cap)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    uint64_t now_ns = srflx_clock_now().mono_ns;
    uint64_t ms = deadline_ns > now_ns ? (deadline_ns - now_ns + 999999) / 1000000 : 0;
    ssize_t got;

    if (poll(&readable, 1, (int)ms) < 1) return 0;
    got = recv(fd, buf, cap, 0);
    if (got < 0 && srflx_socket_error_kind(errno) != SRFLX_SOCKET_PASSING)
        stop("nobody listens there");
    return got > 0 ? (size_t)got : 0;
}

/* Returns true when it is over. */
static bool take_event(int fd, const struct srflx_event *event)
{
    char text[SRFLX_ADDR_TEXT];

    if (event->kind == SRFLX_EVENT_SEND) {
        (void)send(fd, event->bytes.ptr, event->bytes.len, 0); /* a lost one is sent again */
        return false;
    }
    if (event->kind == SRFLX_EVENT_FAILED) stop(srflx_error_text(event->error));
    printf("I am %s (%.1f ms)\n", srflx_addr_write(&event->mapped, text),
           (double)event->rtt_ns / 1e6);
    return true;
}

/* `packet` names the server. */
static void converse(int fd, struct srflx_transaction *t, struct srflx_packet packet)
{
    uint8_t received[2048];
    struct srflx_event event;

    for (;;) {
        while (srflx_transaction_next_event(t, &event))
            if (take_event(fd, &event)) return;
        packet.bytes.ptr = received;
        packet.bytes.len =
            wait_for_packet(fd, srflx_transaction_next_deadline(t), received, sizeof received);
        if (packet.bytes.len) srflx_transaction_feed(t, &packet, srflx_clock_now());
        srflx_transaction_tick(t, srflx_clock_now());
    }
}

int main(int argc, char **argv)
{
    struct srflx_packet packet = {.transport = SRFLX_UDP};
    struct srflx_transaction_options options;
    struct srflx_transaction *t;
    uint8_t request[64];
    void *memory;
    int fd;

    if (argc != 2 || srflx_addr_parse(argv[1], &packet.from) || packet.from.port == 0) {
        fputs("usage: transaction ADDRESS:PORT\n", stderr);
        return 2;
    }
    fd = connect_to(&packet.from);

    /* The library never allocates: it says how much memory it needs, and gets it from us. */
    srflx_transaction_options_defaults(&options);
    memory = malloc(srflx_transaction_size());
    if (!memory || srflx_transaction_init(memory, srflx_transaction_size(), &options, &t))
        stop("cannot make a transaction");
    if (srflx_transaction_start(t, write_request(request, sizeof request), &packet.from, SRFLX_UDP,
                                srflx_clock_now()))
        stop("cannot start");
    converse(fd, t, packet);
    free(memory);
    close(fd);
    return EXIT_SUCCESS;
}
