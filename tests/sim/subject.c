#include "sim.h"

#include <string.h>

static bool lies(const struct world *world, enum fault fault)
{
    return world->run.fault == fault;
}

/* The wall clock goes wild; nobody may care. */
static struct srflx_time time_of(struct world *world, unsigned number)
{
    return (struct srflx_time){clock_of(world, number), prng_next(&world->wall)};
}

/* ---- the client: what goes in ---- */

int subject_start(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_view request = {c->request, c->request_len};
    size_t len = lies(world, FAULT_NO_ROOM) ? 8 : sizeof c->memory;
    int error;

    if (lies(world, FAULT_WRONG_RTO)) c->options.rto_ms--;
    error = srflx_transaction_init(&c->memory, len, &c->options, &c->transaction);
    if (error) return error;
    return srflx_transaction_start(c->transaction, request, &c->server, transport_of(world),
                                   time_of(world, number));
}

static bool is_own(const struct client *c, const struct srflx_packet *packet)
{
    return memcmp(packet->bytes.ptr + 4, c->id.bytes, sizeof c->id.bytes) == 0;
}

static void pass_off_id(struct world *world, const struct client *c, struct datagram *d)
{
    bool is_old = memcmp(d->bytes + 4, c->old_id.bytes, sizeof c->old_id.bytes) == 0;

    if (lies(world, FAULT_TAKES_ANY_ID) || lies(world, FAULT_FLOOD_TAKEN) ||
        (lies(world, FAULT_TAKES_OLD_ID) && is_old))
        memcpy(d->bytes + 4, c->id.bytes, sizeof c->id.bytes);
}

/* Removes what is wrong with a datagram, as if the client did not look at it. */
static void pass_off(struct world *world, const struct client *c, struct datagram *d)
{
    const uint8_t *last = d->bytes + (d->len > 8 ? d->len - 8 : 0);

    pass_off_id(world, c, d);
    if (lies(world, FAULT_TAKES_ANY_SOURCE)) d->from = c->server;
    if (lies(world, FAULT_TAKES_ANY_TYPE)) memcpy(d->bytes, "\x01\x01", 2);
    if (lies(world, FAULT_GIVES_IN) && d->bytes[26] == 5) d->bytes[26] = 4;
    if (lies(world, FAULT_TAKES_ANY_FINGERPRINT) && last[0] == 0x80 && last[1] == 0x28) {
        d->len -= 8;
        d->bytes[3] = (uint8_t)(d->bytes[3] - 8);
    }
}

/* A client with a fault in its head. */
static bool feed_faulty(struct world *world, unsigned number, const struct srflx_packet *packet)
{
    struct client *c = &world->clients[number];
    struct datagram d = {.from = packet->from, .len = packet->bytes.len};
    struct srflx_packet passed_off = *packet;

    memcpy(d.bytes, packet->bytes.ptr, packet->bytes.len);
    pass_off(world, c, &d);
    passed_off.bytes = (struct srflx_view){d.bytes, d.len};
    passed_off.from = d.from;
    if ((lies(world, FAULT_NERVOUS) || lies(world, FAULT_FLOOD_NERVOUS)) && !is_own(c, packet))
        srflx_transaction_tick(c->transaction, (struct srflx_time){c->deadline_ns, 0});
    return srflx_transaction_feed(c->transaction, &passed_off, time_of(world, number));
}

bool subject_feed(struct world *world, unsigned number, const struct srflx_packet *packet)
{
    struct client *c = &world->clients[number];
    bool running = c->schedule.running;

    if (lies(world, NO_FAULT))
        return srflx_transaction_feed(c->transaction, packet, time_of(world, number));
    if (lies(world, FAULT_DEAF)) return false;
    if (lies(world, FAULT_NEVER_CONTENT) && running && is_own(c, packet)) return true;
    if (lies(world, FAULT_TAKES_AFTER_END) && !running && is_own(c, packet)) return true;
    return feed_faulty(world, number, packet);
}

void subject_tick(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_time now = time_of(world, number);

    if (lies(world, FAULT_STUCK)) return;
    if (lies(world, FAULT_HASTY) && c->schedule.running && now.mono_ns < c->deadline_ns)
        now.mono_ns = c->deadline_ns;
    if (lies(world, FAULT_LOOKS_AT_THE_WALL) && now.unix_ms & 1) prng_next(&world->prng);
    srflx_transaction_tick(c->transaction, now);
}

void subject_unreachable(struct world *world, unsigned number)
{
    srflx_transaction_unreachable(world->clients[number].transaction, time_of(world, number));
}

/* ---- the client: what comes out ---- */

static void twist_send(struct world *world, unsigned number, struct srflx_event *event)
{
    struct client *c = &world->clients[number];

    if (lies(world, FAULT_CHANGES_REQUEST) && event->sent == 2) {
        memcpy(c->altered, event->bytes.ptr, event->bytes.len);
        c->altered[event->bytes.len - 1] ^= 1;
        event->bytes.ptr = c->altered;
    }
    if (lies(world, FAULT_SENDS_ELSEWHERE)) event->to.port++;
    if (lies(world, FAULT_MISCOUNTS) && event->sent > 1) event->sent--;
    if (lies(world, FAULT_IMPATIENT) && event->sent == 3)
        *event = (struct srflx_event){.kind = SRFLX_EVENT_FAILED, .error = SRFLX_ERROR_TIMEOUT};
}

static struct srflx_event one_more_request(const struct client *c)
{
    return (struct srflx_event){.kind = SRFLX_EVENT_SEND,
                                .bytes = {c->request, c->request_len},
                                .to = c->server,
                                .sent = c->schedule.sent + 1};
}

static void twist_failure(struct world *world, unsigned number, struct srflx_event *event)
{
    if (lies(world, FAULT_WRONG_CODE)) event->code++;
    if (event->error != SRFLX_ERROR_TIMEOUT) return;
    if (lies(world, FAULT_SEES_ERRORS)) event->error = SRFLX_ERROR_UNREACHABLE;
    if (lies(world, FAULT_SEES_NONSENSE)) event->error = SRFLX_ERROR_RESPONSE;
    if (lies(world, FAULT_GUESSES))
        *event = (struct srflx_event){.kind = SRFLX_EVENT_ANSWER, .mapped = event->to};
    if (lies(world, FAULT_GREEDY)) *event = one_more_request(&world->clients[number]);
}

static void twist_answer(struct world *world, unsigned number, struct srflx_event *event)
{
    world->clients[number].last_answer = *event;
    if (lies(world, FAULT_WRONG_ADDRESS)) event->mapped.port ^= 1;
    if (lies(world, FAULT_WRONG_RTT)) event->rtt_ns++;
    if (lies(world, FAULT_SAMPLES_ALL)) event->rtt_is_sample = true;
    if (lies(world, FAULT_WRONG_INTERVAL)) event->interval_ns /= 2;
}

/* An event where there is none, once in a run. */
static bool invent(struct world *world, unsigned number, struct srflx_event *ret_event)
{
    struct client *c = &world->clients[number];

    if (c->ends == 0 || world->invented) return false;
    world->invented = true;
    *ret_event = lies(world, FAULT_SENDS_ON) ? one_more_request(c) : c->last_answer;
    return lies(world, FAULT_SENDS_ON) || lies(world, FAULT_ENDS_TWICE);
}

bool subject_next_event(struct world *world, unsigned number, struct srflx_event *ret_event)
{
    if (!srflx_transaction_next_event(world->clients[number].transaction, ret_event))
        return !lies(world, NO_FAULT) && invent(world, number, ret_event);
    if (lies(world, NO_FAULT)) return true;
    if (ret_event->kind == SRFLX_EVENT_SEND)
        twist_send(world, number, ret_event);
    else if (ret_event->kind == SRFLX_EVENT_FAILED)
        twist_failure(world, number, ret_event);
    else
        twist_answer(world, number, ret_event);
    return true;
}

uint64_t subject_deadline(struct world *world, unsigned number)
{
    const struct client *c = &world->clients[number];
    uint64_t deadline = srflx_transaction_next_deadline(c->transaction);

    if (lies(world, FAULT_DEADLINE_SLIPS) && c->schedule.sent > 1) return c->deadline_ns - 1;
    if (lies(world, FAULT_DEADLINE_VAGUE)) return deadline + 1;
    if (lies(world, FAULT_RESTLESS) && deadline == UINT64_MAX) return clock_of(world, number);
    return deadline;
}

/* ---- the estimate ---- */

uint32_t subject_rto_ms(struct world *world, unsigned number)
{
    uint32_t ms =
        srflx_rto_cache_get(world->cache, &world->clients[number].server, time_of(world, number));

    return lies(world, FAULT_WRONG_ESTIMATE) ? ms + 2 : ms;
}

void subject_learn(struct world *world, unsigned number, const struct srflx_event *answer)
{
    const struct srflx_addr *server = &world->clients[number].server;
    struct srflx_time now = time_of(world, number);

    if (answer->rtt_is_sample)
        srflx_rto_cache_sample(world->cache, server, answer->rtt_ns, now);
    else if (!lies(world, FAULT_FORGETS_DOUBLING))
        srflx_rto_cache_back_off(world->cache, server, answer->interval_ns, now);
}

/* ---- the server ---- */

static void twist_request(struct world *world, struct srflx_packet *packet, uint8_t *bytes)
{
    if (lies(world, FAULT_TALKATIVE)) {
        bytes[0] &= 0xfe;
        bytes[1] &= 0xef;
    }
    if (lies(world, FAULT_TALKS_TO_ITSELF)) packet->to.port = 0;
}

static size_t twist_reply(struct world *world, const struct datagram *request, uint8_t *bytes,
                          size_t len)
{
    static const uint8_t software[] = {0x80, 0x22, 0, 4, 's', 'i', 'm', '!'};

    if (lies(world, FAULT_MUTE) || len == 0) return 0;
    if (lies(world, FAULT_WRONG_ID)) bytes[19] ^= 1;
    if (lies(world, FAULT_MOODY) && world->clients[request->owner].answer_len) bytes[len - 1] ^= 1;
    if (!lies(world, FAULT_VERBOSE)) return len;
    memcpy(bytes + len, software, sizeof software);
    bytes[3] = (uint8_t)(bytes[3] + sizeof software);
    return len + sizeof software;
}

size_t subject_serve(struct world *world, struct place *place, const struct datagram *request,
                     uint8_t *ret_bytes)
{
    uint8_t bytes[PACKET_MAX];
    struct srflx_packet packet = {.bytes = {bytes, request->len},
                                  .from = request->from,
                                  .to = request->to,
                                  .transport = transport_of(world)};
    struct srflx_reply reply = {.buf = ret_bytes, .cap = PACKET_MAX};
    struct srflx_time now = {world->now_ns, prng_next(&world->wall)};

    memcpy(bytes, request->bytes, request->len);
    twist_request(world, &packet, bytes);
    srflx_server_handle(world->server, place->worker, &packet, now, &reply);
    if (lies(world, FAULT_COUNTS_TWICE))
        srflx_server_handle(world->server, place->worker, &packet, now, &reply);
    return twist_reply(world, request, ret_bytes, reply.len);
}
