#include "sim.h"

#include <string.h>

/* ---- the line ---- */

static bool is_down(const struct world *world)
{
    const uint32_t *down_ms = world->scenario->down_ms;

    return down_ms[1] && world->now_ns >= ms_to_ns(down_ms[0]) && !has_come(world, down_ms[1]);
}

/* Losses come alone, or in a run: the model of Gilbert and Elliott. */
static bool is_lost(struct world *world, struct host *host, enum way way)
{
    const struct scenario *s = world->scenario;
    bool *in_burst = &host->in_burst[way];

    if (world->run.fault == FAULT_NEVER_LOSES) return false;
    *in_burst = *in_burst ? prng_chance(&world->prng, 67) : prng_chance(&world->prng, s->burst);
    return prng_chance(&world->prng, s->loss[way]) || *in_burst || is_down(world);
}

static void damage(struct world *world, struct datagram *d, enum way way)
{
    if (prng_chance(&world->prng, world->scenario->flip[way])) {
        uint64_t bit = prng_between(&world->prng, 0, d->len * 8 - 1);

        d->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        d->damaged = true;
    }
    if (prng_chance(&world->prng, world->scenario->cut[way])) {
        d->len = (size_t)prng_between(&world->prng, 0, d->len - 1);
        d->damaged = true;
    }
}

static uint64_t delay_ns(struct world *world)
{
    const struct scenario *s = world->scenario;
    bool later = has_come(world, s->later_ms) && world->run.fault != FAULT_STAYS_SLOW;
    uint64_t ns = world_draw_ns(world, later ? s->later_delay_ms : s->delay_ms);

    if (prng_chance(&world->prng, s->reorder)) ns += prng_between(&world->prng, 0, 1000000000);
    return ns;
}

/* One copy of a datagram: lost, damaged, late or plain. */
static void carry_one(struct world *world, enum way way, const struct datagram *datagram,
                      uint64_t leaves_ns)
{
    struct moment moment = {.kind = MOMENT_ARRIVAL, .datagram = *datagram};

    if (is_lost(world, host_of(world, datagram->owner), way)) {
        world_note(world, datagram->owner, way == THERE ? "request is lost" : "answer is lost", 0);
        return;
    }
    damage(world, &moment.datagram, way);
    moment.at_ns = leaves_ns + delay_ns(world);
    timeline_add(world->timeline, &moment);
}

/* A stream loses nothing. Its messages may come in any order, as the server may take its time for
 * one and answer another meanwhile. */
static void carry_in_stream(struct world *world, const struct datagram *datagram,
                            uint64_t leaves_ns)
{
    struct moment moment = {.kind = MOMENT_ARRIVAL, .datagram = *datagram};

    moment.at_ns = leaves_ns + delay_ns(world);
    timeline_add(world->timeline, &moment);
}

void network_carry(struct world *world, enum way way, const struct datagram *datagram,
                   uint64_t leaves_ns)
{
    unsigned copies = 1;

    if (is_stream(world)) {
        carry_in_stream(world, datagram, leaves_ns);
        return;
    }
    if (prng_chance(&world->prng, world->scenario->duplicate)) copies += world->scenario->copies;
    for (; copies > 0; copies--)
        carry_one(world, way, datagram, leaves_ns);
}

/* ---- leaving and arriving ---- */

static void return_soft_error(struct world *world, unsigned client)
{
    struct moment error = {.kind = MOMENT_SOFT_ERROR, .client = client};

    error.turn = world->clients[client].turn;
    error.at_ns = world->now_ns + delay_ns(world);
    timeline_add(world->timeline, &error);
}

void network_send(struct world *world, unsigned client, struct srflx_view request)
{
    const struct client *c = &world->clients[client];
    struct datagram d = {.to = world->places[c->place].addr, .origin = FROM_CLIENT};

    d.owner = client;
    d.turn = c->turn;
    d.len = request.len;
    memcpy(d.bytes, request.ptr, request.len);
    host_passes_out(world, client, &d);
    network_carry(world, THERE, &d, world->now_ns);
    if (prng_chance(&world->prng, world->scenario->soft)) return_soft_error(world, client);
    if (prng_chance(&world->prng, world->scenario->forge)) strangers_answer(world, &d);
}

void network_arrive(struct world *world, const struct datagram *datagram)
{
    if (world->run.fault == FAULT_ECHOES) network_carry(world, BACK, datagram, world->now_ns);
    if (server_receives(world, datagram)) return;
    if (stranger_receives(world, datagram)) return;
    if (host_receives(world, datagram)) return;
    world_note(world, datagram->owner, "a datagram reaches no one", 0);
    world->seen |= SEEN_NOBODY;
}
