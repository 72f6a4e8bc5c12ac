#include "sim.h"

#include <stdio.h>
#include <string.h>

/* More than any run needs; one that comes so far has a loop in it. */
enum { MOMENTS_MAX = 200000 };

void world_note(struct world *world, unsigned client, const char *what, uint64_t number)
{
    const uint64_t facts[] = {world->now_ns, client, number};
    size_t i;

    for (i = 0; i < sizeof facts / sizeof facts[0]; i++)
        world->digest = (world->digest ^ facts[i]) * 0x100000001b3u; /* after FNV-1a */
    if (!world->run.trace) return;
    printf("%12.6f s  client %2u  %s", (double)world->now_ns / 1e9, client, what);
    if (number) printf(" %llu", (unsigned long long)number);
    putchar('\n');
}

void world_break(struct world *world, unsigned client, enum rule rule)
{
    if (world->run.trace) printf("client %u breaks: %s\n", client, rule_text(rule));
    if (world->broken) return;
    world->broken = rule;
    snprintf(world->failure, sizeof world->failure, "client %u at %.6f s: %s", client,
             (double)world->now_ns / 1e9, rule_text(rule));
}

bool world_hold(struct world *world, unsigned client, enum rule rule, bool holds)
{
    if (!holds) world_break(world, client, rule);
    return holds;
}

uint64_t world_draw_ns(struct world *world, const uint32_t range_ms[2])
{
    return prng_between(&world->prng, ms_to_ns(range_ms[0]), ms_to_ns(range_ms[1]));
}

struct srflx_addr world_addr(bool ipv6, uint8_t net, uint8_t host, uint16_t port)
{
    const struct srflx_addr v4 = {{198, 18, net, host}, 0, port, SRFLX_IPV4};
    const struct srflx_addr v6 = {
        {0x20, 0x01, 0x0d, 0xb8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, 0, host}, 0, port, SRFLX_IPV6};

    return ipv6 ? v6 : v4;
}

/* ---- making the world ---- */

static void make_cache(struct world *world)
{
    static union {
        uint8_t bytes[1024];
        max_align_t align;
    } memory;
    int error =
        srflx_rto_cache_init(&memory, sizeof memory, SERVERS, SRFLX_RTO_INITIAL_MS, &world->cache);

    world_hold(world, 0, RULE_MADE, error == 0);
}

static void add_moment(struct world *world, enum moment_kind kind, uint32_t ms)
{
    struct moment moment = {.kind = kind, .at_ns = ms_to_ns(ms)};

    if (ms) timeline_add(world->timeline, &moment);
}

/* What the scenario says will happen to all hosts. */
static void plan_upheavals(struct world *world)
{
    const struct scenario *s = world->scenario;

    add_moment(world, MOMENT_ROAM, s->roam_ms);
    add_moment(world, MOMENT_SLEEP, s->sleep_ms[0]);
    add_moment(world, MOMENT_WAKE, s->sleep_ms[1]);
    add_moment(world, MOMENT_JUMP, s->jump_ms[0]);
}

static void plan_starts(struct world *world)
{
    const uint32_t range_ms[2] = {0, world->scenario->start_ms ? world->scenario->start_ms : 1000};
    unsigned i;

    for (i = 0; i < world->clients_count; i++) {
        struct moment start = {.kind = MOMENT_START, .client = i};

        start.at_ns = world_draw_ns(world, range_ms);
        timeline_add(world->timeline, &start);
    }
}

static void make(struct world *world, const struct run *run)
{
    static struct timeline timeline;

    memset(world, 0, sizeof *world);
    timeline_clear(&timeline);
    world->timeline = &timeline;
    world->run = *run;
    world->scenario = run->scenario;
    world->prng.state = run->seed;
    world->wall.state = run->wall;
    world->hosts_count = run->scenario->hosts ? run->scenario->hosts : HOSTS_MAX;
    world->clients_count = run->scenario->clients ? run->scenario->clients : CLIENTS_MAX;
    hosts_make(world);
    servers_make(world);
    make_cache(world);
    plan_upheavals(world);
    plan_starts(world);
    if (run->scenario->spoof) strangers_spoof(world);
}

/* ---- letting it go ---- */

static void upset_hosts(struct world *world, void (*upset)(struct world *world, unsigned host))
{
    unsigned i;

    for (i = 0; i < world->hosts_count; i++)
        upset(world, i);
}

/* What a sleeping host should do waits until it is awake. */
static bool put_off(struct world *world, const struct moment *moment)
{
    struct moment later = *moment;

    if (moment->kind > MOMENT_TICK) return false;
    later.at_ns = host_of(world, moment->client)->wakes_ns;
    if (later.at_ns <= world->now_ns) return false;
    timeline_add(world->timeline, &later);
    return true;
}

static void happen(struct world *world, const struct moment *moment)
{
    switch (moment->kind) {
    case MOMENT_START:
        client_start(world, moment->client);
        break;
    case MOMENT_TICK:
        client_tick(world, moment->client);
        break;
    case MOMENT_ARRIVAL:
        network_arrive(world, &moment->datagram);
        break;
    case MOMENT_HARD_ERROR:
        client_hard_error(world, moment->client, moment->turn);
        break;
    case MOMENT_SOFT_ERROR:
        client_soft_error(world, moment->client, moment->turn);
        break;
    case MOMENT_ROAM:
        upset_hosts(world, host_roam);
        break;
    case MOMENT_SLEEP:
        upset_hosts(world, host_sleep);
        break;
    case MOMENT_WAKE:
        upset_hosts(world, host_wake);
        break;
    case MOMENT_JUMP:
        upset_hosts(world, host_jump);
        break;
    }
}

static void check_end(struct world *world)
{
    unsigned i;

    for (i = 0; i < world->clients_count; i++)
        client_check_end(world, i);
    server_check_end(world);
}

void world_run(struct world *world, const struct run *run)
{
    struct moment moment;

    make(world, run);
    while (!world->broken && timeline_next(world->timeline, &moment)) {
        world_hold(world, 0, RULE_SILENCE, ++world->moments <= MOMENTS_MAX);
        if (world->scenario->flood) strangers_flood(world, moment.at_ns);
        world->now_ns = moment.at_ns;
        if (!put_off(world, &moment)) happen(world, &moment);
    }
    if (!world->broken) check_end(world);
}
