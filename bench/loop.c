/* The worker loop without the kernel: packets from an array through the memory driver into the
 * server, as srflxd's worker does it with sockets. Prints one JSON line: nanoseconds (and
 * instructions, where the machine counts them) per packet, for 256 mixed requests and for each kind
 * alone.
 * usage: loop [ROW [SAMPLES]]      one row only: mixed, plain, ice, ... */
#include "requests.h"
#include "stopwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/clock.h>
#include <srflx/random.h>
#include <udp.h>

enum { PACKETS = 256, ALIGNMENTS = 8, PASSES = 40, SAMPLES = 600 };

struct handling {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_time now;
};

/* Requests, and what their answers are checked by. */
struct load {
    struct srflx_packet packets[PACKETS];
    uint8_t bytes[PACKETS][REQUEST_MAX + ALIGNMENTS];
    uint8_t ids[PACKETS][REQUEST_ID];
    enum request_kind kinds[PACKETS];
};

static struct load load;
static struct srflx_udp_answer answers[SRFLX_UDP_BATCH];
static uint32_t dice = 1;

static void fail(const char *what)
{
    fprintf(stderr, "loop: %s\n", what);
    exit(4);
}

/* The same numbers in every run. */
static unsigned throw_dice(unsigned faces)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 16) % faces;
}

static struct srflx_addr draw_source(void)
{
    struct srflx_addr addr = {.ip = {198, 51, 100}, .family = SRFLX_IPV4};

    if (throw_dice(2))
        addr = (struct srflx_addr){.ip = {0x20, 0x01, 0x0D, 0xB8}, .family = SRFLX_IPV6};
    addr.ip[addr.family == SRFLX_IPV4 ? 3 : 15] = (uint8_t)throw_dice(256);
    addr.port = (uint16_t)(1024 + throw_dice(60000));
    return addr;
}

static void fill_in(size_t i, enum request_kind kind)
{
    struct srflx_packet *packet = &load.packets[i];
    uint8_t *bytes = load.bytes[i] + throw_dice(ALIGNMENTS);

    for (size_t k = 0; k < REQUEST_ID; k++)
        load.ids[i][k] = (uint8_t)throw_dice(256);
    load.kinds[i] = kind;
    packet->from = draw_source();
    packet->to = (struct srflx_addr){.ip = {1}, .port = 3478, .family = packet->from.family};
    packet->bytes = (struct srflx_view){bytes, request_write(kind, load.ids[i], bytes)};
    packet->transport = SRFLX_UDP;
}

/* 1 % malformed, the other kinds alike often. */
static void fill_mixed(void)
{
    for (size_t i = 0; i < PACKETS; i++)
        fill_in(i, i % 100 == 50 ? REQUEST_MALFORMED : throw_dice(REQUEST_MALFORMED));
}

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    const struct handling *handling = user;

    srflx_server_handle(handling->server, handling->worker, packet, handling->now, reply);
}

/* One batch, as a worker takes it. Returns the number of answers. */
static size_t run_batch(struct handling *handling, size_t first)
{
    struct srflx_handler handler = {handle, handling};
    struct srflx_udp_socket socket = {.fd = -1, .local = load.packets[first].to};
    struct srflx_udp_arrays arrays = {.packets = load.packets + first,
                                      .packet_count = SRFLX_UDP_BATCH,
                                      .answers = answers,
                                      .answer_room = SRFLX_UDP_BATCH};

    handling->now = srflx_clock_now();
    srflx_udp_memory.run(&arrays, &socket, &handler);
    return arrays.answered;
}

static struct request_source source_of(const struct srflx_addr *addr)
{
    struct request_source source = {.len = addr->family == SRFLX_IPV4 ? 6 : 18};

    source.bytes[0] = (uint8_t)(addr->port >> 8);
    source.bytes[1] = (uint8_t)addr->port;
    memcpy(source.bytes + 2, addr->ip, source.len - 2);
    return source;
}

/* What is measured must be right. */
static void check_all(struct handling *handling)
{
    for (size_t first = 0; first < PACKETS; first += SRFLX_UDP_BATCH) {
        size_t answered = run_batch(handling, first), next = 0;
        for (size_t i = first; i < first + SRFLX_UDP_BATCH; i++) {
            struct request_source source = source_of(&load.packets[i].from);
            const char *wrong = "no answer";
            if (!request_is_answered(load.kinds[i])) continue;
            if (next < answered)
                wrong = request_check(load.kinds[i], load.ids[i], answers[next].bytes,
                                      answers[next].len, &source);
            if (wrong) fail(wrong);
            next++;
        }
        if (next != answered) fail("an answer where silence was due");
    }
}

static void run_all(void *user)
{
    for (size_t pass = 0; pass < PASSES; pass++)
        for (size_t first = 0; first < PACKETS; first += SRFLX_UDP_BATCH)
            run_batch(user, first);
}

static struct handling set_up(void)
{
    struct srflx_server_config config;
    struct handling handling;
    size_t server_len, worker_len = srflx_worker_size();

    srflx_server_config_defaults(&config);
    server_len = srflx_server_size(&config);
    if (srflx_server_init(malloc(server_len), server_len, &config, &handling.server) ||
        srflx_worker_init(malloc(worker_len), worker_len, srflx_random_fill, NULL,
                          &handling.worker))
        fail("cannot set up the server");
    return handling;
}

/* What the user wants. */
struct choice {
    const char *row; /* NULL: all */
    size_t samples;
    bool printed;
};

/* Measures a row and prints it, unless another one was asked for. */
static void run_row(const char *name, struct choice *choice, struct handling *handling)
{
    struct figures figures;

    if (choice->row && strcmp(choice->row, name)) return;
    check_all(handling);
    figures = stopwatch(run_all, handling, (size_t)PASSES * PACKETS, choice->samples);
    print_figures(name, &figures);
    choice->printed = true;
}

int main(int argc, char **argv)
{
    struct handling handling = set_up();
    struct choice choice = {argc > 1 ? argv[1] : NULL, SAMPLES, false};

    if (argc > 2) choice.samples = strtoul(argv[2], NULL, 10);
    if (choice.samples < 1 || choice.samples > SAMPLES) fail("1 to 600 samples");
    fill_mixed();
    run_row("mixed", &choice, &handling);
    for (int kind = 0; kind < REQUEST_KINDS; kind++) {
        for (size_t i = 0; i < PACKETS; i++)
            fill_in(i, (enum request_kind)kind);
        run_row(request_name((enum request_kind)kind), &choice, &handling);
    }
    if (!choice.printed) fail("there is no such row");
    printf("}\n");
    return 0;
}
