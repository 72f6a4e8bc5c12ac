/* Whom answers go to, for a warning: where all clients have one address, or private ones alone, something stands
 * in front of the server, and they learn its addresses instead of their own. */
#ifndef SRFLXD_SOURCES_H
#define SRFLXD_SOURCES_H

#include <stdatomic.h>

#include <srflx/types.h>

enum { SOURCES_ENOUGH = 1000 }; /* answers before anything is concluded */

/* Of one thread. All zero at first. */
struct sources {
    uint64_t answers, to_private; /* written by its thread alone, and read when it has ended */
    struct srflx_addr first;
    bool differ;         /* another address than the first one was seen */
    _Atomic bool enough; /* what follows is true, and stays as it is */
    bool all_private, all_one;
};

/* Counts one answer; the thread's own. */
void sources_count(struct sources *sources, const struct srflx_addr *client);

enum sources_verdict { SOURCES_UNKNOWN, SOURCES_VARIED, SOURCES_PRIVATE, SOURCES_ONE };

/* What those of `count` threads that have seen enough have in common. `ret_one` is set with ONE. Any thread. */
enum sources_verdict sources_judge(const struct sources *const *list, unsigned count,
                                   struct srflx_addr *ret_one);

#endif
