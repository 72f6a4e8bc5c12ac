#define _GNU_SOURCE /* SO_ATTACH_REUSEPORT_CBPF */
#include "steering.h"

#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

#include <srflx/error.h>

/* Odd constants without pattern: the golden ratio, and two from the finalizer of MurmurHash3. */
#define JOIN 0x85EBCA6Bu
#define MIX_1 0x9E3779B1u
#define MIX_2 0xC2B2AE35u

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t prefix(const struct srflx_addr *source)
{
    if (source->family == SRFLX_IPV4) return get32(source->ip) >> 8;
    return get32(source->ip) * JOIN ^ ((uint32_t)source->ip[4] << 8 | source->ip[5]);
}

unsigned srflx_steering_worker(const struct srflx_addr *source, unsigned workers)
{
    uint32_t hash = prefix(source);

    hash *= MIX_1;
    hash ^= hash >> 16;
    hash *= MIX_2;
    hash ^= hash >> 13;
    return hash % workers;
}

/* The datagram begins at its payload here; SKF_NET_OFF leads back to the IP header, where the
 * source address lies at 12 (IPv4) or 8 (IPv6). */
#define LOAD_PREFIX_V4                                              \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 12), \
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 8)
#define LOAD_PREFIX_V6                                                              \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 8),                  \
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, JOIN), BPF_STMT(BPF_MISC | BPF_TAX, 0), \
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF + 12),             \
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
/* hash ^= hash >> bits */
#define FOLD(bits)                                                              \
    BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, bits), \
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
#define MIX                                               \
    BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX_1), FOLD(16), \
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX_2), FOLD(13)
#define CHOOSE(count) MIX, BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count)
#define RETURN BPF_STMT(BPF_RET | BPF_A, 0)
#define CHOOSE_BEHIND(first, count) \
    CHOOSE(count), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, first), RETURN

/* DTLS by its first byte (RFC 7983), which may stand behind a header of the PROXY protocol's version 2: its
 * length is at 14. Goes on with what follows if it is, else skips so many instructions. A load from behind
 * the end ends the program with 0. */
#define TELL_DTLS(skip)                                                                     \
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0D, 0, 4), \
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 14), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 16),    \
        BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),             \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 64, 1 + (skip), 0),                             \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 20, 0, (skip))
#define LENGTH(...) (sizeof((struct sock_filter[]){__VA_ARGS__}) / sizeof(struct sock_filter))

static int attach(int fd, struct sock_filter *instructions, size_t count)
{
    const struct sock_fprog program = {(unsigned short)count, instructions};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program))
        return SRFLX_ERROR_SYSTEM;
    return 0;
}

static int attach_plain(int fd, uint8_t family, unsigned workers)
{
    struct sock_filter v4[] = {LOAD_PREFIX_V4, CHOOSE(workers), RETURN};
    struct sock_filter v6[] = {LOAD_PREFIX_V6, CHOOSE(workers), RETURN};

    if (family == SRFLX_IPV6) return attach(fd, v6, sizeof v6 / sizeof *v6);
    return attach(fd, v4, sizeof v4 / sizeof *v4);
}

int srflx_steering_attach(int fd, uint8_t family, unsigned workers, unsigned dtls)
{
    enum {
        SKIP_V4 = LENGTH(LOAD_PREFIX_V4, CHOOSE_BEHIND(0, 1)),
        SKIP_V6 = LENGTH(LOAD_PREFIX_V6, CHOOSE_BEHIND(0, 1))
    };
    struct sock_filter v4[] = {TELL_DTLS(SKIP_V4), LOAD_PREFIX_V4,  CHOOSE_BEHIND(workers, dtls),
                               LOAD_PREFIX_V4,     CHOOSE(workers), RETURN};
    struct sock_filter v6[] = {TELL_DTLS(SKIP_V6), LOAD_PREFIX_V6,  CHOOSE_BEHIND(workers, dtls),
                               LOAD_PREFIX_V6,     CHOOSE(workers), RETURN};

    if (!dtls) return attach_plain(fd, family, workers);
    if (family == SRFLX_IPV6) return attach(fd, v6, sizeof v6 / sizeof *v6);
    return attach(fd, v4, sizeof v4 / sizeof *v4);
}
