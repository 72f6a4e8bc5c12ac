/* UDP drivers: take the datagrams that wait, hand each to a handler, send its answers. One
 * contract, three drivers: srflx_udp_mmsg (Linux), srflx_udp_msg (any POSIX system with PKTINFO)
 * and srflx_udp_memory (arrays, for fuzzers, simulation and benchmarks). The caller opens the
 * sockets (udp_socket.h) and waits for them; a driver never blocks, allocates nothing and reads no
 * clock. A batch belongs to one thread and serves all of that thread's sockets.
 *
 *     const struct srflx_udp_driver *driver = &srflx_udp_mmsg;
 *     void *batch = malloc(driver->batch_size);
 *     driver->prepare(batch);
 *     while (poll(&readable, 1, -1) > 0) driver->run(batch, &socket, &handler);
 */
#ifndef SRFLX_DRIVE_UDP_H
#define SRFLX_DRIVE_UDP_H

#include "handler.h"

enum {
    SRFLX_UDP_BATCH = 32,  /* datagrams that one run takes at most */
    SRFLX_UDP_SLOT = 2048, /* bytes of a datagram; a longer one is dropped */
    SRFLX_UDP_REPLY = 1280 /* bytes of an answer */
};

/* What a socket can lose, on the way in and on the way out. X(field, text) */
#define SRFLX_UDP_LOSS_MAP(X)                                                             \
    X(truncated, "datagrams dropped: longer than 2048 bytes")                             \
    X(not_unicast, "datagrams dropped: sent to a broadcast or multicast address")         \
    X(receive_errors, "errors that the network reported on receiving")                    \
    X(send_full, "answers lost: the send queue was full")                                 \
    X(send_unreachable, "answers lost: no route back to the client")                      \
    X(send_forbidden, "answers lost: the system forbade them (packet filter, broadcast)") \
    X(send_failed, "answers lost for another reason")

struct srflx_udp_counters {
    uint64_t received; /* datagrams taken, the dropped ones too */
    uint64_t answered; /* answers that left */
#define SRFLX_UDP_LOSS_FIELD(field, text) uint64_t field;
    SRFLX_UDP_LOSS_MAP(SRFLX_UDP_LOSS_FIELD)
#undef SRFLX_UDP_LOSS_FIELD
};

/* Where datagrams come and go. `fd` is not used by the memory driver. */
struct srflx_udp_socket {
    int fd;
    struct srflx_addr local; /* as bound; a wildcard has zeroes in `ip` */
    struct srflx_udp_counters counters;
};

struct srflx_udp_driver {
    const char *name;
    size_t batch_size; /* bytes; alignment as malloc gives it */

    /* Makes a batch of zeroed memory of `batch_size` bytes. */
    void (*prepare)(void *batch);

    /* Takes at most SRFLX_UDP_BATCH datagrams, handles them in order and sends the answers in
     * order. An answer that cannot be sent is counted and skipped, the others leave. Returns the
     * number of datagrams taken: if it is SRFLX_UDP_BATCH, more may be waiting. */
    unsigned (*run)(void *batch, struct srflx_udp_socket *socket,
                    const struct srflx_handler *handler);
};

extern const struct srflx_udp_driver srflx_udp_mmsg;
extern const struct srflx_udp_driver srflx_udp_msg;
extern const struct srflx_udp_driver srflx_udp_memory;

/* An answer as the memory driver keeps it. */
struct srflx_udp_answer {
    struct srflx_addr from; /* the address that was asked */
    struct srflx_addr to;   /* the address that has asked */
    size_t len;
    uint8_t bytes[SRFLX_UDP_REPLY];
};

/* The batch of the memory driver: fill in `packets` and `answers`, both borrowed. Packets whose
 * `to` is multicast are dropped as on a socket; answers without room are lost as with a full send
 * queue. */
struct srflx_udp_arrays {
    const struct srflx_packet *packets;
    size_t packet_count;
    struct srflx_udp_answer *answers;
    size_t answer_room;
    size_t taken;    /* of the packets, so far */
    size_t answered; /* of the answers, so far */
};

#endif
