#include "sim.h"

#include <srflx/addr.h>
#include <srflx/writer.h>

#include <string.h>

static uint64_t ns(uint64_t ms)
{
    return ms * 1000000;
}

static struct srflx_time now_of(const struct world *world)
{
    return (struct srflx_time){world->now_ns, 0};
}

/* ---- the schedule, as the RFCs put it ---- */

/* From the request with this number, counted from 1, to the next one. */
static uint64_t interval_ms(const struct srflx_transaction_options *options, unsigned number)
{
    uint64_t ms = (uint64_t)options->rto_ms << (number - 1);

    return options->rto_max_ms && ms > options->rto_max_ms ? options->rto_max_ms : ms;
}

/* From the start to the request with this number. */
static uint64_t send_ms(const struct srflx_transaction_options *options, unsigned number)
{
    uint64_t ms = 0;
    unsigned i;

    for (i = 1; i < number; i++)
        ms += interval_ms(options, i);
    return ms;
}

static uint64_t fail_ms(const struct srflx_transaction_options *options)
{
    uint64_t ms = send_ms(options, options->rc) + (uint64_t)options->rm * options->rto_ms;

    return options->limit_ms && ms > options->limit_ms ? options->limit_ms : ms;
}

/* ---- rules ---- */

/* spec: R8489-5-09 R8489-5-10 R8489-6.2.1-12 R8489-6.3.4-05 R8489-6.3.4-06 */
static void check_request(struct world *world, unsigned number, const struct srflx_event *event)
{
    const struct srflx_transaction_options *options = &world->options;
    struct client *c = &world->clients[number];
    bool troubled = world->scenario->server == SERVER_TROUBLED;

    if (!c->running) world_fail(world, number, "nothing is sent after the end");
    if (event->bytes.ptr != c->request || event->bytes.len != sizeof c->request)
        world_fail(world, number, "every request is the same bytes");
    if (!srflx_addr_equal(&event->to, &world->server_addr))
        world_fail(world, number, "every request goes to the server");
    if (event->sent != c->sent) world_fail(world, number, "requests are counted");
    if (c->sent > options->rc * (troubled ? 1 + options->max_resends : 1))
        world_fail(world, number, "at most rc requests, and as many for each resend");
}

/* When resends may come in between, all that is known is the least interval.
 * spec: R8489-6.2.1-02 R8489-6.2.1-16 R3489-9.3-07 R6298-5-01 */
static void check_send_time(struct world *world, unsigned number)
{
    const struct srflx_transaction_options *options = &world->options;
    struct client *c = &world->clients[number];
    uint64_t gap_ns = world->now_ns - c->sent_ns;

    if (c->sent > 1 && gap_ns < ns(options->rto_ms))
        world_fail(world, number, "no request less than an RTO behind the one before");
    if (world->scenario->server == SERVER_TROUBLED) return;
    if (c->sent > 1 && gap_ns < ns(interval_ms(options, c->sent - 1)))
        world_fail(world, number, "no request before its interval has passed");
    if (world->scenario->late_ms == 0 &&
        world->now_ns != c->started_ns + ns(send_ms(options, c->sent)))
        world_fail(world, number, "requests leave when the schedule says so");
}

/* spec: R8489-6.2.1-14 R8489-6.2.1-16 R3489-9.3-08 */
static void check_timeout(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    uint64_t expected = c->started_ns + ns(fail_ms(&world->options));

    if (world->scenario->server == SERVER_TROUBLED && c->refused)
        expected = c->sent_ns + ns((uint64_t)world->options.rm * world->options.rto_ms);
    if (world->now_ns < expected || (world->scenario->late_ms == 0 && world->now_ns != expected))
        world_fail(world, number, "a transaction fails when the schedule says so");
    world->seen |= SEEN_TIMEOUT;
}

/* spec: R8489-6.2.1-17 R8489-6.3.4-05 R8489-6.3.4-06 */
static void check_failure(struct world *world, unsigned number, const struct srflx_event *event)
{
    struct client *c = &world->clients[number];

    switch (event->error) {
    case SRFLX_ERROR_TIMEOUT:
        check_timeout(world, number);
        break;
    case SRFLX_ERROR_UNREACHABLE:
        if (world->scenario->server != SERVER_CLOSED)
            world_fail(world, number, "unreachable only where the network says so");
        world->seen |= SEEN_UNREACHABLE;
        break;
    case SRFLX_ERROR_REJECTED:
        if (event->code != 500 || c->refused < 1 + world->options.max_resends)
            world_fail(world, number, "rejected only after the resends are used up");
        world->seen |= SEEN_REJECTED;
        break;
    default:
        world_fail(world, number, "no other failure happens here");
    }
}

/* `cause` is the datagram that was fed last, NULL if it was no datagram.
 * spec: R8489-6.3.1.1-07 R8489-6.2.1-08 R8489-6.2.1-09 R5389-12.1-02 */
static void check_answer(struct world *world, unsigned number, const struct srflx_event *event,
                         const struct datagram *cause)
{
    struct client *c = &world->clients[number];

    world->seen |= SEEN_ANSWER;
    if (!cause || cause->forged || cause->owner != number) {
        world_fail(world, number, "success comes from the server's own answer");
        return;
    }
    if (!srflx_addr_equal(&event->mapped, &cause->mapped))
        world_fail(world, number, "the mapped address is the one that the NAT gave");
    if (event->rtt_ns != world->now_ns - c->sent_ns)
        world_fail(world, number, "the time is that since the last request");
    if (event->rtt_is_sample != (c->sent == 1))
        world_fail(world, number, "a request sent once gives a sample, others none");
}

/* ---- what happens ---- */

static void on_send(struct world *world, unsigned number, const struct srflx_event *event)
{
    struct client *c = &world->clients[number];

    c->sent++;
    if (c->sent > 1) world->seen |= SEEN_RESENT;
    world_note(world, number, "request leaves, number", c->sent);
    check_request(world, number, event);
    check_send_time(world, number);
    c->sent_ns = world->now_ns;
    network_send(world, number, event->bytes);
}

static void on_end(struct world *world, unsigned number, const struct srflx_event *event,
                   const struct datagram *cause)
{
    struct client *c = &world->clients[number];

    c->running = false;
    c->ends++;
    if (event->kind == SRFLX_EVENT_ANSWER) {
        world_note(world, number, "answered, mapped port", event->mapped.port);
        check_answer(world, number, event, cause);
    } else {
        world_note(world, number, srflx_error_text(event->error), event->code);
        check_failure(world, number, event);
    }
    if (srflx_transaction_next_deadline(c->transaction) != UINT64_MAX)
        world_fail(world, number, "nothing is due after the end");
}

/* Takes the events, and comes back at the deadline, or a little later. */
static void drain(struct world *world, unsigned number, const struct datagram *cause)
{
    struct client *c = &world->clients[number];
    struct moment tick = {.kind = MOMENT_TICK, .client = number};
    struct srflx_event event;
    uint64_t deadline;

    while (srflx_transaction_next_event(c->transaction, &event)) {
        if (event.kind == SRFLX_EVENT_SEND)
            on_send(world, number, &event);
        else
            on_end(world, number, &event, cause);
    }
    deadline = srflx_transaction_next_deadline(c->transaction);
    if (deadline == UINT64_MAX || deadline == c->deadline_ns) return;
    c->deadline_ns = deadline;
    tick.at_ns = deadline + prng_between(&world->prng, 0, ns(world->scenario->late_ms));
    timeline_add(&world->timeline, &tick);
}

void client_init(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_writer w;
    struct srflx_view bytes;
    struct srflx_id id;

    memset(c, 0, sizeof *c);
    if (world->scenario->server == SERVER_TROUBLED)
        c->refusals = (unsigned)prng_between(&world->prng, 0, 8);
    srflx_id_draw(prng_fill, &world->prng, world->scenario->classic, &id);
    srflx_writer_begin(&w, c->request, sizeof c->request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (srflx_writer_finish(&w, &bytes) ||
        srflx_transaction_init(&c->memory, sizeof c->memory, &world->options, &c->transaction))
        world_fail(world, number, "a client can be made");
}

void client_start(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_view request = {c->request, sizeof c->request};

    c->running = true;
    c->started_ns = world->now_ns;
    if (srflx_transaction_start(c->transaction, request, &world->server_addr, SRFLX_UDP,
                                now_of(world)))
        world_fail(world, number, "a transaction can be started");
    drain(world, number, NULL);
}

void client_tick(struct world *world, unsigned number)
{
    srflx_transaction_tick(world->clients[number].transaction, now_of(world));
    drain(world, number, NULL);
}

static bool is_refusal(const struct datagram *datagram)
{
    struct srflx_message m;

    return !srflx_message_parse((struct srflx_view){datagram->bytes, datagram->len}, &m) &&
           m.kind == SRFLX_ERROR;
}

/* Keeps the books about an answer to this client's request, or a forged one. */
static void note_arrival(struct world *world, unsigned number, const struct datagram *datagram)
{
    struct client *c = &world->clients[number];

    if (datagram->forged) {
        world_note(world, number, "forged answer comes", 0);
        if (c->running) world->seen |= SEEN_FORGED;
        return;
    }
    world_note(world, number, is_refusal(datagram) ? "error 500 comes" : "success comes", 0);
    if (!c->running) world->seen |= SEEN_LATE;
    if (c->running && is_refusal(datagram)) c->refused++;
}

/* A transaction takes the server's answers to its own request while it runs, and no other datagram;
 * the first success ends it.
 * spec: R8489-6.2-01 R8489-6.2.1-12 R8489-6.3-06 R5389-12.1-04 */
void client_feed(struct world *world, unsigned number, const struct datagram *datagram)
{
    struct client *c = &world->clients[number];
    struct srflx_packet packet = {.bytes = {datagram->bytes, datagram->len},
                                  .from = datagram->from,
                                  .to = host_of(world, number)->local,
                                  .transport = SRFLX_UDP};
    bool expected = !datagram->forged && datagram->owner == number && c->running;

    if (datagram->owner == number) note_arrival(world, number, datagram);
    if (srflx_transaction_feed(c->transaction, &packet, now_of(world)) != expected)
        world_fail(world, number, "own answers are taken while it runs, and no others");
    drain(world, number, datagram);
    if (expected && !is_refusal(datagram) && c->running)
        world_fail(world, number, "the first success ends the transaction");
}

void client_unreachable(struct world *world, unsigned number)
{
    world_note(world, number, "ICMP error comes", 0);
    srflx_transaction_unreachable(world->clients[number].transaction, now_of(world));
    drain(world, number, NULL);
}

void client_check_end(struct world *world, unsigned number)
{
    if (world->clients[number].ends != 1)
        world_fail(world, number, "every transaction ends exactly once");
}
