#define _POSIX_C_SOURCE 200809L
#include "stream_limits.h"

#include <stdlib.h>

/* At least twice as many cells as connections, so that runs of full cells are short. */
int srflx_limits_init(struct srflx_limits *limits, uint32_t connections, uint32_t most,
                      srflx_random_fn *random, void *user)
{
    uint32_t count = 2;

    while (count < 2 * connections)
        count *= 2;
    limits->mask = count - 1;
    limits->most = most;
    random(user, (uint8_t *)limits->places, sizeof limits->places);
    limits->cells = calloc(count, sizeof *limits->cells);
    return limits->cells ? 0 : SRFLX_ERROR_SYSTEM;
}

void srflx_limits_free(struct srflx_limits *limits)
{
    free(limits->cells);
    limits->cells = NULL;
}

static struct srflx_limits_cell cell_of(const struct srflx_addr *client)
{
    struct srflx_limits_cell cell = {0, 1, client->family};
    const unsigned len = client->family == SRFLX_IPV6 ? 8 : 4;

    for (unsigned i = 0; i < len; i++)
        cell.prefix = cell.prefix << 8 | client->ip[i];
    return cell;
}

/* Tabulation: one random number for each byte at each place. It makes chains in a table with linear
 * probing short whatever the keys are (Patrascu, Thorup: "The power of simple tabulation hashing",
 * section 3), and takes nine loads. */
static uint32_t home_of(const struct srflx_limits *limits, const struct srflx_limits_cell *cell)
{
    uint32_t hash = limits->places[SRFLX_LIMITS_KEY - 1][cell->family & 0xFF];

    for (unsigned i = 0; i < SRFLX_LIMITS_KEY - 1; i++)
        hash ^= limits->places[i][cell->prefix >> 8 * i & 0xFF];
    return hash & limits->mask;
}

/* The client's cell, or the free one where it belongs. */
static uint32_t find(const struct srflx_limits *limits, const struct srflx_limits_cell *cell)
{
    uint32_t at = home_of(limits, cell);

    while (limits->cells[at].count &&
           (limits->cells[at].prefix != cell->prefix || limits->cells[at].family != cell->family))
        at = (at + 1) & limits->mask;
    return at;
}

bool srflx_limits_add(struct srflx_limits *limits, const struct srflx_addr *client)
{
    const struct srflx_limits_cell cell = cell_of(client);
    struct srflx_limits_cell *found;

    if (!limits->most) return true;
    found = &limits->cells[find(limits, &cell)];
    if (!found->count) {
        *found = cell;
        return true;
    }
    if (found->count >= limits->most) return false;
    found->count++;
    return true;
}

/* Fills the hole at `hole` with what has been pushed beyond it, and so on with the new hole. */
static void close_up(struct srflx_limits *limits, uint32_t hole)
{
    uint32_t at = hole;

    for (;;) {
        uint32_t home;
        at = (at + 1) & limits->mask;
        if (!limits->cells[at].count) break;
        home = home_of(limits, &limits->cells[at]);
        if (((at - home) & limits->mask) < ((at - hole) & limits->mask)) continue;
        limits->cells[hole] = limits->cells[at];
        hole = at;
    }
    limits->cells[hole].count = 0;
}

void srflx_limits_remove(struct srflx_limits *limits, const struct srflx_addr *client)
{
    const struct srflx_limits_cell cell = cell_of(client);
    uint32_t at;

    if (!limits->most) return;
    at = find(limits, &cell);
    if (!limits->cells[at].count) return;
    if (--limits->cells[at].count) return;
    close_up(limits, at);
}
