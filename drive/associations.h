/* The table of DTLS associations: found by their addresses, and in two lines, the ones in a handshake and the open
 * ones, in which the first has waited longest. Since all in a line have the same patience, the first one's end is the
 * next one; no timer is needed. Bounded; memory is used as associations come. One thread per table. */
#ifndef SRFLX_DRIVE_ASSOCIATIONS_H
#define SRFLX_DRIVE_ASSOCIATIONS_H

#include "dtls.h"

struct srflx_secure;

enum { SRFLX_ASSOCIATION_RANDOM = 32 };

enum srflx_association_line { SRFLX_IN_HANDSHAKE, SRFLX_OPEN, SRFLX_ASSOCIATION_LINES };

struct srflx_association {
    struct srflx_secure *secure;
    struct srflx_dtls_path path;
    uint64_t since_ns;                        /* in its line */
    uint8_t random[SRFLX_ASSOCIATION_RANDOM]; /* of the ClientHello it began with */
    enum srflx_association_line line;
    uint32_t next; /* in its bucket, or of those that are free */
};

struct srflx_associations;

/* `most`: 1 to SRFLX_DTLS_ASSOCIATIONS_MOST. NULL, with errno: no memory. `random` is not kept. */
struct srflx_associations *srflx_associations_new(uint32_t most, srflx_random_fn *random,
                                                  void *user);
void srflx_associations_destroy(struct srflx_associations *table);

/* The one with these addresses, or NULL. A pointer lives until the association is removed. */
struct srflx_association *srflx_associations_find(const struct srflx_associations *table,
                                                  const struct srflx_dtls_path *path);

/* A new one, last in the line of handshakes; NULL if the table is full. There must be none with this path. */
struct srflx_association *srflx_associations_add(struct srflx_associations *table,
                                                 const struct srflx_dtls_path *path,
                                                 struct srflx_time now);

void srflx_associations_remove(struct srflx_associations *table,
                               struct srflx_association *association);

/* Makes it the last in a line, from now on. */
void srflx_associations_queue(struct srflx_associations *table,
                              struct srflx_association *association,
                              enum srflx_association_line line, struct srflx_time now);

/* The first in a line, NULL if it is empty; the one behind, NULL for the last. */
struct srflx_association *srflx_associations_first(const struct srflx_associations *table,
                                                   enum srflx_association_line line);
struct srflx_association *srflx_associations_behind(const struct srflx_associations *table,
                                                    const struct srflx_association *association);

uint32_t srflx_associations_count(const struct srflx_associations *table,
                                  enum srflx_association_line line);

#endif
