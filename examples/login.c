/* Which address does a STUN server see that asks for credentials? For programs with a loop of their own:
 * as transaction.c, with a login and an exchange, which asks again when it is challenged, and turns
 * to another server when it is sent there.
 *
 *     cc login.c $(pkg-config --cflags --libs srflx-io) -o login
 *     echo 'rabbit hole' | ./login 192.0.2.1:3478 alice
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/exchange.h>
#include <srflx/prepare.h>
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>
#include <srflx/wipe.h>

struct asking {
    int fd;
    struct srflx_addr server; /* that fd is connected to */
    struct srflx_login *login;
    struct srflx_exchange *exchange;
};

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

/* A server that we have shown our credentials to sends us on. */
static void move_to(struct asking *a, const struct srflx_addr *server)
{
    close(a->fd);
    a->server = *server;
    a->fd = connect_to(server);
    srflx_exchange_resume(a->exchange, srflx_clock_now());
}

/* Returns true when it is over. */
static bool take_event(struct asking *a, const struct srflx_event *event)
{
    char text[SRFLX_ADDR_TEXT];

    switch (event->kind) {
    case SRFLX_EVENT_SEND:
        (void)send(a->fd, event->bytes.ptr, event->bytes.len, 0); /* a lost one is sent again */
        return false;
    case SRFLX_EVENT_MOVED:
        move_to(a, &event->to);
        return false;
    case SRFLX_EVENT_ANSWER:
        printf("I am %s\n", srflx_addr_write(&event->mapped, text));
        return true;
    default:
        if (event->error == SRFLX_ERROR_REFUSED)
            stop(srflx_refusal_text(srflx_login_refusal(a->login)));
        stop(srflx_error_text(event->error));
    }
}

/* Waits until a packet comes or the exchange wants to be woken. Returns its length, 0 if none. */
static size_t wait_for_packet(const struct asking *a, uint8_t *buf, size_t cap)
{
    struct pollfd readable = {.fd = a->fd, .events = POLLIN};
    uint64_t deadline_ns = srflx_exchange_next_deadline(a->exchange);
    uint64_t now_ns = srflx_clock_now().mono_ns;
    uint64_t ms = deadline_ns > now_ns ? (deadline_ns - now_ns + 999999) / 1000000 : 0;
    ssize_t got;

    if (poll(&readable, 1, (int)ms) < 1) return 0;
    got = recv(a->fd, buf, cap, 0);
    if (got < 0 && srflx_socket_error_kind(errno) != SRFLX_SOCKET_PASSING)
        stop("nobody listens there");
    return got > 0 ? (size_t)got : 0;
}

static void converse(struct asking *a)
{
    struct srflx_packet packet = {.transport = SRFLX_UDP};
    struct srflx_event event;
    uint8_t received[2048];

    for (;;) {
        while (srflx_exchange_next_event(a->exchange, &event))
            if (take_event(a, &event)) return;
        packet.from = a->server;
        packet.bytes.ptr = received;
        packet.bytes.len = wait_for_packet(a, received, sizeof received);
        if (packet.bytes.len) srflx_exchange_feed(a->exchange, &packet, srflx_clock_now());
        srflx_exchange_tick(a->exchange, srflx_clock_now());
    }
}

/* Text as keys are made of, in `buf`. */
static struct srflx_view prepare(const char *text, uint8_t *buf, size_t cap)
{
    struct srflx_view prepared;
    int error = srflx_prepare_opaque((struct srflx_view){(const uint8_t *)text, strlen(text)}, buf,
                                     cap, &prepared);

    if (error) stop(srflx_error_text(error));
    return prepared;
}

/* The login copies what it needs. It is kept from one question to the next, as it remembers what the
 * server has asked for: the second one then needs no challenge. */
static struct srflx_login *new_login(const char *name)
{
    uint8_t name_bytes[SRFLX_PREPARE_LONGEST], password_bytes[SRFLX_PREPARE_LONGEST];
    void *memory = malloc(srflx_login_size());
    struct srflx_credentials credentials;
    char password[SRFLX_PASSWORD_MAX + 2];
    struct srflx_login *login;

    if (!fgets(password, sizeof password, stdin)) stop("no password on standard input");
    password[strcspn(password, "\n")] = '\0';
    srflx_credentials_defaults(&credentials);
    credentials.username = prepare(name, name_bytes, sizeof name_bytes);
    credentials.password = prepare(password, password_bytes, sizeof password_bytes);
    if (!memory || srflx_login_init(memory, srflx_login_size(), &credentials, &login))
        stop("cannot log in with this name and password");
    srflx_wipe(password, sizeof password);
    srflx_wipe(password_bytes, sizeof password_bytes);
    return login;
}

static struct srflx_exchange *new_exchange(struct srflx_login *login)
{
    void *memory = malloc(srflx_exchange_size());
    struct srflx_exchange_options options;
    struct srflx_exchange *exchange;

    srflx_exchange_options_defaults(&options);
    options.login = login;
    if (!memory || srflx_exchange_init(memory, srflx_exchange_size(), &options, srflx_random_fill,
                                       NULL, &exchange))
        stop("cannot make an exchange");
    return exchange;
}

int main(int argc, char **argv)
{
    struct asking a;

    if (argc != 3 || srflx_addr_parse(argv[1], &a.server) || a.server.port == 0) {
        fputs("usage: login ADDRESS:PORT NAME, with the password on standard input\n", stderr);
        return 2;
    }
    a.login = new_login(argv[2]);
    a.exchange = new_exchange(a.login);
    a.fd = connect_to(&a.server);
    if (srflx_exchange_start(a.exchange, &a.server, SRFLX_UDP, srflx_clock_now()))
        stop("cannot start");
    converse(&a);
    close(a.fd);
    free(a.exchange);
    srflx_login_wipe(a.login);
    free(a.login);
    return EXIT_SUCCESS;
}
