/* What the yardsticks share: the answer to a plain Binding request over IPv4 (RFC 8489 section 6),
 * and those of UDP also a bound socket and the memory of a batch. Attributes are not looked at, nothing is counted:
 * no server can do less. */
#ifndef ECHO_H
#define ECHO_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* As drive/udp.h and drive/udp_socket.h have them, so that the kernel does the same work. */
enum { ECHO_BATCH = 32, ECHO_SLOT = 2048, ECHO_BUFFER = 4 << 20 };
/* Header and one XOR-MAPPED-ADDRESS. */
enum { ECHO_ANSWER = 32 };

/* One datagram and its answer. In one piece, so that the slots do not begin 2048 bytes apart, which
 * would put all their beginnings into two sets of the cache. */
struct echo_slot {
    struct sockaddr_in from;
    struct iovec in_bytes, out_bytes;
    uint8_t out[ECHO_ANSWER];
    uint8_t in[ECHO_SLOT];
};

/* Links a slot and the two messages that use it. */
static inline void echo_prepare(struct echo_slot *slot, struct msghdr *request,
                                struct msghdr *answer)
{
    slot->in_bytes = (struct iovec){slot->in, sizeof slot->in};
    slot->out_bytes = (struct iovec){slot->out, sizeof slot->out};
    request->msg_name = answer->msg_name = &slot->from;
    request->msg_namelen = answer->msg_namelen = sizeof slot->from;
    request->msg_iov = &slot->in_bytes;
    answer->msg_iov = &slot->out_bytes;
    request->msg_iovlen = answer->msg_iovlen = 1;
}

/* Writes the answer to the `len` bytes of a request. `ip` and `port` of the sender are in network
 * order. Returns false if they draw none. */
static inline int echo_write(const uint8_t *in, size_t len, uint32_t ip, uint16_t port,
                             uint8_t *out)
{
    static const uint8_t request[2] = {0x00, 0x01}, cookie[4] = {0x21, 0x12, 0xA4, 0x42};
    static const uint8_t head[4] = {0x01, 0x01, 0x00, 0x0C};
    static const uint8_t mapped[6] = {0x00, 0x20, 0x00, 0x08, 0x00, 0x01};
    uint32_t key;

    if (len < 20 || memcmp(in, request, 2) || memcmp(in + 4, cookie, 4)) return 0;
    if ((size_t)(in[2] << 8 | in[3]) != len - 20 || len % 4) return 0;
    memcpy(&key, cookie, 4);
    ip ^= key;
    port = (uint16_t)(port ^ htons(0x2112));
    memcpy(out, head, 4);
    memcpy(out + 4, in + 4, 16);
    memcpy(out + 20, mapped, 6);
    memcpy(out + 26, &port, 2);
    memcpy(out + 28, &ip, 4);
    return 1;
}

/* Writes the answer to the `len` bytes that came into the slot. Returns false if they draw none. */
static inline int echo_answer(struct echo_slot *slot, size_t len)
{
    return echo_write(slot->in, len, slot->from.sin_addr.s_addr, slot->from.sin_port, slot->out);
}

/* Sends all of them; one that the kernel refuses is skipped. */
static inline void echo_send(int fd, struct mmsghdr *answers, unsigned count)
{
    for (unsigned done = 0; done < count;) {
        int sent = sendmmsg(fd, answers + done, count - done, 0);
        done += sent > 0 ? (unsigned)sent : 1;
    }
}

static inline void echo_set(int fd, int level, int option, int value)
{
    if (!setsockopt(fd, level, option, &value, sizeof value)) return;
    perror("setsockopt");
    exit(1);
}

/* The first option passes the administrator's limit, but not everybody may set it. */
static inline void echo_enlarge(int fd, int force, int option)
{
    int size = ECHO_BUFFER;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof size))
        echo_set(fd, SOL_SOCKET, option, size);
}

/* A UDP socket bound to the address and port of the command line; `flags` as socket() takes them. A
 * third argument lets other processes share the port. */
static inline int echo_socket(int argc, char **argv, int flags)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | flags, 0);

    if (argc < 3 || argc > 4 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1) {
        fprintf(stderr, "usage: %s IPV4-ADDRESS PORT [shared]\n", argv[0]);
        exit(2);
    }
    at.sin_port = htons((uint16_t)atoi(argv[2]));
    echo_enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    echo_enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    if (argc == 4) echo_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at)) {
        perror("bind");
        exit(1);
    }
    return fd;
}

#endif
