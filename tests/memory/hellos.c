/* Sends one ClientHello of DTLS from each of many forged sources, and looks at every packet of UDP
 * that the server sends, to whomever. For a network namespace in which 10.0.0.0/8 is local, as in
 * spoof.c.
 *
 * usage: hellos SERVER PORT FIRST COUNT <FILE-WITH-THE-DATAGRAM
 *
 * Each source, 10.0.0.0 + FIRST and the following ones, must get one HelloVerifyRequest, and nobody
 * else anything. Prints how many bytes were sent and came back, of IP packets. Exit code: 0 all is
 * well, 1 a wrong answer or none, 2 usage, 4 local failure. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WINDOW = 128, PATIENCE_MS = 10000, QUIET_MS = 300, PORT = 40000, LONGEST = 1400 };
enum { BASE = 10 << 24, SOURCES = 1 << 24, HEADERS = sizeof(struct ip) + sizeof(struct udphdr) };
enum { HANDSHAKE = 22, HELLO_VERIFY_REQUEST = 3, TYPE_AT = 13 };

static struct sockaddr_in server = {.sin_family = AF_INET};
static uint8_t packet[HEADERS + LONGEST], seen[65536];
static size_t packet_len;
static int out_fd, in_fd;
static uint8_t *answered; /* by source */
static uint32_t first, count;
static uint64_t bytes_back;

static void fail(const char *what)
{
    perror(what);
    exit(4);
}

static _Noreturn void complain(const char *what)
{
    fprintf(stderr, "hellos: %s\n", what);
    exit(1);
}

/* What comes from the server's port, whoever gets it; and a socket at the sources' port that nobody
 * reads, so that the kernel does not answer for it. */
static void open_sockets(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, sizeof(struct ip)),
                                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(server.sin_port), 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, sizeof seen),
                                 BPF_STMT(BPF_RET | BPF_K, 0)};
    const struct sock_fprog filter = {sizeof code / sizeof *code, code};
    const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const int unread = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    out_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    in_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
    if (out_fd < 0 || in_fd < 0 || unread < 0) fail("socket");
    if (setsockopt(in_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter)) fail("filter");
    if (bind(unread, (const struct sockaddr *)&at, sizeof at)) fail("bind");
    if (connect(out_fd, (const struct sockaddr *)&server, sizeof server)) fail("connect");
}

static void prepare(void)
{
    const size_t hello = fread(packet + HEADERS, 1, LONGEST, stdin);
    const struct ip ip = {.ip_v = 4,
                          .ip_hl = sizeof(struct ip) / 4,
                          .ip_len = htons((uint16_t)(HEADERS + hello)),
                          .ip_ttl = 64,
                          .ip_p = IPPROTO_UDP,
                          .ip_dst = server.sin_addr};
    const struct udphdr udp = {.source = htons(PORT),
                               .dest = server.sin_port,
                               .len = htons((uint16_t)(sizeof(struct udphdr) + hello))};

    memcpy(packet, &ip, sizeof ip);
    memcpy(packet + sizeof ip, &udp, sizeof udp);
    packet_len = HEADERS + hello;
}

static void send_from(uint32_t number)
{
    const uint32_t source = htonl(BASE + first + number);

    memcpy(packet + offsetof(struct ip, ip_src), &source, sizeof source);
    if (write(out_fd, packet, packet_len) != (ssize_t)packet_len) fail("write");
}

/* Returns false if nothing comes for so long. */
static bool take(int patience_ms)
{
    struct pollfd readable = {.fd = in_fd, .events = POLLIN};
    struct udphdr udp;
    struct ip ip;
    uint32_t number;
    ssize_t len;

    if (poll(&readable, 1, patience_ms) < 1) return false;
    len = read(in_fd, seen, sizeof seen);
    if (len <= HEADERS + TYPE_AT) complain("a packet without HelloVerifyRequest");
    memcpy(&ip, seen, sizeof ip);
    memcpy(&udp, seen + sizeof ip, sizeof udp);
    number = ntohl(ip.ip_dst.s_addr) - BASE - first;
    if (number >= count || udp.dest != htons(PORT)) complain("an answer to somebody else");
    if (answered[number]++) complain("two answers to one source");
    if (seen[HEADERS] != HANDSHAKE || seen[HEADERS + TYPE_AT] != HELLO_VERIFY_REQUEST)
        complain("an answer that is no HelloVerifyRequest");
    bytes_back += (uint64_t)len;
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 5 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: hellos SERVER PORT FIRST COUNT <FILE-WITH-THE-DATAGRAM\n");
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    first = (uint32_t)atol(argv[3]);
    count = (uint32_t)atol(argv[4]);
    answered = count < SOURCES && first <= SOURCES - count ? calloc(count + 1, 1) : NULL;
    if (!answered) return 2;
    open_sockets();
    prepare();
    for (uint32_t sent = 0, back = 0; back < count; back++) {
        for (; sent < count && sent - back < WINDOW; sent++)
            send_from(sent);
        if (!take(PATIENCE_MS)) complain("answers are missing");
    }
    if (take(QUIET_MS)) complain("more answers than questions");
    printf("%llu %llu\n", (unsigned long long)packet_len * count, (unsigned long long)bytes_back);
    return 0;
}
