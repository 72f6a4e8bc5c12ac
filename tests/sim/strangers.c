#include "sim.h"

#include <srflx/addr.h>
#include <srflx/writer.h>

#include <string.h>

/* Who believes this has been deceived. */
static const struct srflx_addr lie = {{203, 0, 113, 66}, 0, 666, SRFLX_IPV4};

static const struct srflx_view no_phrase;

/* A message that could deceive: success with the lie, or an error that asks to come again. */
static void write_bait(struct world *world, struct datagram *d, uint16_t type,
                       const struct srflx_id *id)
{
    struct srflx_writer w;
    struct srflx_view bytes;

    srflx_writer_begin(&w, d->bytes, sizeof d->bytes, type, id);
    if (type == srflx_type(SRFLX_METHOD_BINDING, SRFLX_ERROR))
        srflx_put_error(&w, 500, no_phrase);
    else
        srflx_put_addr(&w, SRFLX_ATTR_MAPPED_ADDRESS, &lie);
    if (world_hold(world, d->owner, RULE_MADE, !srflx_writer_finish(&w, &bytes)))
        d->len = bytes.len;
}

static uint16_t success_or_error(struct world *world)
{
    return srflx_type(SRFLX_METHOD_BINDING,
                      prng_chance(&world->prng, 50) ? SRFLX_SUCCESS : SRFLX_ERROR);
}

/* ---- answers to a request that they have seen ---- */

static struct srflx_id forged_id(struct world *world, const struct client *c, enum forgery forgery)
{
    struct srflx_id id = c->id;

    if (forgery == FORGED_ID)
        id.bytes[prng_between(&world->prng, 4, 15)] ^=
            (uint8_t)(1 << prng_between(&world->prng, 0, 7));
    if (forgery == FORGED_COOKIE)
        id.bytes[prng_between(&world->prng, 0, 3)] ^=
            (uint8_t)(1 << prng_between(&world->prng, 0, 7));
    if (forgery == FORGED_RANDOM_ID) prng_fill(&world->prng, id.bytes + 4, 12);
    if (forgery == FORGED_OLD_ID) id = c->old_id;
    return id;
}

static uint16_t forged_type(struct world *world, enum forgery forgery)
{
    switch (forgery) {
    case FORGED_INDICATION:
        return srflx_type(SRFLX_METHOD_BINDING, SRFLX_INDICATION);
    case FORGED_METHOD:
        return srflx_type(SRFLX_METHOD_SHARED_SECRET, SRFLX_SUCCESS);
    default:
        return success_or_error(world);
    }
}

static void put_wrong_fingerprint(struct datagram *d)
{
    static const uint8_t wrong[] = {0x80, 0x28, 0, 4, 1, 2, 3, 4};

    memcpy(d->bytes + d->len, wrong, sizeof wrong);
    d->len += sizeof wrong;
    d->bytes[3] = (uint8_t)(d->bytes[3] + sizeof wrong);
}

static enum forgery draw_forgery(struct world *world)
{
    const struct scenario *s = world->scenario;
    unsigned forgery;

    do {
        forgery = (unsigned)prng_between(&world->prng, 0, FORGERIES - 1);
    } while ((s->forgery && !(s->forgery >> forgery & 1)) ||
             (s->classic && forgery == FORGED_FINGERPRINT));
    return (enum forgery)forgery;
}

void strangers_answer(struct world *world, const struct datagram *request)
{
    struct datagram d = {.from = request->to, .to = request->from, .origin = FROM_STRANGER};
    const struct client *c = &world->clients[request->owner];
    enum forgery forgery = draw_forgery(world);
    struct srflx_id id = forged_id(world, c, forgery);

    if (forgery == FORGED_OLD_ID && c->turn == 1) return;
    d.owner = request->owner;
    d.turn = request->turn;
    write_bait(world, &d, forged_type(world, forgery), &id);
    if (forgery == FORGED_PORT) d.from.port++;
    if (forgery == FORGED_ADDRESS) d.from.ip[3] ^= 1;
    if (forgery == FORGED_ECHO) memcpy(d.bytes, request->bytes, d.len = request->len);
    if (forgery == FORGED_LENGTH) d.len -= 4;
    if (forgery == FORGED_FINGERPRINT) put_wrong_fingerprint(&d);
    network_carry(world, BACK, &d, world->now_ns);
}

/* ---- the flood ---- */

/* 100000 a second: those who know everything but the id, and guess. */
enum { FLOOD_GAP_NS = 10000, FLOOD_IS_ONE = 1000 };

static bool anyone_waits(const struct world *world)
{
    unsigned i;

    for (i = 0; i < world->clients_count; i += world->hosts_count)
        if (world->clients[i].schedule.running) return true;
    return false;
}

static void flood_once(struct world *world)
{
    struct datagram *d = &world->flood;
    uint64_t guess = prng_next(&world->prng);
    unsigned i;

    if (d->len == 0 || guess % 1024 == 0)
        write_bait(world, d, success_or_error(world), &world->clients[0].id);
    d->from = host_inside(world, &world->places[0].addr);
    d->to = world->hosts[0].local;
    memcpy(d->bytes + 12, &guess, sizeof guess);
    for (i = 0; i < world->clients_count; i += world->hosts_count)
        client_flood(world, i, d);
    if (++world->flooded == FLOOD_IS_ONE) world->seen |= SEEN_FLOODED;
}

void strangers_flood(struct world *world, uint64_t until_ns)
{
    for (; world->flood_ns < until_ns && !world->broken; world->flood_ns += FLOOD_GAP_NS) {
        if (!anyone_waits(world)) {
            world->flood_ns = until_ns;
            return;
        }
        world->now_ns = world->flood_ns;
        flood_once(world);
    }
}

/* ---- servers set on each other ---- */

static const struct srflx_addr *echo_service(const struct world *world)
{
    static const struct srflx_addr v4 = {{198, 18, NET_STRANGERS, 7}, 0, 7, SRFLX_IPV4};
    static const struct srflx_addr v6 = {
        {0x20, 0x01, 0x0d, 0xb8, 0, NET_STRANGERS, [15] = 7}, 0, 7, SRFLX_IPV6};

    return world->scenario->ipv6 ? &v6 : &v4;
}

bool stranger_receives(struct world *world, const struct datagram *datagram)
{
    struct datagram d = *datagram;

    if (!srflx_addr_equal(&datagram->to, echo_service(world))) return false;
    d.from = datagram->to;
    d.to = datagram->from;
    d.origin = FROM_STRANGER;
    network_carry(world, THERE, &d, world->now_ns);
    return true;
}

static uint16_t any_type(struct world *world)
{
    return srflx_type(SRFLX_METHOD_BINDING, (uint8_t)prng_between(&world->prng, 0, 3));
}

/* For each server, from the other one, from itself, and from the echo service. */
void strangers_spoof(struct world *world)
{
    const struct srflx_addr *from[] = {&world->places[0].addr, &world->places[1].addr,
                                       echo_service(world)};
    unsigned i;

    for (i = 0; i < 60; i++) {
        struct datagram d = {.origin = FROM_STRANGER, .from = *from[i % 3]};
        struct srflx_id id;

        d.to = world->places[prng_between(&world->prng, 0, 1)].addr;
        srflx_id_draw(prng_fill, &world->prng, prng_chance(&world->prng, 30), &id);
        write_bait(world, &d, any_type(world), &id);
        network_carry(world, THERE, &d, prng_between(&world->prng, 0, 1000000000));
    }
}
