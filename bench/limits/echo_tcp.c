/* The smallest TCP server that answers pipelined requests in any split: one thread, epoll, a read at
 * once after accept, which TCP_DEFER_ACCEPT makes worth while. What a server of streams costs beyond
 * it is its own work. It has no deadlines, and closes on who does not take the answers.
 * usage: echo_tcp IPV4-ADDRESS PORT */
#define _GNU_SOURCE /* accept4 */
#include "echo.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HEADER = 20, EVENTS = 64, CONNECTIONS = 1 << 17, DEFER_SECONDS = 5, BACKLOG = 4096 };
/* A request that draws an answer has no attributes, and whatever else comes ends the connection. */
enum { READ = 16384, ANSWERS = (READ + HEADER) / HEADER * ECHO_ANSWER };

/* What is kept of a connection, by its descriptor. */
struct kept {
    uint32_t ip;
    uint16_t port;
    uint8_t have; /* bytes of a request that has not ended */
    uint8_t begun[HEADER - 1];
};

static struct kept kept[CONNECTIONS];
static uint8_t in[HEADER + READ], out[ANSWERS];
static int epoll;

/* Answers whole requests and keeps what has begun. Returns the bytes of the answers, -1 to close. */
static ssize_t answer(struct kept *connection, size_t len)
{
    size_t at = 0, written = 0;

    for (; at + HEADER <= len; at += HEADER, written += ECHO_ANSWER)
        if (!echo_write(in + at, HEADER, connection->ip, connection->port, out + written))
            return -1;
    connection->have = (uint8_t)(len - at);
    memcpy(connection->begun, in + at, len - at);
    return (ssize_t)written;
}

/* Returns false if the connection is over. */
static int serve(int fd)
{
    struct kept *connection = &kept[fd];
    const size_t have = connection->have;
    ssize_t got, due;

    memcpy(in, connection->begun, have);
    got = recv(fd, in + have, READ, 0);
    if (got < 0) return errno == EAGAIN;
    if (!got) return 0;
    due = answer(connection, have + (size_t)got);
    return due <= 0 ? !due : send(fd, out, (size_t)due, MSG_NOSIGNAL) == due;
}

static void accept_all(int listener)
{
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int fd;

    while ((fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

        if (fd < CONNECTIONS) {
            kept[fd] = (struct kept){.ip = from.sin_addr.s_addr, .port = from.sin_port};
            if (serve(fd) && !epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) continue;
        }
        close(fd);
    }
}

/* Accepted sockets inherit the options. */
static int listener(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (argc != 3 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1) {
        fprintf(stderr, "usage: %s IPV4-ADDRESS PORT\n", argv[0]);
        exit(2);
    }
    at.sin_port = htons((uint16_t)atoi(argv[2]));
    echo_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    echo_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    echo_set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_SECONDS);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) || listen(fd, BACKLOG)) {
        perror("bind");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    int fd = listener(argc, argv);
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN, .data.fd = fd}};
    struct rlimit files;

    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, events)) return 1;
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == fd)
                accept_all(fd);
            else if (!serve(events[i].data.fd))
                close(events[i].data.fd);
        }
    }
}
