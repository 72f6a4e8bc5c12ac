/* What is going to happen, in order of virtual time. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <srflx/types.h>

enum { PACKET_MAX = 128, TIMELINE_MAX = 8192 };

enum origin { FROM_CLIENT, FROM_SERVER, FROM_STRANGER };

/* A datagram on its way, and what the simulation knows about it. */
struct datagram {
    uint8_t bytes[PACKET_MAX];
    size_t len;
    struct srflx_addr from;
    struct srflx_addr to;
    enum origin origin;
    bool damaged;
    unsigned owner;           /* the client that asked, or is to be deceived */
    unsigned turn;            /* which of its transactions that is */
    struct srflx_addr mapped; /* answers: the source that the server saw */
    uint16_t code;            /* answers: that of an error, 0 for success */
};

enum moment_kind {
    MOMENT_START,
    MOMENT_TICK,
    MOMENT_ARRIVAL,
    MOMENT_HARD_ERROR,
    MOMENT_SOFT_ERROR,
    MOMENT_ROAM,
    MOMENT_SLEEP,
    MOMENT_WAKE,
    MOMENT_JUMP
};

struct moment {
    uint64_t at_ns;
    uint64_t order; /* among moments of the same time: first come, first served */
    enum moment_kind kind;
    unsigned client;          /* of whom, in START, TICK and the errors; the others are for all */
    unsigned turn;            /* likewise */
    struct datagram datagram; /* ARRIVAL */
};

/* A binary heap. */
struct timeline {
    size_t count;
    uint64_t added;
    struct moment heap[TIMELINE_MAX];
};

void timeline_clear(struct timeline *timeline);

/* Copies `moment`, sets its `order`. Ends the program if there is no room. */
void timeline_add(struct timeline *timeline, const struct moment *moment);

/* Takes the earliest moment. Returns false if there is none. */
bool timeline_next(struct timeline *timeline, struct moment *ret_moment);

#endif
