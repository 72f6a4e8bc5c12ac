#include "sim.h"

#include <srflx/writer.h>

#include <string.h>

static uint64_t ms_between(struct world *world, const uint32_t range[2])
{
    return prng_between(&world->prng, range[0] * 1000000ull, range[1] * 1000000ull);
}

/* Puts a datagram on the line: lost, late, twice or plain. */
static void carry(struct world *world, enum moment_kind arrival, const struct datagram *datagram,
                  uint64_t leaves_ns)
{
    const struct scenario *s = world->scenario;
    const char *lost = arrival == MOMENT_AT_SERVER ? "request is lost" : "answer is lost";
    unsigned copies = prng_chance(&world->prng, s->duplicate) ? 2 : 1;

    for (; copies > 0; copies--) {
        struct moment moment = {.kind = arrival, .client = datagram->owner, .datagram = *datagram};

        if (prng_chance(&world->prng, s->loss)) {
            world_note(world, datagram->owner, lost, 0);
            continue;
        }
        moment.at_ns = leaves_ns + ms_between(world, s->delay_ms);
        if (prng_chance(&world->prng, s->reorder))
            moment.at_ns += prng_between(&world->prng, 0, 1000000000);
        timeline_add(&world->timeline, &moment);
    }
}

/* ---- strangers ---- */

enum forgery {
    FORGED_PORT,        /* right in all but the source port */
    FORGED_ADDRESS,     /* right in all but the source address */
    FORGED_ID,          /* right in all but one bit of the id */
    FORGED_KIND,        /* an indication */
    FORGED_METHOD,      /* another method's answer */
    FORGED_LENGTH,      /* cut off */
    FORGED_FINGERPRINT, /* a wrong checksum; the last one, as RFC 3489 has none */
    FORGERIES
};

static uint16_t forged_type(enum forgery forgery)
{
    if (forgery == FORGED_KIND) return srflx_type(SRFLX_METHOD_BINDING, SRFLX_INDICATION);
    if (forgery == FORGED_METHOD) return srflx_type(SRFLX_METHOD_SHARED_SECRET, SRFLX_SUCCESS);
    return srflx_type(SRFLX_METHOD_BINDING, SRFLX_SUCCESS);
}

static void forge(struct world *world, const struct datagram *request, enum forgery forgery)
{
    static const struct srflx_addr lie = {{203, 0, 113, 66}, 0, 666, SRFLX_IPV4};
    struct datagram d = {.from = request->to, .to = request->from, .owner = request->owner};
    struct srflx_view bytes;
    struct srflx_writer w;
    struct srflx_id id;

    d.forged = true;
    memcpy(id.bytes, request->bytes + 4, sizeof id.bytes);
    if (forgery == FORGED_ID) id.bytes[prng_between(&world->prng, 4, 15)] ^= 0x10;
    if (forgery == FORGED_PORT) d.from.port++;
    if (forgery == FORGED_ADDRESS) d.from.ip[3] ^= 1;
    srflx_writer_begin(&w, d.bytes, sizeof d.bytes, forged_type(forgery), &id);
    srflx_put_addr(&w, SRFLX_ATTR_MAPPED_ADDRESS, &lie);
    if (forgery == FORGED_FINGERPRINT) srflx_put_u32(&w, SRFLX_ATTR_FINGERPRINT, 0x01020304);
    if (srflx_writer_finish(&w, &bytes))
        world_fail(world, d.owner, "a forged answer is not written");
    d.len = forgery == FORGED_LENGTH ? bytes.len - 4 : bytes.len;
    carry(world, MOMENT_AT_HOST, &d, world->now_ns);
}

/* ---- the way there ---- */

static void pass_nat(struct world *world, unsigned client)
{
    if (!prng_chance(&world->prng, world->scenario->rebind)) return;
    host_of(world, client)->mapped.port++;
    world_note(world, client, "new mapping, port", host_of(world, client)->mapped.port);
}

void network_send(struct world *world, unsigned client, struct srflx_view request)
{
    struct datagram d = {.to = world->server_addr, .owner = client, .len = request.len};

    pass_nat(world, client);
    d.from = host_of(world, client)->mapped;
    memcpy(d.bytes, request.ptr, request.len);
    carry(world, MOMENT_AT_SERVER, &d, world->now_ns);
    if (prng_chance(&world->prng, world->scenario->forge)) {
        unsigned kinds = world->scenario->classic ? FORGED_FINGERPRINT : FORGERIES;

        forge(world, &d, (enum forgery)prng_between(&world->prng, 0, kinds - 1));
    }
}

/* ---- the server, and the way back ---- */

static size_t refuse(const struct datagram *request, uint8_t *ret_bytes, size_t cap)
{
    struct srflx_message m;
    struct srflx_view bytes;
    struct srflx_writer w;

    if (srflx_message_parse((struct srflx_view){request->bytes, request->len}, &m)) return 0;
    srflx_writer_reply(&w, ret_bytes, cap, &m, SRFLX_ERROR);
    srflx_put_error(&w, 500, (struct srflx_view){NULL, 0});
    return srflx_writer_finish(&w, &bytes) ? 0 : bytes.len;
}

static size_t serve(struct world *world, const struct datagram *request, uint8_t *ret_bytes,
                    size_t cap)
{
    struct srflx_packet packet = {.bytes = {request->bytes, request->len},
                                  .from = request->from,
                                  .to = request->to,
                                  .transport = SRFLX_UDP};
    struct srflx_reply reply = {.buf = ret_bytes, .cap = cap};

    srflx_server_handle(world->server, world->worker, &packet,
                        (struct srflx_time){world->now_ns, 0}, &reply);
    return reply.len;
}

static void answer(struct world *world, const struct datagram *request)
{
    struct client *client = &world->clients[request->owner];
    struct datagram d = {.from = request->to, .to = request->from, .mapped = request->from};

    d.owner = request->owner;
    if (client->refusals > 0) {
        client->refusals--;
        d.len = refuse(request, d.bytes, sizeof d.bytes);
    } else {
        d.len = serve(world, request, d.bytes, sizeof d.bytes);
    }
    if (d.len == 0) world_fail(world, d.owner, "the server answers every request");
    carry(world, MOMENT_AT_HOST, &d,
          world->now_ns + ms_between(world, world->scenario->service_ms));
}

void network_at_server(struct world *world, const struct datagram *datagram)
{
    struct moment icmp = {.kind = MOMENT_UNREACHABLE, .client = datagram->owner};

    switch (world->scenario->server) {
    case SERVER_SILENT:
        return;
    case SERVER_CLOSED:
        icmp.at_ns = world->now_ns + ms_between(world, world->scenario->delay_ms);
        timeline_add(&world->timeline, &icmp);
        return;
    default:
        answer(world, datagram);
    }
}
