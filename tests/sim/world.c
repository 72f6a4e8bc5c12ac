#include "sim.h"
#include "steady_random.h"

#include <stdio.h>
#include <string.h>

void world_note(struct world *world, unsigned client, const char *what, uint64_t number)
{
    const uint64_t facts[] = {world->now_ns, client, number};
    size_t i;

    for (i = 0; i < sizeof facts / sizeof facts[0]; i++)
        world->digest = (world->digest ^ facts[i]) * 0x100000001b3u; /* after FNV-1a */
    if (!world->trace) return;
    printf("%12.6f s  client %2u  %s", (double)world->now_ns / 1e9, client, what);
    if (number) printf(" %llu", (unsigned long long)number);
    putchar('\n');
}

void world_fail(struct world *world, unsigned client, const char *rule)
{
    if (world->trace) printf("client %u breaks: %s\n", client, rule);
    if (world->failure[0]) return;
    snprintf(world->failure, sizeof world->failure, "client %u at %.6f s: %s", client,
             (double)world->now_ns / 1e9, rule);
}

/* ---- making the world ---- */

static struct srflx_addr address(bool ipv6, uint8_t net, uint8_t host, uint16_t port)
{
    const struct srflx_addr v4 = {{198, 18, net, host}, 0, port, SRFLX_IPV4};
    const struct srflx_addr v6 = {
        {0x20, 0x01, 0x0d, 0xb8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, 0, host}, 0, port, SRFLX_IPV6};

    return ipv6 ? v6 : v4;
}

static void make_hosts(struct world *world)
{
    enum { SERVER_NET = 1, HOST_NET, NAT_NET };
    bool ipv6 = world->scenario->ipv6;
    unsigned i;

    world->server_addr = address(ipv6, SERVER_NET, 1, 3478);
    for (i = 0; i < HOSTS; i++) {
        struct host *host = &world->hosts[i];
        uint16_t port = (uint16_t)prng_between(&world->prng, 1024, 60000);

        host->local = address(ipv6, HOST_NET, (uint8_t)(i + 1), 5000);
        host->mapped =
            world->scenario->nat ? address(ipv6, NAT_NET, (uint8_t)(i + 1), port) : host->local;
    }
}

static void make_server(struct world *world)
{
    static union {
        uint8_t bytes[65536];
        max_align_t align;
    } server_memory, worker_memory;
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    if (srflx_server_init(&server_memory, sizeof server_memory, &config, &world->server) ||
        srflx_worker_init(&worker_memory, sizeof worker_memory, steady_random, NULL,
                          &world->worker))
        world_fail(world, 0, "a server can be made");
}

static void make_clients(struct world *world)
{
    unsigned i;

    if (world->scenario->classic)
        srflx_transaction_options_classic(&world->options);
    else
        srflx_transaction_options_defaults(&world->options);
    world->options.limit_ms = world->scenario->limit_ms;
    for (i = 0; i < CLIENTS; i++) {
        struct moment start = {.kind = MOMENT_START, .client = i};

        client_init(world, i);
        start.at_ns = prng_between(&world->prng, 0, 1000000000);
        timeline_add(&world->timeline, &start);
    }
}

/* ---- letting it go ---- */

/* All clients of a host share its socket, so each is offered what comes. */
static void arrive_at_host(struct world *world, const struct datagram *datagram)
{
    unsigned i;

    for (i = datagram->owner % HOSTS; i < CLIENTS; i += HOSTS)
        client_feed(world, i, datagram);
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
    case MOMENT_AT_SERVER:
        network_at_server(world, &moment->datagram);
        break;
    case MOMENT_AT_HOST:
        arrive_at_host(world, &moment->datagram);
        break;
    case MOMENT_UNREACHABLE:
        client_unreachable(world, moment->client);
        break;
    }
}

void world_run(struct world *world, const struct scenario *scenario, uint64_t seed, bool trace)
{
    struct moment moment;
    unsigned i;

    memset(world, 0, sizeof *world);
    world->scenario = scenario;
    world->seed = seed;
    world->trace = trace;
    world->prng.state = seed;
    make_hosts(world);
    make_server(world);
    make_clients(world);
    while (!world->failure[0] && timeline_next(&world->timeline, &moment)) {
        world->now_ns = moment.at_ns;
        happen(world, &moment);
    }
    for (i = 0; i < CLIENTS; i++)
        client_check_end(world, i);
}
