/* Sends Binding requests from many forged sources, 10.0.0.0 and the following addresses, each once,
 * and checks the answer to each. For a network namespace in which 10.0.0.0/8 is local, so that the
 * answers to all of them arrive here:
 *
 *     ip link set lo up; ip route add local 10.0.0.0/8 dev lo
 *
 * usage: spoof SERVER PORT FIRST COUNT      sources 10.0.0.0 + FIRST to 10.0.0.0 + FIRST + COUNT -
 * 1 Exit code: 0 every request was answered rightly, 1 not so, 2 usage, 4 local failure. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, WINDOW = 128, PATIENCE = 5, PORT = 40000, ANSWER = 32 };
enum { BASE = 10 << 24, SOURCES = 1 << 24, COOKIE = 0x2112A442 };

/* A request as it goes over the wire, and the answer as it must come back. */
struct request {
    struct ip ip;
    struct udphdr udp;
    uint16_t type, len;
    uint32_t id[4];
};

struct answer {
    uint16_t type, len;
    uint32_t id[4];
    uint16_t attribute, attribute_len, family, port;
    uint32_t address;
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static struct request requests[BATCH];
static uint8_t answers[BATCH][ANSWER + 1];
static struct iovec request_bytes[BATCH], answer_bytes[BATCH];
static struct mmsghdr out[BATCH], in[BATCH];
static int out_fd, in_fd;

static void fail(const char *what)
{
    perror(what);
    exit(4);
}

static void open_sockets(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    out_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    in_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (out_fd < 0 || in_fd < 0) fail("socket");
    if (bind(in_fd, (const struct sockaddr *)&at, sizeof at)) fail("bind");
    if (connect(out_fd, (const struct sockaddr *)&server, sizeof server)) fail("connect");
}

static void prepare(void)
{
    for (int i = 0; i < BATCH; i++) {
        requests[i] =
            (struct request){.ip = {.ip_v = 4,
                                    .ip_hl = sizeof(struct ip) / 4,
                                    .ip_len = htons(sizeof(struct request)),
                                    .ip_ttl = 64,
                                    .ip_p = IPPROTO_UDP,
                                    .ip_dst = server.sin_addr},
                             .udp = {.source = htons(PORT),
                                     .dest = server.sin_port,
                                     .len = htons(sizeof(struct request) - sizeof(struct ip))},
                             .type = htons(0x0001),
                             .id = {htonl(COOKIE)}};
        request_bytes[i] = (struct iovec){&requests[i], sizeof requests[i]};
        answer_bytes[i] = (struct iovec){answers[i], sizeof answers[i]};
        out[i].msg_hdr = (struct msghdr){.msg_iov = &request_bytes[i], .msg_iovlen = 1};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &answer_bytes[i], .msg_iovlen = 1};
    }
}

/* Sends one request from each of `count` sources. */
static void send_from(uint32_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        requests[i].ip.ip_src.s_addr = htonl(BASE + first + i);
        requests[i].id[1] = htonl(first + i);
    }
    for (unsigned done = 0; done < count;) {
        int sent = sendmmsg(out_fd, out + done, count - done, 0);
        if (sent < 0) fail("sendmmsg");
        done += (unsigned)sent;
    }
}

/* The answer names the source whose number stands in its transaction id. */
static void check(const uint8_t *bytes, size_t len)
{
    struct answer answer;
    uint32_t source;

    memcpy(&answer, bytes, sizeof answer);
    source = BASE + ntohl(answer.id[1]);
    if (len == ANSWER && ntohs(answer.type) == 0x0101 && answer.id[0] == htonl(COOKIE) &&
        ntohs(answer.attribute) == 0x0020 && ntohs(answer.port) == (PORT ^ COOKIE >> 16) &&
        ntohl(answer.address) == (source ^ COOKIE))
        return;
    fprintf(stderr, "spoof: a wrong answer\n");
    exit(1);
}

static void give_up(int signal_number)
{
    static const char text[] = "spoof: answers are missing\n";

    (void)signal_number;
    (void)!write(2, text, sizeof text - 1);
    _exit(1);
}

/* Takes what has come, without ever sleeping: to be woken would cost the server time.
 * Returns how many answers. */
static unsigned receive(void)
{
    int got = recvmmsg(in_fd, in, BATCH, MSG_DONTWAIT, NULL);

    if (got <= 0) return 0;
    for (int i = 0; i < got; i++)
        check(answers[i], in[i].msg_len);
    alarm(PATIENCE);
    return (unsigned)got;
}

int main(int argc, char **argv)
{
    uint32_t first, count, sent = 0, answered = 0;

    if (argc != 5 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: spoof SERVER PORT FIRST COUNT\n");
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    first = (uint32_t)atol(argv[3]);
    count = (uint32_t)atol(argv[4]);
    if (first > SOURCES || count > SOURCES - first) {
        fprintf(stderr, "spoof: 10.0.0.0/8 has not so many addresses\n");
        return 2;
    }
    open_sockets();
    prepare();
    signal(SIGALRM, give_up);
    alarm(PATIENCE);
    while (answered < count) {
        while (sent < count && sent - answered <= WINDOW - BATCH) {
            unsigned batch = count - sent < BATCH ? count - sent : BATCH;
            send_from(first + sent, batch);
            sent += batch;
        }
        answered += receive();
    }
    return 0;
}
