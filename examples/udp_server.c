/* A STUN server: libsrflx and plain sockets, one thread, one IPv4 address.
 *
 *     cc udp_server.c $(pkg-config --cflags --libs srflx) -o udp_server
 *     ./udp_server 192.0.2.1:3478
 *
 * libsrflx touches neither the network nor the clock. This program receives a packet, asks
 * srflx_server_handle() what to say, and sends that.
 *
 * An answer must leave from the address that was asked. A socket bound to 0.0.0.0 does not know
 * which one that was (it takes IP_PKTINFO to find out), so this program wants one address to bind.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include <srflx/addr.h>
#include <srflx/server.h>

static _Noreturn void stop(const char *text)
{
    perror(text);
    exit(EXIT_FAILURE);
}

/* Between the library's addresses and the system's. For IPv6 too, see sockaddr.h of libsrflx-io. */
static struct sockaddr_in to_system(const struct srflx_addr *addr)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(addr->port)};

    memcpy(&v4.sin_addr, addr->ip, 4);
    return v4;
}

static struct srflx_addr from_system(const struct sockaddr_in *v4)
{
    struct srflx_addr addr = {.family = SRFLX_IPV4, .port = ntohs(v4->sin_port)};

    memcpy(addr.ip, &v4->sin_addr, 4);
    return addr;
}

/* Time is an argument of the library, in both of its meanings. */
static struct srflx_time now(void)
{
    struct timespec mono, date;

    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &date);
    return (struct srflx_time){
        .mono_ns = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec,
        .unix_ms = (uint64_t)date.tv_sec * 1000 + (uint64_t)date.tv_nsec / 1000000,
    };
}

/* Binds `addr`; its port may be 0, and is then what the system has chosen. */
static int open_socket(struct srflx_addr *addr)
{
    struct sockaddr_in at = to_system(addr);
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        stop("cannot bind");
    *addr = from_system(&at);
    return fd;
}

/* One packet in, at most one answer out. Whoever sends nonsense hears nothing. */
static void serve_one(int fd, const struct srflx_addr *here, const struct srflx_server *server,
                      struct srflx_worker *worker)
{
    uint8_t in[2048], out[1280];
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    ssize_t got = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&peer, &len);
    struct srflx_reply reply = {.buf = out, .cap = sizeof out};
    struct srflx_packet packet = {.to = *here, .transport = SRFLX_UDP};
    char text[SRFLX_ADDR_TEXT];

    if (got < 0) return;
    packet.bytes = (struct srflx_view){in, (size_t)got};
    packet.from = from_system(&peer);
    srflx_server_handle(server, worker, &packet, now(), &reply);
    if (reply.len == 0) return;
    if (sendto(fd, out, reply.len, 0, (struct sockaddr *)&peer, len) < 0) perror("cannot send");
    printf("answered %s\n", srflx_addr_write(&packet.from, text));
    fflush(stdout);
}

/* The library never allocates: it says how much memory it needs, and gets it from us. */
static struct srflx_server *new_server(void)
{
    struct srflx_server_config config;
    struct srflx_server *server;
    size_t size;
    void *memory;

    srflx_server_config_defaults(&config);
    size = srflx_server_size(&config);
    memory = malloc(size);
    if (!memory || srflx_server_init(memory, size, &config, &server)) stop("cannot make a server");
    return server;
}

static void fill(void *user, uint8_t *bytes, size_t len)
{
    (void)user;
    if (getrandom(bytes, len, 0) != (ssize_t)len) stop("cannot get random bytes");
}

/* A worker holds what one thread changes. */
static struct srflx_worker *new_worker(void)
{
    struct srflx_worker *worker;
    size_t size = srflx_worker_size();
    void *memory = malloc(size);

    if (!memory || srflx_worker_init(memory, size, fill, NULL, &worker))
        stop("cannot make a worker");
    return worker;
}

int main(int argc, char **argv)
{
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_addr here;
    char text[SRFLX_ADDR_TEXT];
    int fd;

    if (argc != 2 || srflx_addr_parse(argv[1], &here) || here.family != SRFLX_IPV4 ||
        srflx_addr_is_unspecified(&here)) {
        fputs("usage: udp_server ADDRESS:PORT, of IPv4 and not 0.0.0.0\n", stderr);
        return 2;
    }
    server = new_server();
    worker = new_worker();
    fd = open_socket(&here);
    printf("listening on %s\n", srflx_addr_write(&here, text));
    fflush(stdout);
    for (;;)
        serve_one(fd, &here, server, worker);
}
