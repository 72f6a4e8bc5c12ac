/* How often a prefix may show wrong credentials: buckets in constant memory, found by a keyed hash, so that nobody
 * can aim at another's. Two rows, of which the emptier one counts, as chance fills both only rarely. */
#include <srflxi/bytes.h>
#include <srflxi/siphash.h>

#include "server.h"

enum { MINUTE_MS = 60000, PREFIX_V4 = 4, PREFIX_V6 = 7 };

struct place {
    uint32_t cells[GUESS_ROWS];
    uint32_t now_ms;
};

/* Those who have shown that they receive our answers are counted apart, in cells of their own: nobody else can use
 * up their budget, however many sources he forges. And as IPv6 has prefixes without number, who owns many of them
 * cannot use up that of IPv4. */
static uint32_t part_of(const struct srflxi_guess *guess)
{
    if (!guess->proven) return 0;
    return guess->from.family == SRFLX_IPV6 ? 2 : 1;
}

static struct place find(const struct srflx_worker *worker, const struct srflxi_guess *guess)
{
    uint8_t text[2 + PREFIX_V6] = {guess->from.family, guess->proven};
    size_t len = guess->from.family == SRFLX_IPV6 ? PREFIX_V6 : PREFIX_V4;
    uint32_t begin = part_of(guess) * GUESS_CELLS;
    struct place place;
    uint64_t hash;

    srflxi_copy(text + 2, guess->from.ip, len);
    hash = srflxi_siphash(worker->hash_key, text, 2 + len);
    place.cells[0] = begin + (uint32_t)hash % GUESS_CELLS;
    place.cells[1] = begin + (uint32_t)(hash >> 32) % GUESS_CELLS;
    place.now_ms = (uint32_t)(guess->now.mono_ns / 1000000);
    return place;
}

/* Time that passed gives back what was spent. */
static uint32_t spent_ms(const struct srflxi_guess_cell *cell, uint32_t now_ms)
{
    uint32_t passed = now_ms - cell->at_ms;

    return cell->spent_ms > passed ? cell->spent_ms - passed : 0;
}

static uint32_t price_ms(const struct srflx_server *server)
{
    const uint32_t rate = server->guesses_per_minute;

    return (MINUTE_MS + rate - 1) / rate;
}

bool srflxi_may_guess(const struct srflx_server *server, const struct srflx_worker *worker,
                      const struct srflxi_guess *guess)
{
    struct place place;
    uint32_t first, second, least;

    if (!server->guess_burst || !server->guesses_per_minute) return true;
    place = find(worker, guess);
    first = spent_ms(&worker->guesses[0][place.cells[0]], place.now_ms);
    second = spent_ms(&worker->guesses[1][place.cells[1]], place.now_ms);
    least = first < second ? first : second;
    return least <= ((uint32_t)server->guess_burst - 1) * price_ms(server);
}

/* Never more than a whole budget: a cell that others filled is not to be shut for longer. */
static uint32_t raise(const struct srflx_server *server, uint32_t spent)
{
    const uint32_t most = server->guess_burst * price_ms(server);

    return spent < most - price_ms(server) ? spent + price_ms(server) : most;
}

void srflxi_count_guess(const struct srflx_server *server, struct srflx_worker *worker,
                        const struct srflxi_guess *guess)
{
    struct place place;
    unsigned row;

    if (!server->guess_burst || !server->guesses_per_minute) return;
    place = find(worker, guess);
    for (row = 0; row < GUESS_ROWS; row++) {
        struct srflxi_guess_cell *cell = &worker->guesses[row][place.cells[row]];
        cell->spent_ms = raise(server, spent_ms(cell, place.now_ms));
        cell->at_ms = place.now_ms;
    }
}
