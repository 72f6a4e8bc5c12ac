/* What is going to happen, in order of virtual time. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <srflx/types.h>

enum { PACKET_MAX = 128, TIMELINE_MAX = 4096 };

/* A datagram on its way, and what the simulation knows about it. */
struct datagram {
    uint8_t bytes[PACKET_MAX];
    size_t len;
    struct srflx_addr from;
    struct srflx_addr to;
    struct srflx_addr mapped; /* answers: the source that the server saw */
    unsigned owner;           /* the client that asked */
    bool forged;              /* not from the server */
};

enum moment_kind {
    MOMENT_START,
    MOMENT_TICK,
    MOMENT_AT_SERVER,
    MOMENT_AT_HOST,
    MOMENT_UNREACHABLE
};

struct moment {
    uint64_t at_ns;
    uint64_t order; /* among moments of the same time: first come, first served */
    enum moment_kind kind;
    unsigned client;
    struct datagram datagram; /* AT_SERVER, AT_HOST */
};

/* A binary heap. Start with all zero. */
struct timeline {
    struct moment heap[TIMELINE_MAX];
    size_t count;
    uint64_t added;
};

/* Copies `moment`, sets its `order`. Ends the program if there is no room. */
void timeline_add(struct timeline *timeline, const struct moment *moment);

/* Takes the earliest moment. Returns false if there is none. */
bool timeline_next(struct timeline *timeline, struct moment *ret_moment);

#endif
