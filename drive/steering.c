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
#define MIX_AND_CHOOSE(workers)                               \
    BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX_1), FOLD(16),     \
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX_2), FOLD(13), \
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, workers), BPF_STMT(BPF_RET | BPF_A, 0)

int srflx_steering_attach(int fd, uint8_t family, unsigned workers)
{
    struct sock_filter v4[] = {LOAD_PREFIX_V4, MIX_AND_CHOOSE(workers)};
    struct sock_filter v6[] = {LOAD_PREFIX_V6, MIX_AND_CHOOSE(workers)};
    const struct sock_fprog program = {
        (unsigned short)(family == SRFLX_IPV6 ? sizeof v6 / sizeof *v6 : sizeof v4 / sizeof *v4),
        family == SRFLX_IPV6 ? v6 : v4};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program))
        return SRFLX_ERROR_SYSTEM;
    return 0;
}
