#include "sim.h"

#include <srflx/addr.h>
#include <srflx/writer.h>

#include <string.h>

static const struct srflx_view no_phrase;

/* Memory for one worker or server. */
union memory {
    uint8_t bytes[65536];
    max_align_t align;
};

static int make_place(struct world *world, unsigned number)
{
    static union memory memory[SERVERS];
    struct place *place = &world->places[number];

    place->addr = world_addr(world->scenario->ipv6, NET_SERVERS, (uint8_t)(number + 1), 3478);
    place->prng.state = world->run.seed + number;
    return srflx_worker_init(&memory[number], sizeof memory[number], prng_fill, &place->prng,
                             &place->worker);
}

void servers_make(struct world *world)
{
    static union memory memory;
    struct srflx_server_config config;
    unsigned i;
    int error;

    srflx_server_config_defaults(&config);
    error = srflx_server_init(&memory, sizeof memory, &config, &world->server);
    for (i = 0; i < SERVERS && !error; i++)
        error = make_place(world, i);
    world_hold(world, 0, RULE_MADE, error == 0);
}

unsigned server_place(const struct world *world)
{
    return has_come(world, world->scenario->move_ms) ? 1 : 0;
}

/* ---- rules ---- */

static bool has_type(const uint8_t *bytes, uint16_t type)
{
    return bytes[0] == type >> 8 && bytes[1] == (type & 0xff);
}

static bool is_request(const struct datagram *d)
{
    return d->len >= SRFLX_HEADER_SIZE && (d->bytes[0] & 0x01) == 0 && (d->bytes[1] & 0x10) == 0;
}

/* The table of sizes: an address with the cookie, two without it, an ERROR-CODE without a phrase,
 * a list of as many types as the request has room for; FINGERPRINT for FINGERPRINT. */
static size_t most_bytes(const struct datagram *request, bool is_success)
{
    size_t types = (request->len - SRFLX_HEADER_SIZE) / 4;
    size_t address = request->from.family == SRFLX_IPV6 ? 24 : 12;
    size_t list = types ? 4 + (types + 1) / 2 * 4 : 0;
    size_t fingerprint = request->len >= SRFLX_HEADER_SIZE + 8 ? 8 : 0;

    if (!is_success) return SRFLX_HEADER_SIZE + 8 + list + fingerprint;
    if (memcmp(request->bytes + 4, "\x21\x12\xa4\x42", 4) != 0) address *= 2;
    return SRFLX_HEADER_SIZE + address + fingerprint;
}

/* Binding is idempotent. spec: R8489-6.3.1-02 R8489-6.3.1-05 */
static void check_alike(struct world *world, const struct datagram *request,
                        const struct datagram *answer)
{
    struct client *c = &world->clients[request->owner];
    bool again = c->answer_len && c->asked.len == request->len &&
                 memcmp(c->asked.bytes, request->bytes, request->len) == 0 &&
                 srflx_addr_equal(&c->asked.from, &request->from) &&
                 srflx_addr_equal(&c->asked.to, &request->to);

    if (again)
        world_hold(world, request->owner, RULE_SERVER_ALIKE,
                   c->answer_len == answer->len &&
                       memcmp(c->answer, answer->bytes, answer->len) == 0);
    c->asked = *request;
    c->answer_len = answer->len;
    memcpy(c->answer, answer->bytes, answer->len);
}

/* spec: R8489-6.3-05 R8489-6.3.1.1-01 R8489-6.3.2-02 */
static void check_answer(struct world *world, const struct datagram *request,
                         const struct datagram *answer)
{
    unsigned owner = request->owner;
    bool is_success = has_type(answer->bytes, 0x0101);
    bool is_error = has_type(answer->bytes, 0x0111);

    world_hold(world, owner, RULE_SERVER_REQUESTS, is_request(request));
    world_hold(world, owner, RULE_SERVER_SELF, !srflx_addr_equal(&request->from, &request->to));
    if (world->broken) return;
    world_hold(world, owner, RULE_SERVER_HEADER,
               (is_success || is_error) && memcmp(answer->bytes + 4, request->bytes + 4, 16) == 0);
    world_hold(world, owner, RULE_SERVER_SIZE, answer->len <= most_bytes(request, is_success));
    check_alike(world, request, answer);
}

/* ---- answering ---- */

/* A server in trouble, or one that sends its clients away. */
static void refuse(struct world *world, const struct datagram *request, struct datagram *answer)
{
    struct srflx_view bytes = {request->bytes, request->len};
    struct srflx_message m;
    struct srflx_writer w;

    answer->code = world->scenario->refusal ? world->scenario->refusal : 500;
    if (!world_hold(world, request->owner, RULE_MADE, !srflx_message_parse(bytes, &m))) return;
    srflx_writer_reply(&w, answer->bytes, sizeof answer->bytes, &m, SRFLX_ERROR);
    srflx_put_error(&w, answer->code, no_phrase);
    if (world_hold(world, request->owner, RULE_MADE, !srflx_writer_finish(&w, &bytes)))
        answer->len = bytes.len;
}

/* A server of RFC 3489 takes the cookie for part of the id. */
static void answer_of_old(struct world *world, const struct datagram *request,
                          struct datagram *answer)
{
    struct srflx_writer w;
    struct srflx_view bytes;
    struct srflx_id id;

    memcpy(id.bytes, request->bytes + 4, sizeof id.bytes);
    srflx_writer_begin(&w, answer->bytes, sizeof answer->bytes,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_SUCCESS), &id);
    srflx_put_addr(&w, SRFLX_ATTR_MAPPED_ADDRESS, &request->from);
    srflx_put_addr(&w, SRFLX_ATTR_SOURCE_ADDRESS, &request->to);
    srflx_put_addr(&w, SRFLX_ATTR_CHANGED_ADDRESS, &request->to);
    if (world_hold(world, request->owner, RULE_MADE, !srflx_writer_finish(&w, &bytes)))
        answer->len = bytes.len;
}

static void answer_of_ours(struct world *world, struct place *place, const struct datagram *request,
                           struct datagram *answer)
{
    bool is_sound = request->origin == FROM_CLIENT && !request->damaged;

    answer->len = subject_serve(world, place, request, answer->bytes);
    place->packets++;
    place->bytes_in += request->len;
    place->bytes_out += answer->len;
    if (is_sound) world_hold(world, request->owner, RULE_SERVER_ANSWERS, answer->len > 0);
    if (!answer->len) return;
    if (has_type(answer->bytes, 0x0111)) answer->code = 420;
    check_answer(world, request, answer);
}

static void answer(struct world *world, struct place *place, const struct datagram *request,
                   enum scenario_server server)
{
    struct client *client = &world->clients[request->owner];
    struct datagram d = {.origin = FROM_SERVER, .owner = request->owner, .turn = request->turn};

    d.from = world->scenario->from_elsewhere ? world->places[1].addr : request->to;
    d.to = request->from;
    d.mapped = request->from;
    if (request->origin == FROM_CLIENT && client->turn == request->turn && client->refusals) {
        client->refusals--;
        refuse(world, request, &d);
    } else if (server == SERVER_OLD) {
        answer_of_old(world, request, &d);
    } else {
        answer_of_ours(world, place, request, &d);
    }
    if (d.len) {
        world_note(world, request->owner,
                   d.code ? "the server refuses, code" : "the server answers", d.code);
        network_carry(world, BACK, &d,
                      world->now_ns + world_draw_ns(world, world->scenario->service_ms));
        return;
    }
    world_note(world, request->owner, "the server has no answer", 0);
    world->seen |= SEEN_IGNORED;
}

/* ---- what comes ---- */

static void return_hard_error(struct world *world, const struct datagram *request)
{
    struct moment error = {.kind = MOMENT_HARD_ERROR, .client = request->owner};

    error.turn = request->turn;
    error.at_ns = world->now_ns + world_draw_ns(world, world->scenario->delay_ms);
    timeline_add(world->timeline, &error);
}

static enum scenario_server doing_now(const struct world *world, unsigned place)
{
    const struct scenario *s = world->scenario;

    if (s->move_ms && place != server_place(world)) return SERVER_SILENT;
    if (s->at_first_ms && !has_come(world, s->at_first_ms)) return s->at_first;
    return s->server;
}

bool server_receives(struct world *world, const struct datagram *datagram)
{
    unsigned i = 0;

    while (i < SERVERS && !srflx_addr_equal(&world->places[i].addr, &datagram->to))
        i++;
    if (i == SERVERS) return false;
    switch (doing_now(world, i)) {
    case SERVER_SILENT:
        world_note(world, datagram->owner, "a silent server has a request", 0);
        break;
    case SERVER_CLOSED:
        return_hard_error(world, datagram);
        break;
    default:
        answer(world, &world->places[i], datagram, doing_now(world, i));
    }
    return true;
}

static void check_counters(struct world *world, const struct place *place)
{
    struct srflx_counters counted;
    uint64_t packets = 0;
    unsigned i;

    srflx_worker_counters(place->worker, &counted);
    for (i = 0; i < SRFLX_VERDICT_COUNT; i++)
        packets += counted.verdicts[i];
    world_hold(world, 0, RULE_SERVER_COUNTS,
               packets == place->packets && counted.bytes_in == place->bytes_in &&
                   counted.bytes_out == place->bytes_out);
}

void server_check_end(struct world *world)
{
    unsigned i;

    for (i = 0; i < SERVERS; i++)
        check_counters(world, &world->places[i]);
}
