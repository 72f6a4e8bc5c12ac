/* How many connections each client has: one IPv4 address, or one IPv6 /64, is a client. A table of
 * fixed size, whose places nobody can foretell who does not know its numbers. */
#ifndef SRFLX_DRIVE_STREAM_LIMITS_H
#define SRFLX_DRIVE_STREAM_LIMITS_H

#include <srflx/error.h>
#include <srflx/types.h>

enum { SRFLX_LIMITS_KEY = 9 }; /* bytes of a prefix: the family, and 4 or 8 */

struct srflx_limits_cell {
    uint64_t prefix;
    uint32_t count; /* 0: the cell is free */
    uint32_t family;
};

struct srflx_limits {
    struct srflx_limits_cell *cells;
    uint32_t mask; /* the number of cells, a power of two, less one */
    uint32_t most; /* of one client; 0: any number, and nothing is counted */
    uint32_t places[SRFLX_LIMITS_KEY][256];
};

/* For `connections` at a time. Returns 0 or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_limits_init(struct srflx_limits *limits, uint32_t connections,
                                     uint32_t most, srflx_random_fn *random, void *user);
void srflx_limits_free(struct srflx_limits *limits);

/* Counts one more connection of this client; false if it has too many, and then it is not counted.
 */
SRFLX_MUST_USE bool srflx_limits_add(struct srflx_limits *limits, const struct srflx_addr *client);
void srflx_limits_remove(struct srflx_limits *limits, const struct srflx_addr *client);

/* Bytes for each connection, at most. */
#define SRFLX_LIMITS_SIZE (4 * sizeof(struct srflx_limits_cell))

#endif
