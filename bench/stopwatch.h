/* How long something takes, many times over: CPU time and, where the machine counts them,
 * instructions. */
#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <stddef.h>

struct figures {
    double ns, ns_low, ns_high; /* of one operation: median and quartiles */
    double instructions;        /* of one operation; 0: not counted here */
};

/* Runs `body`, which does `operations` operations, `samples` times (at most 1000) and times each.
 */
struct figures stopwatch(void (*body)(void *user), void *user, size_t operations, size_t samples);

/* As a member of the one JSON object that the program prints, which its first member opens:
 * "name": {"ns": ..., "ns_quartiles": [...], "instructions": ...} */
void print_figures(const char *name, const struct figures *figures);

#endif
