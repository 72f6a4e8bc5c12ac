/* A UDP load generator for one machine: sends Binding requests to a server on 127.0.0.0/8 from many
 * ports, checks every answer, and says what CPU time the server spent on each.
 *
 * It never sleeps: a sleeper would have to be woken by the server, at the server's cost. Each port
 * has a ring of outstanding requests; a request takes the slot that its number gives, and waits as
 * long as an older one holds it. */
#define _GNU_SOURCE
#include "requests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW_MAX = 64, PORTS_MAX = 4096, MIX_MAX = 64, PIDS_MAX = 16 };
enum { ANSWER_MAX = 1500, SECONDS_MAX = 3600 };
static const uint64_t second = 1000000000;

struct options {
    struct sockaddr_in server;
    size_t ports, sources, window;
    double rate; /* requests a second over all ports; 0: as fast as answers come */
    double warm_up, seconds;
    uint64_t count; /* stop after so many answers */
    uint64_t patience_ns;
    enum request_kind mix[MIX_MAX];
    size_t mix_len;
    pid_t pids[PIDS_MAX];
    size_t pid_count;
};

/* One request on its way. */
struct slot {
    uint64_t sent_ns; /* 0: free */
    uint32_t number;
    enum request_kind kind;
};

struct port {
    int fd;
    uint32_t index;
    uint32_t next; /* number of the next request */
    struct request_source me;
    struct slot slots[WINDOW_MAX];
};

struct counts {
    uint64_t sent;    /* requests */
    uint64_t silent;  /* of these, those that draw no answer */
    uint64_t answers; /* right, and in time */
    uint64_t lost;    /* not answered in time */
    uint64_t late;    /* answered after that, or twice */
    uint64_t bad;     /* wrong answers */
};

/* The state of the run at one moment. */
struct mark {
    uint64_t wall_ns, server_ns, own_ns;
    struct counts counts;
};

static struct options options = {
    .ports = 8,
    .sources = 1,
    .window = 16,
    .warm_up = 0.2,
    .seconds = 2,
    .count = UINT64_MAX,
    .patience_ns = 1000000000,
    .mix = {REQUEST_PLAIN},
    .mix_len = 1,
};
static struct port *ports;
static struct counts counts;
static uint8_t requests[WINDOW_MAX][REQUEST_MAX], answers[WINDOW_MAX][ANSWER_MAX];
static struct iovec request_bytes[WINDOW_MAX], answer_bytes[WINDOW_MAX];
static struct mmsghdr out[WINDOW_MAX], in[WINDOW_MAX];

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(4);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    if (clock_gettime(clock, &t)) fail("cannot read the CPU time of the server");
    return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

/* The CPU time of all threads of the server so far, exact to the moment. */
static uint64_t server_ns(void)
{
    uint64_t sum = 0;
    clockid_t clock;

    for (size_t i = 0; i < options.pid_count; i++) {
        errno = clock_getcpuclockid(options.pids[i], &clock);
        if (errno) fail("--pids");
        sum += clock_ns(clock);
    }
    return sum;
}

static struct mark mark_now(void)
{
    return (struct mark){.wall_ns = clock_ns(CLOCK_MONOTONIC),
                         .server_ns = server_ns(),
                         .own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
                         .counts = counts};
}

/* The transaction id of a request: which port, which number, and a guard against foreign packets.
 */
static void make_id(const struct port *port, uint32_t number, uint8_t ret_id[REQUEST_ID])
{
    uint32_t guard = (port->index ^ number * 2654435761u) + (uint32_t)getpid();

    memcpy(ret_id, &number, 4);
    memcpy(ret_id + 4, &port->index, 4);
    memcpy(ret_id + 8, &guard, 4);
}

static void take_answer(struct port *port, const uint8_t *bytes, size_t len)
{
    uint8_t id[REQUEST_ID];
    uint32_t number = 0;
    struct slot *slot;
    const char *wrong;

    if (len >= 12) memcpy(&number, bytes + 8, 4);
    slot = &port->slots[number % options.window];
    make_id(port, number, id);
    wrong = request_check(slot->kind, id, bytes, len, &port->me);
    if (slot->number != number || (!wrong && !slot->sent_ns)) {
        counts.late++;
    } else if (wrong) {
        if (counts.bad++ == 0) fprintf(stderr, "load: the first wrong answer has %s\n", wrong);
    } else {
        slot->sent_ns = 0;
        counts.answers++;
    }
}

static void receive(struct port *port)
{
    int got = recvmmsg(port->fd, in, (unsigned)options.window, MSG_DONTWAIT, NULL);

    for (int i = 0; i < got; i++)
        take_answer(port, answers[i], in[i].msg_len);
}

/* Puts the port's next request in place `i` of the batch; false: an older one holds its slot. */
static bool prepare(struct port *port, size_t i, uint64_t now)
{
    struct slot *slot = &port->slots[port->next % options.window];
    enum request_kind kind = options.mix[counts.sent % options.mix_len];
    bool answered = request_is_answered(kind);
    uint8_t id[REQUEST_ID];

    if (slot->sent_ns && now - slot->sent_ns < options.patience_ns) return false;
    counts.lost += slot->sent_ns != 0;
    counts.silent += !answered;
    counts.sent++;
    make_id(port, port->next, id);
    request_bytes[i].iov_len = request_write(kind, id, requests[i]);
    *slot = (struct slot){.sent_ns = answered ? now : 0, .number = port->next++, .kind = kind};
    return true;
}

/* Sends what fits the port's window, at most `limit` requests. Returns how many. */
static size_t send_some(struct port *port, uint64_t limit)
{
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    size_t count = 0, done = 0;

    while (count < limit && count < options.window && prepare(port, count, now))
        count++;
    while (done < count) {
        int sent = sendmmsg(port->fd, out + done, (unsigned)(count - done), 0);
        if (sent < 0 && errno != EAGAIN && errno != ENOBUFS) fail("cannot send");
        if (sent > 0) done += (size_t)sent;
    }
    return count;
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Runs until `end_ns`, or until options.count answers are there. */
static void run_until(uint64_t end_ns)
{
    uint64_t start = clock_ns(CLOCK_MONOTONIC), now = start, done = 0;

    while (now < end_ns && counts.answers < options.count) {
        for (size_t i = 0; i < options.ports; i++) {
            uint64_t wanted = options.count - (counts.sent - counts.silent - counts.lost);
            uint64_t due = (uint64_t)((double)(now - start) / 1e9 * options.rate);
            receive(&ports[i]);
            if (options.rate > 0) wanted = at_most(wanted, due - at_most(done, due));
            done += send_some(&ports[i], wanted);
        }
        now = clock_ns(CLOCK_MONOTONIC);
    }
}

/* Waits for what is still on its way; what does not come is lost. */
static void drain(void)
{
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + options.patience_ns;
    uint64_t due = counts.sent - counts.silent - counts.lost;

    while (counts.answers < due && clock_ns(CLOCK_MONOTONIC) < end) {
        for (size_t i = 0; i < options.ports; i++)
            receive(&ports[i]);
    }
    counts.lost += due - at_most(counts.answers, due);
}

static void open_port(struct port *port, uint32_t index)
{
    /* Neighbouring sources differ in every byte that a prefix could end at. */
    uint32_t ip = INADDR_LOOPBACK + (uint32_t)(index % options.sources) * 0x0101;
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ip)};
    socklen_t len = sizeof me;

    port->index = index;
    port->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (port->fd < 0 || bind(port->fd, (const struct sockaddr *)&me, len) ||
        connect(port->fd, (const struct sockaddr *)&options.server, len) ||
        getsockname(port->fd, (struct sockaddr *)&me, &len))
        fail("cannot open a port");
    port->me.len = 6;
    memcpy(port->me.bytes, &me.sin_port, 2);
    memcpy(port->me.bytes + 2, &me.sin_addr, 4);
}

static void set_up(void)
{
    ports = calloc(options.ports, sizeof *ports);
    if (!ports) fail("no memory");
    for (uint32_t i = 0; i < options.ports; i++)
        open_port(&ports[i], i);
    for (size_t i = 0; i < WINDOW_MAX; i++) {
        request_bytes[i].iov_base = requests[i];
        answer_bytes[i] = (struct iovec){answers[i], ANSWER_MAX};
        out[i].msg_hdr = (struct msghdr){.msg_iov = &request_bytes[i], .msg_iovlen = 1};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &answer_bytes[i], .msg_iovlen = 1};
    }
}

/* One JSON line. Counts are of the whole run, figures of the measured part. */
static void print_report(const struct mark *from, const struct mark *to)
{
    double seconds = (double)(to->wall_ns - from->wall_ns) / 1e9;
    double answered = (double)(to->counts.answers - from->counts.answers);
    double server = (double)(to->server_ns - from->server_ns);

    printf("{\"sent\": %" PRIu64 ", \"silent\": %" PRIu64 ", \"answers\": %" PRIu64
           ", \"lost\": %" PRIu64 ", \"late\": %" PRIu64 ", \"bad\": %" PRIu64,
           counts.sent, counts.silent, counts.answers, counts.lost, counts.late, counts.bad);
    printf(", \"seconds\": %.3f, \"answers_per_second\": %.0f, \"generator_share\": %.3f", seconds,
           answered / seconds, (double)(to->own_ns - from->own_ns) / 1e9 / seconds);
    if (options.pid_count && answered > 0) {
        printf(", \"server_ns_per_answer\": %.1f, \"server_share\": %.3f", server / answered,
               server / 1e9 / seconds);
    }
    printf("}\n");
}

static void usage(FILE *stream)
{
    fprintf(stream,
            "usage: load [options] 127.x.y.z PORT\n"
            "  --ports N       source ports (8)\n"
            "  --sources N     source addresses in 127.0.0.0/8, shared by the ports (1)\n"
            "  --window N      requests on their way from each port (16, at most %d)\n"
            "  --rate R        requests a second; 0: the next leaves when an answer came (0)\n"
            "  --seconds S     measured time (2)\n"
            "  --warm-up S     time before it (0.2)\n"
            "  --count N       end after N answers, without warm-up\n"
            "  --patience MS   after that a request is lost (1000)\n"
            "  --mix KIND,...  requests in this order, over and over (plain); kinds:",
            WINDOW_MAX);
    for (int kind = 0; kind < REQUEST_KINDS; kind++)
        fprintf(stream, " %s", request_name((enum request_kind)kind));
    fprintf(stream, "\n"
                    "  --pids P,...    processes of the server, whose CPU time counts\n"
                    "Prints one JSON line. Exit code: 0 all answered rightly, 6 not so, 2 usage, "
                    "4 local failure.\n");
}

static void usage_error(const char *what, const char *value)
{
    fprintf(stderr, "load: %s: %s\n", what, value);
    usage(stderr);
    exit(2);
}

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !(value >= least && value <= most))
        usage_error("no number, or out of range", text);
    return value;
}

static void parse_mix(char *text)
{
    options.mix_len = 0;
    for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
        int kind = 0;
        while (kind < REQUEST_KINDS && strcmp(name, request_name((enum request_kind)kind)))
            kind++;
        if (kind == REQUEST_KINDS || options.mix_len == MIX_MAX)
            usage_error("no such kind, or too many", name);
        options.mix[options.mix_len++] = (enum request_kind)kind;
    }
}

static void parse_pids(char *text)
{
    for (char *pid = strtok(text, ","); pid; pid = strtok(NULL, ",")) {
        if (options.pid_count == PIDS_MAX) usage_error("too many", pid);
        options.pids[options.pid_count++] = (pid_t)number(pid, 1, INT32_MAX);
    }
}

static void parse_option(int letter, char *value)
{
    switch (letter) {
    case 'p':
        options.ports = (size_t)number(value, 1, PORTS_MAX);
        break;
    case 's':
        options.sources = (size_t)number(value, 1, PORTS_MAX);
        break;
    case 'w':
        options.window = (size_t)number(value, 1, WINDOW_MAX);
        break;
    case 'r':
        options.rate = number(value, 0, 1e8);
        break;
    case 't':
        options.seconds = number(value, 0.01, SECONDS_MAX);
        break;
    case 'u':
        options.warm_up = number(value, 0, SECONDS_MAX);
        break;
    case 'c':
        options.count = (uint64_t)number(value, 1, 1e15);
        break;
    case 'l':
        options.patience_ns = (uint64_t)(number(value, 1, 60000) * 1e6);
        break;
    case 'm':
        parse_mix(value);
        break;
    case 'i':
        parse_pids(value);
        break;
    case 'h':
        usage(stdout);
        exit(0);
    default:
        usage(stderr);
        exit(2);
    }
}

static void parse_command_line(int argc, char **argv)
{
    static const struct option names[] = {
        {"ports", required_argument, NULL, 'p'},   {"sources", required_argument, NULL, 's'},
        {"window", required_argument, NULL, 'w'},  {"rate", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'}, {"warm-up", required_argument, NULL, 'u'},
        {"count", required_argument, NULL, 'c'},   {"patience", required_argument, NULL, 'l'},
        {"mix", required_argument, NULL, 'm'},     {"pids", required_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1)
        parse_option(letter, optarg);
    if (argc - optind != 2) usage_error("wanted: an address and a port", argv[0]);
    options.server.sin_family = AF_INET;
    options.server.sin_port = htons((uint16_t)number(argv[optind + 1], 1, 65535));
    if (inet_pton(AF_INET, argv[optind], &options.server.sin_addr) != 1 ||
        ntohl(options.server.sin_addr.s_addr) >> 24 != 127)
        usage_error("this generator aims at 127.0.0.0/8 only", argv[optind]);
}

int main(int argc, char **argv)
{
    struct mark from, to;
    uint64_t end;

    parse_command_line(argc, argv);
    set_up();
    if (options.count == UINT64_MAX)
        run_until(clock_ns(CLOCK_MONOTONIC) + (uint64_t)(options.warm_up * 1e9));
    from = mark_now();
    end = from.wall_ns + (uint64_t)(options.seconds * 1e9);
    run_until(end);
    to = mark_now();
    drain();
    print_report(&from, &to);
    return counts.bad || counts.lost ? 6 : 0;
}
