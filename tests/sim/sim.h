/* A virtual world: hosts with clients, a NAT before each host, a network that does what networks
 * do, strangers, and the real server. No socket, no clock; everything follows from scenario and
 * seed. */
#ifndef SIM_H
#define SIM_H

#include "estimate.h"
#include "fault.h"
#include "prng.h"
#include "rules.h"
#include "scenario.h"
#include "schedule.h"
#include "timeline.h"

#include <srflx/rto.h>
#include <srflx/server.h>
#include <srflx/transaction.h>

enum { HOSTS_MAX = 4, CLIENTS_MAX = 12, SERVERS = 2, REQUEST_MAX = 40 };

struct host {
    struct srflx_addr local;  /* its interface now */
    struct srflx_addr mapped; /* what its NAT makes of it now; the same without a NAT */
    uint16_t first_port;      /* `mapped.port` and those since this one are mappings in force */
    uint64_t clock_ns;        /* its monotonic clock at the start; jumps are added to it */
    uint64_t wakes_ns;        /* it sleeps until then */
    bool in_burst[2];         /* a run of losses, there and back */
};

struct client {
    union {
        uint8_t bytes[1024];
        max_align_t align;
    } memory;
    struct srflx_transaction *transaction;
    struct srflx_transaction_options options;
    unsigned place;           /* of the server that it asks in this turn, … */
    struct srflx_addr server; /* … and how it calls it */
    uint8_t request[REQUEST_MAX];
    size_t request_len;
    struct srflx_id id;
    struct srflx_id old_id; /* of the turn before */
    unsigned turn;          /* counted from 1 */
    unsigned ends;
    struct schedule schedule; /* what must happen */
    uint64_t deadline_ns;     /* what the transaction says */
    unsigned tries;           /* the round that it was for */
    uint64_t tick_for_ns;     /* the deadline for which a tick is planned … */
    uint64_t tick_ns;         /* … and when it comes, in the world's time */
    unsigned refusals;        /* errors that the server has still in store for this turn */
    uint16_t code;            /* of the error that came last */
    /* The request that the server answered last, and its answer. */
    struct datagram asked;
    uint8_t answer[PACKET_MAX];
    size_t answer_len;
    /* What subject.c needs for some of its lies. */
    uint8_t altered[REQUEST_MAX];
    struct srflx_event last_answer;
};

/* One of the addresses at which the server is, with a worker. */
struct place {
    struct srflx_addr addr;
    struct srflx_worker *worker;
    struct prng prng; /* the worker's random bits */
    uint64_t packets; /* given to it, and the bytes of them and of its answers */
    uint64_t bytes_in;
    uint64_t bytes_out;
};

/* One run. */
struct run {
    const struct scenario *scenario;
    uint64_t seed;
    uint64_t wall; /* another number, another wall clock */
    enum fault fault;
    bool trace;
};

struct world {
    struct run run;
    const struct scenario *scenario; /* run.scenario */
    uint64_t now_ns;
    struct prng prng;
    struct prng wall;
    struct timeline *timeline;
    unsigned hosts_count;
    unsigned clients_count;
    struct host hosts[HOSTS_MAX];
    struct client clients[CLIENTS_MAX];
    struct srflx_server *server;
    struct place places[SERVERS];
    struct srflx_rto_cache *cache;
    struct estimate estimates[SERVERS];
    struct datagram flood;
    uint64_t flood_ns; /* when the next forged answer of the flood comes */
    unsigned flooded;
    unsigned moments;
    bool invented; /* an event, by subject.c */

    unsigned seen;    /* SEEN_… */
    uint64_t digest;  /* of all that was noted */
    enum rule broken; /* the first one */
    char failure[256];
};

/* Runs a scenario to its end. Sets `seen`, `digest`, `broken` and `failure` of `world`, which need
 * not be initialised. */
void world_run(struct world *world, const struct run *run);

/* Notes one line of the story, `number` 0 for none: it goes into the digest, and to the screen in a
 * traced run. */
void world_note(struct world *world, unsigned client, const char *what, uint64_t number);

/* Notes a broken rule; the first one counts. */
void world_break(struct world *world, unsigned client, enum rule rule);

/* Notes the rule as broken unless it holds. Returns whether it holds. */
bool world_hold(struct world *world, unsigned client, enum rule rule, bool holds);

static inline struct host *host_of(struct world *world, unsigned client)
{
    return &world->hosts[client % world->hosts_count];
}

/* The clock of the client's host. */
static inline uint64_t clock_of(struct world *world, unsigned client)
{
    return host_of(world, client)->clock_ns + world->now_ns;
}

static inline uint64_t ms_to_ns(uint64_t ms)
{
    return ms * 1000000;
}

static inline uint8_t transport_of(const struct world *world)
{
    return world->scenario->transport ? world->scenario->transport : SRFLX_UDP;
}

static inline bool is_stream(const struct world *world)
{
    return transport_of(world) == SRFLX_TCP || transport_of(world) == SRFLX_TLS;
}

/* Has this moment of the scenario come? Time 0 never does. */
static inline bool has_come(const struct world *world, uint32_t ms)
{
    return ms && world->now_ns >= ms_to_ns(ms);
}

/* Addresses of the world: the test networks of RFC 2544 and RFC 3849. */
enum { NET_SERVERS = 1, NET_HOSTS, NET_NATS, NET_STRANGERS };

struct srflx_addr world_addr(bool ipv6, uint8_t net, uint8_t host, uint16_t port);

/* A whole number of nanoseconds in a range of milliseconds. */
uint64_t world_draw_ns(struct world *world, const uint32_t range_ms[2]);

/* subject.c: the library. It tells lies if the run has a fault. */
int subject_start(struct world *world, unsigned client);
bool subject_feed(struct world *world, unsigned client, const struct srflx_packet *packet);
void subject_tick(struct world *world, unsigned client);
void subject_unreachable(struct world *world, unsigned client);
bool subject_next_event(struct world *world, unsigned client, struct srflx_event *ret_event);
uint64_t subject_deadline(struct world *world, unsigned client);
uint32_t subject_rto_ms(struct world *world, unsigned client);
void subject_learn(struct world *world, unsigned client, const struct srflx_event *answer);
size_t subject_serve(struct world *world, struct place *place, const struct datagram *request,
                     uint8_t *ret_bytes);

/* clients.c: what happens to a client. Rules are checked on the way, and at the end. */
void client_start(struct world *world, unsigned client);
void client_tick(struct world *world, unsigned client);
void client_feed(struct world *world, unsigned client, const struct datagram *datagram);
void client_flood(struct world *world, unsigned client, const struct datagram *datagram);
void client_hard_error(struct world *world, unsigned client, unsigned turn);
void client_soft_error(struct world *world, unsigned client, unsigned turn);
void client_check_end(struct world *world, unsigned client);

/* hosts.c: addresses and clocks of the hosts, and the NATs before them. */
void hosts_make(struct world *world);
/* What clients and hosts call an address of the world outside, and back. */
struct srflx_addr host_inside(const struct world *world, const struct srflx_addr *outside);
void host_roam(struct world *world, unsigned host);
void host_sleep(struct world *world, unsigned host);
void host_wake(struct world *world, unsigned host);
void host_jump(struct world *world, unsigned host);
/* A request passes the NAT on its way out. */
void host_passes_out(struct world *world, unsigned client, struct datagram *request);
/* A datagram from outside. False if it is for none of the hosts. */
bool host_receives(struct world *world, const struct datagram *datagram);

/* network.c: lets a client's request leave, puts a datagram on the line, lets it arrive. */
void network_send(struct world *world, unsigned client, struct srflx_view request);
void network_carry(struct world *world, enum way way, const struct datagram *datagram,
                   uint64_t leaves_ns);
void network_arrive(struct world *world, const struct datagram *datagram);

/* servers.c: the servers. Rules are checked on the way, and at the end. */
void servers_make(struct world *world);
/* Where a client that starts now finds it: an index of `places`. */
unsigned server_place(const struct world *world);
/* A datagram for one of them. False if it is for none. */
bool server_receives(struct world *world, const struct datagram *datagram);
void server_check_end(struct world *world);

/* strangers.c: answers a client's request too; floods host 0 up to that time; sends the servers
 * datagrams that claim to come from servers, from itself and from an echo service. */
void strangers_answer(struct world *world, const struct datagram *request);
void strangers_flood(struct world *world, uint64_t until_ns);
void strangers_spoof(struct world *world);
/* A datagram for the echo service. False if it is not. */
bool stranger_receives(struct world *world, const struct datagram *datagram);

#endif
