#include "sim.h"

#include <srflx/addr.h>

#include <string.h>

/* ---- addresses ---- */

static bool inside_is_ipv6(const struct world *world)
{
    return world->scenario->ipv6 || world->scenario->nat == NAT_64;
}

static struct srflx_addr new_mapping(struct world *world, unsigned number, uint8_t network)
{
    const struct host *host = &world->hosts[number];
    uint16_t port = (uint16_t)prng_between(&world->prng, 1024, 60000);

    if (world->scenario->nat == NAT_NONE) return host->local;
    return world_addr(world->scenario->ipv6, NET_NATS, (uint8_t)(network + number), port);
}

/* Networks that a host can be in are told apart by the last byte of addresses in them. */
static void enter_network(struct world *world, unsigned number, uint8_t network)
{
    struct host *host = &world->hosts[number];

    host->local = world_addr(inside_is_ipv6(world), NET_HOSTS, (uint8_t)(network + number), 5000);
    host->mapped = new_mapping(world, number, network);
    host->first_port = host->mapped.port;
}

void hosts_make(struct world *world)
{
    unsigned i;

    for (i = 0; i < world->hosts_count; i++) {
        enter_network(world, i, 1);
        world->hosts[i].clock_ns = prng_between(&world->prng, 1ull << 50, 1ull << 60);
    }
}

/* 64:ff9b::/96 (RFC 6052). */
struct srflx_addr host_inside(const struct world *world, const struct srflx_addr *outside)
{
    struct srflx_addr inside = {{0, 0x64, 0xff, 0x9b}, 0, outside->port, SRFLX_IPV6};

    if (world->scenario->nat != NAT_64) return *outside;
    memcpy(inside.ip + 12, outside->ip, 4);
    return inside;
}

/* ---- upheavals ---- */

/* Notes that it happened to running transactions of this host that have sent a request before. */
static void note_upheaval(struct world *world, unsigned number, unsigned seen)
{
    unsigned i;

    for (i = number; i < world->clients_count; i += world->hosts_count)
        if (world->clients[i].schedule.running) world->seen |= seen;
}

void host_roam(struct world *world, unsigned number)
{
    world_note(world, number, "its host enters another network", 0);
    enter_network(world, number, 101);
    note_upheaval(world, number, SEEN_MOVED);
}

void host_sleep(struct world *world, unsigned number)
{
    world_note(world, number, "its host falls asleep", 0);
    world->hosts[number].wakes_ns = ms_to_ns(world->scenario->sleep_ms[1]);
    note_upheaval(world, number, SEEN_OVERSLEPT);
}

void host_wake(struct world *world, unsigned number)
{
    const uint32_t *sleep_ms = world->scenario->sleep_ms;

    world_note(world, number, "its host wakes up", 0);
    if (world->scenario->sleep == SLEEP_STOPS)
        world->hosts[number].clock_ns -= ms_to_ns(sleep_ms[1] - sleep_ms[0]);
}

/* Timers that are overdue by the new time go off at once. */
void host_jump(struct world *world, unsigned number)
{
    unsigned i;

    world_note(world, number, "its host's clock jumps", 0);
    note_upheaval(world, number, SEEN_JUMPED);
    world->hosts[number].clock_ns += ms_to_ns(world->scenario->jump_ms[1]);
    for (i = number; i < world->clients_count; i += world->hosts_count)
        client_tick(world, i);
}

/* ---- the way out and the way in ---- */

void host_passes_out(struct world *world, unsigned client, struct datagram *request)
{
    struct host *host = host_of(world, client);

    if (prng_chance(&world->prng, world->scenario->rebind)) {
        host->mapped.port++;
        if (world->scenario->nat == NAT_FORGETS) host->first_port = host->mapped.port;
        world_note(world, client, "new mapping, port", host->mapped.port);
        if (world->clients[client].schedule.sent > 1) world->seen |= SEEN_MOVED;
    }
    request->from = host->mapped;
}

static bool is_mapping(const struct host *host, const struct srflx_addr *addr)
{
    return srflx_addr_same_ip(addr, &host->mapped) && addr->port >= host->first_port &&
           addr->port <= host->mapped.port;
}

/* An application layer gateway puts the inner address wherever it finds the outer one. */
static void rewrite(const struct host *host, struct datagram *d)
{
    size_t i;

    for (i = 0; i + 4 <= d->len; i++)
        if (memcmp(d->bytes + i, host->mapped.ip, 4) == 0) memcpy(d->bytes + i, host->local.ip, 4);
}

/* All clients of a host share its socket, so each is offered what comes. */
static void pass_in(struct world *world, unsigned number, const struct datagram *datagram)
{
    const struct host *host = &world->hosts[number];
    struct datagram d = *datagram;
    unsigned i;

    if (world->scenario->nat == NAT_ALG) rewrite(host, &d);
    d.from = host_inside(world, &datagram->from);
    d.to = host->local;
    for (i = number; i < world->clients_count; i += world->hosts_count)
        client_feed(world, i, &d);
}

static void arrive_asleep(struct world *world, const struct host *host, const struct datagram *d)
{
    struct moment moment = {.kind = MOMENT_ARRIVAL, .at_ns = host->wakes_ns, .datagram = *d};

    if (world->scenario->sleep == SLEEP_QUEUES_UP)
        timeline_add(world->timeline, &moment);
    else
        world_note(world, d->owner, "a datagram comes to a host asleep", 0);
}

bool host_receives(struct world *world, const struct datagram *datagram)
{
    unsigned i = 0;

    while (i < world->hosts_count && !is_mapping(&world->hosts[i], &datagram->to))
        i++;
    if (i == world->hosts_count) return false;
    if (world->hosts[i].wakes_ns > world->now_ns)
        arrive_asleep(world, &world->hosts[i], datagram);
    else
        pass_in(world, i, datagram);
    return true;
}
