/* Sends random datagrams from random sources to a server, and judges every packet that comes back:
 * its size, whom it is for, from where, and what it says.
 *
 *     barrage INTERFACE MAC SEED COUNT ADDRESS...
 *
 * COUNT datagrams go over the interface to the MAC address, in turn to the addresses of one family
 * and of the other, at port 3478. Their sources are in 10.128.0.0/9 and 2001:db8:8000::/33, to which the
 * server's machine must have routes over this link. The same seed gives the same datagrams.
 *
 * They come in rounds of 64, the last of which is a plain request. A server with one worker takes
 * them in order, so that its answer says how far it is, and few enough are ever under way that none
 * is lost for want of room. Prints what it has counted. Exit code: 0 all is well, 1 a wrong
 * answer or none, 2 usage, 4 local failure. */
#define _GNU_SOURCE
#include "barrage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ROUND = 64,
    ROUNDS_AHEAD = 8, /* half a receive buffer, if all were long */
    RING = 1024,      /* datagrams that are remembered; more than are ever under way */
    ADDRESSES = 16,
    PORT = 3478,
    PATIENCE_MS = 30000,
    BUFFER = 32 << 20,
    PORTS = 65536
};

struct link {
    int fd;
    struct sockaddr_ll to[2]; /* IPv4, IPv6 */
    struct mmsghdr out[ROUND], in[ROUND];
    struct iovec out_bytes[ROUND], in_bytes[ROUND];
    uint8_t out_packets[ROUND][PACKET_MAX], in_packets[ROUND][PACKET_MAX];
};

static struct prng prng;
static uint64_t seed;
static struct end asked[2][ADDRESSES];
static size_t asked_count[2];
static struct link net;
static struct datagram ring[RING];
static uint32_t last_from[2][PORTS]; /* by family and port: number + 1 of the datagram */
static struct judgement judgement;
static uint64_t silenced; /* datagrams from port 0 */

static void fail(const char *what)
{
    perror(what);
    exit(4);
}

static void print_bytes(const char *what, const struct datagram *d)
{
    fprintf(stderr, "%s, %zu bytes:", what, d->len);
    for (size_t i = 0; i < d->len; i++)
        fprintf(stderr, "%s%02x", i % 4 ? "" : " ", d->bytes[i]);
    fputc('\n', stderr);
}

static _Noreturn void complain(const char *wrong, const struct datagram *request,
                               const struct datagram *answer)
{
    fprintf(stderr, "barrage: seed %" PRIu64 ": %s\n", seed, wrong);
    if (request) {
        fprintf(stderr, "number %" PRIu64 ", from port %u\n", request->number, request->from.port);
        print_bytes("said", request);
    }
    if (answer) print_bytes("answered", answer);
    exit(1);
}

static void open_link(const char *interface, const struct ether_addr *mac)
{
    static const uint16_t protocols[] = {ETHERTYPE_IP, ETHERTYPE_IPV6};
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    const int on = 1, buffer = BUFFER;

    net.fd = socket(AF_PACKET, SOCK_DGRAM, 0);
    if (net.fd < 0) fail("socket");
    here.sll_ifindex = (int)if_nametoindex(interface);
    if (!here.sll_ifindex) fail(interface);
    if (setsockopt(net.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ||
        setsockopt(net.fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) ||
        bind(net.fd, (struct sockaddr *)&here, sizeof here))
        fail(interface);
    for (int i = 0; i < 2; i++) {
        net.to[i] = here;
        net.to[i].sll_protocol = htons(protocols[i]);
        net.to[i].sll_halen = ETH_ALEN;
        memcpy(net.to[i].sll_addr, mac, ETH_ALEN);
    }
    for (int i = 0; i < ROUND; i++) {
        net.in_bytes[i] = (struct iovec){net.in_packets[i], PACKET_MAX};
        net.in[i].msg_hdr = (struct msghdr){.msg_iov = &net.in_bytes[i], .msg_iovlen = 1};
        net.out_bytes[i].iov_base = net.out_packets[i];
        net.out[i].msg_hdr = (struct msghdr){
            .msg_namelen = sizeof net.to[0], .msg_iov = &net.out_bytes[i], .msg_iovlen = 1};
    }
}

/* A port from which nothing was sent of late, or 0, to which nothing may come. */
static uint16_t draw_port(int family, uint64_t number)
{
    uint16_t port;

    if (prng_between(&prng, 0, 255) == 0) return 0;
    do
        port = (uint16_t)prng_between(&prng, 1, PORTS - 1);
    while (last_from[family][port] && number + 1 - last_from[family][port] < RING);
    last_from[family][port] = (uint32_t)number + 1;
    return port;
}

static void draw_source(int family, uint64_t number, bool plain, struct end *ret_from)
{
    prng_fill(&prng, ret_from->ip, sizeof ret_from->ip);
    if (family) {
        memcpy(ret_from->ip, "\x20\x01\x0d\xb8", 4);
        ret_from->ip[4] |= 0x80;
    } else {
        ret_from->ip[0] = 10;
        ret_from->ip[1] |= 0x80;
    }
    ret_from->family = family ? V6 : V4;
    do
        ret_from->port = draw_port(family, number);
    while (plain && !ret_from->port);
}

static void send_round(uint64_t first, unsigned count)
{
    const int family = first / ROUND % 2;

    for (unsigned i = 0; i < count; i++) {
        struct datagram *d = &ring[(first + i) % RING];
        const bool plain = i + 1 == count;
        d->number = first + i;
        d->answered = false;
        d->to = asked[family][prng_between(&prng, 0, asked_count[family] - 1)];
        draw_source(family, d->number, plain, &d->from);
        draw_bytes(&prng, plain, d);
        silenced += !d->from.port;
        net.out_bytes[i].iov_len = packet_write(d, net.out_packets[i]);
        net.out[i].msg_hdr.msg_name = &net.to[family];
    }
    for (unsigned done = 0; done < count;) {
        const int sent = sendmmsg(net.fd, net.out + done, count - done, 0);
        if (sent < 0 && errno != ENOBUFS && errno != EAGAIN) fail("sendmmsg");
        if (sent > 0) done += (unsigned)sent;
    }
}

static void take(const uint8_t *packet, size_t len)
{
    static struct datagram answer;
    struct datagram *request;
    const char *wrong;
    uint32_t number;

    switch (packet_read(packet, len, &answer)) {
    case PACKET_OF_THE_KERNEL:
        return;
    case PACKET_ELSE:
        complain("what came is no whole UDP datagram", NULL, NULL);
    default:
        break;
    }
    number = last_from[answer.to.family == V6][answer.to.port];
    if (!answer.to.port || !number) complain("an answer to nobody's port", NULL, &answer);
    request = &ring[(number - 1) % RING];
    if (request->number != number - 1) complain("an answer to nobody's port", NULL, &answer);
    wrong = judge(request, &answer, &judgement);
    if (wrong) complain(wrong, request, &answer);
}

static bool is_ip(const struct sockaddr_ll *from)
{
    return from->sll_protocol == htons(ETHERTYPE_IP) || from->sll_protocol == htons(ETHERTYPE_IPV6);
}

static void receive(void)
{
    struct pollfd readable = {.fd = net.fd, .events = POLLIN};
    struct sockaddr_ll from[ROUND];
    int got;

    for (int i = 0; i < ROUND; i++) {
        net.in[i].msg_hdr.msg_name = &from[i];
        net.in[i].msg_hdr.msg_namelen = sizeof from[i];
    }
    if (poll(&readable, 1, PATIENCE_MS) < 1)
        complain("a plain request was not answered", NULL, NULL);
    got = recvmmsg(net.fd, net.in, ROUND, MSG_DONTWAIT, NULL);
    if (got < 0 && errno != EAGAIN) fail("recvmmsg");
    for (int i = 0; i < got; i++)
        if (is_ip(&from[i])) take(net.in_packets[i], net.in[i].msg_len);
}

static void run(uint64_t count)
{
    uint64_t waited = 0; /* rounds whose last one was answered */

    for (uint64_t first = 0; first < count; first += ROUND) {
        const uint64_t left = count - first;
        send_round(first, left < ROUND ? (unsigned)left : ROUND);
        for (; waited + ROUNDS_AHEAD <= first / ROUND; waited++)
            while (!ring[(waited * ROUND + ROUND - 1) % RING].answered)
                receive();
    }
    for (; waited * ROUND < count; waited++) {
        const uint64_t end = waited * ROUND + ROUND;
        while (!ring[((end < count ? end : count) - 1) % RING].answered)
            receive();
    }
}

static void report(uint64_t count)
{
    struct tpacket_stats seen;
    socklen_t len = sizeof seen;

    if (getsockopt(net.fd, SOL_PACKET, PACKET_STATISTICS, &seen, &len)) fail("PACKET_STATISTICS");
    if (seen.tp_drops) complain("this program was too slow to see every packet", NULL, NULL);
    printf("sent %" PRIu64 "\nfrom-port-0 %" PRIu64 "\nsuccess %" PRIu64 "\n", count, silenced,
           judgement.successes);
    for (size_t code = 0; code < sizeof judgement.refused / sizeof judgement.refused[0]; code++)
        if (judgement.refused[code]) printf("%zu %" PRIu64 "\n", code, judgement.refused[code]);
}

static bool add_address(const char *text)
{
    struct end end = {.family = V4, .port = PORT};

    if (inet_pton(AF_INET, text, end.ip) != 1) {
        end.family = V6;
        if (inet_pton(AF_INET6, text, end.ip) != 1) return false;
    }
    if (asked_count[end.family == V6] == ADDRESSES) return false;
    asked[end.family == V6][asked_count[end.family == V6]++] = end;
    return true;
}

int main(int argc, char **argv)
{
    const bool guarded = argc > 1 && !strcmp(argv[1], "--guarded");
    const struct ether_addr *mac;
    bool fine;
    uint64_t count;

    argc -= guarded;
    argv += guarded;
    mac = argc > 5 ? ether_aton(argv[2]) : NULL;
    fine = mac != NULL;
    for (int i = 5; fine && i < argc; i++)
        fine = add_address(argv[i]);
    if (!fine || !asked_count[0] || !asked_count[1]) {
        fputs("usage: barrage [--guarded] INTERFACE MAC SEED COUNT ADDRESS..., of both families\n",
              stderr);
        return 2;
    }
    judgement.guarded = guarded;
    seed = strtoull(argv[3], NULL, 10);
    count = strtoull(argv[4], NULL, 10);
    prng.state = seed;
    open_link(argv[1], mac);
    run(count);
    report(count);
    return 0;
}
