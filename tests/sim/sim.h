/* A virtual world: hosts with clients, a NAT before each host, a network that does what networks
 * do, and the real server. No socket, no clock; everything follows from scenario and seed. */
#ifndef SIM_H
#define SIM_H

#include "prng.h"
#include "scenario.h"
#include "timeline.h"

#include <srflx/server.h>
#include <srflx/transaction.h>

enum { HOSTS = 4, CLIENTS = 12 };

struct host {
    struct srflx_addr local;
    struct srflx_addr mapped; /* what its NAT makes of it now; the same without a NAT */
};

struct client {
    union {
        uint8_t bytes[1024];
        max_align_t align;
    } memory;
    struct srflx_transaction *transaction;
    uint8_t request[SRFLX_HEADER_SIZE];
    uint64_t started_ns;
    uint64_t sent_ns;     /* the last request */
    uint64_t deadline_ns; /* a tick is on the timeline for it */
    unsigned sent;
    unsigned refusals; /* 500s that the server has still in store for it */
    unsigned refused;  /* 500s that came while it ran */
    bool running;
    unsigned ends;
};

struct world {
    const struct scenario *scenario;
    uint64_t seed;
    bool trace;

    uint64_t now_ns;
    struct prng prng;
    struct timeline timeline;
    struct srflx_addr server_addr;
    struct srflx_transaction_options options;
    struct host hosts[HOSTS];
    struct client clients[CLIENTS];
    struct srflx_server *server;
    struct srflx_worker *worker;

    unsigned seen;     /* SEEN_... */
    uint64_t digest;   /* of all that was traced */
    char failure[256]; /* the first broken rule, or empty */
};

/* Runs a scenario to its end. Sets `seen`, `digest` and `failure` of `world`, which need not be
 * initialised. */
void world_run(struct world *world, const struct scenario *scenario, uint64_t seed, bool trace);

/* Notes one line of the story, `number` 0 for none: it goes into the digest, and to the screen in a
 * traced run. */
void world_note(struct world *world, unsigned client, const char *what, uint64_t number);

/* Notes a broken rule; the first one counts. */
void world_fail(struct world *world, unsigned client, const char *rule);

static inline struct host *host_of(struct world *world, unsigned client)
{
    return &world->hosts[client % HOSTS];
}

/* clients.c: what happens to a client. Rules are checked on the way, and at the end. */
void client_init(struct world *world, unsigned client);
void client_start(struct world *world, unsigned client);
void client_tick(struct world *world, unsigned client);
void client_feed(struct world *world, unsigned client, const struct datagram *datagram);
void client_unreachable(struct world *world, unsigned client);
void client_check_end(struct world *world, unsigned client);

/* network.c: sends a client's request into the network, and lets a datagram arrive at the server.
 */
void network_send(struct world *world, unsigned client, struct srflx_view request);
void network_at_server(struct world *world, const struct datagram *datagram);

#endif
