/* Asks a server of STUN over TCP, TLS or DTLS, and checks every answer: transaction id, order, and that
 * the mapped address is ours. Prints one JSON object; bench/run reads the server's CPU time.
 *
 * usage: streamload [-s SECONDS] [-c CONNECTIONS] [-w WINDOW] LOAD IPV4-ADDRESS PORT
 *
 *   pipelined    each connection sends WINDOW requests at once, and again when all are answered, so
 *                that a server meets the same pieces however fast it is (tls-pipelined)
 *   connections  each connection has one request and ends; CONNECTIONS at a time (tls-connections,
 *                dtls-connections: with the handshake)
 *   idle         CONNECTIONS are opened, each has one request, and all stay open from the moment
 *                the object is printed until standard input ends (tls-idle)
 *
 * The exit code is 0 if a figure was printed, which may tell of errors. */
#define _GNU_SOURCE /* getopt */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "stream_link.h"

enum { HEADER = 20, ANSWER_LONGEST = 256, WINDOW_MOST = 512, EVENTS = 64, READ = 1 << 16 };
enum { OPENING_MOST = 64, ERRORS_MOST = 100, PATIENCE_MS = 5000, TICK_MS = 100 };

enum load_mode { PIPELINED, CONNECTIONS, IDLE };

static const struct load {
    const char *name;
    enum load_mode mode;
    enum link_kind kind;
} loads[] = {
    {"pipelined", PIPELINED, LINK_TCP},
    {"connections", CONNECTIONS, LINK_TCP},
    {"idle", IDLE, LINK_TCP},
    {"tls-pipelined", PIPELINED, LINK_TLS},
    {"tls-connections", CONNECTIONS, LINK_TLS},
    {"tls-idle", IDLE, LINK_TLS},
    {"dtls-connections", CONNECTIONS, LINK_DTLS},
};
enum { LOADS = sizeof loads / sizeof *loads };

struct connection {
    struct link link;
    struct request_source me;
    bool open, ready;
    uint32_t number;
    uint32_t sent, right; /* requests and answers, also numbers of the next */
    uint64_t deadline_ms;
    size_t have; /* bytes of an answer that has not ended */
    uint8_t begun[ANSWER_LONGEST];
};

static struct {
    enum load_mode mode;
    struct link_maker maker;
    uint32_t count, window, opened;
    double seconds;
    int epoll;
    uint64_t now_ms, operations, errors;
    uint32_t salt;
    struct connection *connections;
    uint8_t in[ANSWER_LONGEST + READ];
} all;

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void quit(const char *what)
{
    fprintf(stderr, "streamload: %s: %s\n", what, strerror(errno));
    exit(4);
}

/* Tells of the first. */
static void complain(const struct connection *connection, const char *what)
{
    if (all.errors++) return;
    fprintf(stderr, "streamload: connection %" PRIu32 ", answer %" PRIu32 ": %s\n",
            connection->number, connection->right, what);
}

static void id_of(const struct connection *connection, uint32_t request, uint8_t ret_id[REQUEST_ID])
{
    const uint32_t words[] = {connection->number, request, all.salt};

    memcpy(ret_id, words, REQUEST_ID);
}

/* Returns false if they could not be sent. */
static bool ask(struct connection *connection, uint32_t count)
{
    uint8_t bytes[WINDOW_MOST * HEADER + REQUEST_MAX], id[REQUEST_ID];
    size_t len = 0;

    for (uint32_t i = 0; i < count; i++) {
        id_of(connection, connection->sent++, id);
        len += request_write(REQUEST_PLAIN, id, bytes + len);
    }
    connection->deadline_ms = all.now_ms + PATIENCE_MS;
    return link_write(&connection->link, bytes, len);
}

/* The length of the first answer; 0 if it has not ended. */
static size_t answer_length(const uint8_t *at, size_t len)
{
    const size_t whole = len < HEADER ? 0 : HEADER + (size_t)(at[2] << 8 | at[3]);

    return whole > len ? 0 : whole;
}

/* Takes the answers off `len` bytes in `all.in`. Returns NULL, or what is wrong. */
static const char *take_answers(struct connection *connection, size_t len, uint32_t *ret_count)
{
    size_t at = 0, whole;
    uint8_t id[REQUEST_ID];
    const char *wrong;

    for (*ret_count = 0; (whole = answer_length(all.in + at, len - at)) > 0; at += whole) {
        if (connection->right == connection->sent) return "an answer without a request";
        id_of(connection, connection->right, id);
        wrong = request_check(REQUEST_PLAIN, id, all.in + at, whole, &connection->me);
        if (wrong) return wrong;
        connection->right++;
        ++*ret_count;
    }
    if (len - at > sizeof connection->begun) return "an answer that is too long";
    connection->have = len - at;
    memcpy(connection->begun, all.in + at, connection->have);
    return NULL;
}

/* What is wrong, or NULL. `ret_done` is true when the connection has had its one answer. */
static const char *receive(struct connection *connection, bool *ret_done)
{
    for (;;) {
        const size_t have = connection->have;
        const char *wrong;
        uint32_t count;
        ssize_t got;

        memcpy(all.in, connection->begun, have);
        got = link_read(&connection->link, all.in + have, READ);
        if (!got) return NULL;
        if (got < 0) return "the connection ended";
        wrong = take_answers(connection, have + (size_t)got, &count);
        if (wrong) return wrong;
        all.operations += count;
        *ret_done = all.mode == CONNECTIONS && count;
        if (*ret_done) return NULL;
        if (all.mode == PIPELINED && connection->right == connection->sent &&
            !ask(connection, all.window))
            return "requests cannot be sent";
    }
}

static const char *progress(struct connection *connection, bool *ret_done)
{
    *ret_done = false;
    if (!connection->ready) {
        const int shaken = link_shake(&connection->link);
        if (shaken < 0) return "no connection or no handshake";
        if (!shaken) return NULL;
        connection->ready = true;
        connection->me = link_source(&connection->link);
        if (!ask(connection, all.window)) return "the request cannot be sent";
    }
    return receive(connection, ret_done);
}

static void open_connection(struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};

    /* Other transaction ids than those of the connection before. */
    connection->right = connection->sent;
    connection->have = 0;
    connection->ready = false;
    connection->deadline_ms = all.now_ms + PATIENCE_MS;
    if (!link_open(&all.maker, &connection->link)) quit("no connection can be made");
    if (epoll_ctl(all.epoll, EPOLL_CTL_ADD, connection->link.fd, &event)) quit("epoll");
    connection->open = true;
}

static void handle(struct connection *connection)
{
    bool done;
    const char *wrong = progress(connection, &done);

    if (wrong) complain(connection, wrong);
    if (!wrong && !done) return;
    link_close(&connection->link);
    open_connection(connection);
}

/* Handshakes that packets were lost of, and answers that do not come. */
static void tick(void)
{
    for (uint32_t i = 0; i < all.opened; i++) {
        struct connection *connection = &all.connections[i];
        const bool waits = !connection->ready || connection->right < connection->sent;

        if (!connection->open || !waits) continue;
        if (!connection->ready) link_tick(&connection->link);
        if (all.now_ms < connection->deadline_ms) continue;
        complain(connection, "nothing in 5 seconds");
        link_close(&connection->link);
        open_connection(connection);
    }
}

/* Opens as many as may be on their way. */
static void open_more(void)
{
    const uint64_t most = all.mode == IDLE ? all.operations + OPENING_MOST : all.count;

    while (all.opened < all.count && all.opened < most)
        open_connection(&all.connections[all.opened++]);
}

static void run(uint64_t end_ns)
{
    struct epoll_event events[EVENTS];
    uint64_t ticked_ms = 0, now_ns;

    while ((now_ns = clock_ns(CLOCK_MONOTONIC)) < end_ns && all.errors < ERRORS_MOST) {
        int count;

        all.now_ms = now_ns / 1000000;
        if (all.mode == IDLE && all.operations >= all.count) return;
        open_more();
        if (all.now_ms - ticked_ms >= TICK_MS) {
            tick();
            ticked_ms = all.now_ms;
        }
        count = epoll_wait(all.epoll, events, EVENTS, TICK_MS);
        for (int i = 0; i < count && all.errors < ERRORS_MOST; i++)
            handle(events[i].data.ptr);
    }
}

static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files)) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static int usage(void)
{
    fprintf(stderr,
            "usage: streamload [-s SECONDS] [-c CONNECTIONS] [-w WINDOW] LOAD IPV4-ADDRESS PORT\n"
            "LOAD is one of:");
    for (size_t i = 0; i < LOADS; i++)
        fprintf(stderr, " %s", loads[i].name);
    fprintf(stderr, "\n");
    return 2;
}

static bool read_options(int argc, char **argv)
{
    unsigned long window = 1, count = 16;
    int option;

    all.seconds = 1.0;
    while ((option = getopt(argc, argv, "s:c:w:")) != -1) {
        if (option == 's') all.seconds = strtod(optarg, NULL);
        if (option == 'c') count = strtoul(optarg, NULL, 10);
        if (option == 'w') window = strtoul(optarg, NULL, 10);
        if (option == '?') return false;
    }
    all.window = (uint32_t)window;
    all.count = (uint32_t)count;
    return argc == optind + 3 && window >= 1 && window <= WINDOW_MOST && count >= 1 &&
           count <= 1000000 && all.seconds > 0 && all.seconds < 3600;
}

/* LOAD ADDRESS PORT */
static bool read_load(char **words)
{
    struct sockaddr_in server = {.sin_family = AF_INET};
    const struct load *load = NULL;

    for (size_t i = 0; i < LOADS; i++)
        if (!strcmp(words[0], loads[i].name)) load = &loads[i];
    server.sin_port = htons((uint16_t)strtoul(words[2], NULL, 10));
    if (!load || inet_pton(AF_INET, words[1], &server.sin_addr) != 1) return false;
    all.mode = load->mode;
    if (all.mode != PIPELINED) all.window = 1;
    if (!link_maker_init(&all.maker, load->kind, &server)) quit("TLS");
    return true;
}

static void report(uint64_t began_ns)
{
    printf("{\"operations\": %" PRIu64 ", \"seconds\": %.6f, \"errors\": %" PRIu64
           ", \"client_cpu_ns\": %" PRIu64 "}\n",
           all.operations, (double)(clock_ns(CLOCK_MONOTONIC) - began_ns) / 1e9, all.errors,
           clock_ns(CLOCK_PROCESS_CPUTIME_ID));
    fflush(stdout);
}

static void hold_until_input_ends(void)
{
    char byte;

    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    uint64_t began_ns = clock_ns(CLOCK_MONOTONIC);
    double seconds;

    if (!read_options(argc, argv) || !read_load(argv + optind)) return usage();
    raise_limits();
    signal(SIGPIPE, SIG_IGN);
    all.salt = (uint32_t)began_ns;
    all.epoll = epoll_create1(EPOLL_CLOEXEC);
    all.connections = calloc(all.count, sizeof *all.connections);
    if (all.epoll < 0 || !all.connections) quit("setting up");
    for (uint32_t i = 0; i < all.count; i++)
        all.connections[i].number = i;
    /* Idle ones take as long as they take, within reason. */
    seconds = all.mode == IDLE ? 120 : all.seconds;
    run(began_ns + (uint64_t)(seconds * 1e9));
    report(began_ns);
    if (all.mode == IDLE) hold_until_input_ends();
    for (uint32_t i = 0; i < all.opened; i++)
        link_close(&all.connections[i].link);
    link_maker_clean_up(&all.maker);
    free(all.connections);
    return 0;
}
