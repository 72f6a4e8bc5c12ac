#include "sim.h"

#include <srflx/addr.h>
#include <srflx/writer.h>

#include <string.h>

static void saw(struct world *world, unsigned seen)
{
    world->seen |= seen;
}

/* ---- rules about events ---- */

static enum act act_of(const struct srflx_event *event)
{
    if (event->kind == SRFLX_EVENT_SEND) return ACT_SEND;
    if (event->kind == SRFLX_EVENT_ANSWER) return ACT_ANSWER;
    switch (event->error) {
    case SRFLX_ERROR_TIMEOUT:
        return ACT_TIMEOUT;
    case SRFLX_ERROR_UNREACHABLE:
        return ACT_UNREACHABLE;
    case SRFLX_ERROR_REJECTED:
        return ACT_REJECTED;
    default:
        return ACT_RESPONSE;
    }
}

/* The rule that is broken when this is done and that is due. */
static enum rule rule_against(const struct client *c, enum act done, enum act due)
{
    static const enum rule rules[] = {
        [ACT_ANSWER] = RULE_SUCCESS,    [ACT_TIMEOUT] = RULE_TIMEOUT,
        [ACT_REJECTED] = RULE_REJECTED, [ACT_UNREACHABLE] = RULE_UNREACHABLE,
        [ACT_RESPONSE] = RULE_RESPONSE,
    };

    if (done == ACT_SEND && due == ACT_TIMEOUT) return RULE_REQUEST_TOO_MANY;
    if (!c->schedule.running) return done == ACT_SEND ? RULE_REQUEST_AFTER_END : RULE_END_ONCE;
    return done == ACT_SEND ? RULE_REQUEST_EARLY : rules[done];
}

/* Where nothing was late, and no option is in play.
 * spec: R8489-6.2.1-02 R8489-6.2.1-14 R8489-6.2.1-16 R8489-6.2.2-05 R3489-9.3-07 R3489-9.3-08 */
static void check_table(struct world *world, unsigned number, uint32_t table_ms)
{
    const struct scenario *s = world->scenario;
    const struct client *c = &world->clients[number];
    const struct srflx_transaction_options *o = &s->options;
    bool is_plain = !s->cache && !o->rto_ms && !o->rto_max_ms && !o->rc && !o->rm && !o->ti_ms;

    if (!c->schedule.on_time || !is_plain) return;
    if (o->limit_ms && table_ms > o->limit_ms) table_ms = o->limit_ms;
    world_hold(world, number, RULE_TABLE,
               clock_of(world, number) == c->schedule.start_ns + ms_to_ns(table_ms));
}

/* spec: R8489-5-09 R8489-5-10 R8489-6.2.1-12 R8489-6.2.2-04 R8489-6.3.4-05 */
static void check_request(struct world *world, unsigned number, const struct srflx_event *event)
{
    const struct client *c = &world->clients[number];

    world_hold(world, number, RULE_REQUEST_BYTES,
               event->bytes.len == c->request_len &&
                   memcmp(event->bytes.ptr, c->request, c->request_len) == 0);
    world_hold(world, number, RULE_REQUEST_TARGET, srflx_addr_equal(&event->to, &c->server));
    world_hold(world, number, RULE_REQUEST_COUNT, event->sent == c->schedule.sent + 1);
    check_table(world, number, schedule_table_send_ms(world->scenario->classic, event->sent));
}

/* spec: R8489-6.2.1-08 R8489-6.2.1-09 R8489-6.3.1.1-07 R8489-6.3.3-04 R5389-12.1-02 */
static void check_success(struct world *world, unsigned number, const struct srflx_event *event,
                          const struct datagram *cause)
{
    const struct schedule *schedule = &world->clients[number].schedule;
    bool is_right = srflx_addr_equal(&event->mapped, &cause->mapped);

    if (!is_right && world->scenario->gullible)
        saw(world, SEEN_MISLED);
    else
        world_hold(world, number, RULE_MAPPED, is_right);
    world_hold(world, number, RULE_RTT,
               event->rtt_ns == clock_of(world, number) - schedule->sent_ns);
    world_hold(world, number, RULE_SAMPLE, event->rtt_is_sample == (schedule->sent == 1));
    if (!schedule->paused)
        world_hold(world, number, RULE_INTERVAL,
                   event->interval_ns == schedule_interval_ns(schedule));
}

/* ---- taking events ---- */

static void take_request(struct world *world, unsigned number, const struct srflx_event *event)
{
    struct client *c = &world->clients[number];

    check_request(world, number, event);
    schedule_sent(&c->schedule, clock_of(world, number));
    world_note(world, number, "request leaves, number", c->schedule.sent);
    if (c->schedule.sent > 1) saw(world, SEEN_RESENT);
    network_send(world, number, event->bytes);
}

/* spec: R8489-6.2.1-03 R8489-6.2.1-08 R8489-6.2.1-10 */
static void learn(struct world *world, unsigned number, const struct srflx_event *event)
{
    struct estimate *estimate = &world->estimates[world->clients[number].place];
    uint64_t now = clock_of(world, number);

    subject_learn(world, number, event);
    if (event->rtt_is_sample)
        estimate_sample(estimate, (double)event->rtt_ns / 1e6, now);
    else
        estimate_back_off(estimate, (double)event->interval_ns / 1e6, now);
}

static void take_success(struct world *world, unsigned number, const struct srflx_event *event,
                         const struct datagram *cause)
{
    world_note(world, number, "answered, mapped port", event->mapped.port);
    saw(world, SEEN_ANSWER);
    check_success(world, number, event, cause);
    if (world->scenario->cache) learn(world, number, event);
}

static void take_failure(struct world *world, unsigned number, const struct srflx_event *event)
{
    static const unsigned seen[] = {
        [ACT_TIMEOUT] = SEEN_TIMEOUT,
        [ACT_UNREACHABLE] = SEEN_UNREACHABLE,
        [ACT_REJECTED] = SEEN_REJECTED,
        [ACT_RESPONSE] = SEEN_RESPONSE,
    };
    enum act act = act_of(event);

    world_note(world, number, srflx_error_text(event->error), event->code);
    saw(world, seen[act]);
    if (act == ACT_TIMEOUT)
        check_table(world, number, schedule_table_fail_ms(world->scenario->classic));
    if (act == ACT_REJECTED)
        world_hold(world, number, RULE_CODE, event->code == world->clients[number].code);
}

static void plan_next_turn(struct world *world, unsigned number)
{
    const uint32_t pause_ms[2] = {0, world->scenario->pause_ms};
    struct moment start = {.kind = MOMENT_START, .client = number};

    if (world->clients[number].turn >= world->scenario->turns) return;
    if (world->run.fault == FAULT_NEVER_STARTS_AGAIN) return;
    start.at_ns = world->now_ns + world_draw_ns(world, pause_ms);
    timeline_add(world->timeline, &start);
}

static void take_event(struct world *world, unsigned number, const struct srflx_event *event,
                       const struct datagram *cause)
{
    struct client *c = &world->clients[number];

    if (event->kind == SRFLX_EVENT_SEND) {
        take_request(world, number, event);
        return;
    }
    if (event->kind == SRFLX_EVENT_ANSWER)
        take_success(world, number, event, cause);
    else
        take_failure(world, number, event);
    schedule_end(&c->schedule);
    c->ends++;
    plan_next_turn(world, number);
}

/* ---- deadlines ---- */

static void check_deadline(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    uint64_t deadline = subject_deadline(world, number);
    bool same_round = c->schedule.sent > 1 && c->tries == c->schedule.tries;

    if (!c->schedule.running) {
        world_hold(world, number, RULE_DEADLINE_IDLE, deadline == UINT64_MAX);
        return;
    }
    if (same_round) world_hold(world, number, RULE_DEADLINE_BACK, deadline >= c->deadline_ns);
    world_hold(world, number, RULE_DEADLINE, deadline == schedule_deadline(&c->schedule));
    c->deadline_ns = deadline;
    c->tries = c->schedule.tries;
}

/* One tick for the deadline, or a little later, and sometimes one that nobody needs before it. Those
 * that are planned already come too: a tick too many does no harm. */
static void plan_tick(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    const uint32_t late_ms[2] = {0, world->scenario->late_ms};
    struct moment tick = {.kind = MOMENT_TICK, .client = number};
    uint64_t now = clock_of(world, number);
    uint64_t wait = c->deadline_ns > now ? c->deadline_ns - now : 0;

    if (!c->schedule.running) return;
    if (c->tick_for_ns == c->deadline_ns && c->tick_ns > world->now_ns) return;
    c->tick_for_ns = c->deadline_ns;
    c->tick_ns = world->now_ns + wait + world_draw_ns(world, late_ms);
    tick.at_ns = c->tick_ns;
    timeline_add(world->timeline, &tick);
    if (!prng_chance(&world->prng, 25)) return;
    tick.at_ns = world->now_ns + prng_between(&world->prng, 0, wait);
    timeline_add(world->timeline, &tick);
}

/* Behind every call: takes the events, which must be what is due, and looks at the deadline. `cause`
 * is the datagram that was fed, if it was taken. */
static void follow(struct world *world, unsigned number, enum act due, const struct datagram *cause)
{
    struct client *c = &world->clients[number];
    struct srflx_event event;

    while (!world->broken && subject_next_event(world, number, &event)) {
        enum act done = act_of(&event);

        if (done != due && due != ACT_ANY) {
            world_break(world, number, rule_against(c, done, due));
            return;
        }
        take_event(world, number, &event, cause);
        due = ACT_NONE;
    }
    world_hold(world, number, cause ? RULE_ENDS : RULE_PROGRESS, due == ACT_NONE || due == ACT_ANY);
    if (world->broken) return;
    check_deadline(world, number);
    plan_tick(world, number);
}

/* ---- beginning ---- */

static void replace_options(struct srflx_transaction_options *o, const struct scenario *s)
{
    if (s->options.rto_ms) o->rto_ms = s->options.rto_ms;
    if (s->options.rto_max_ms) o->rto_max_ms = s->options.rto_max_ms;
    if (s->options.rc) o->rc = s->options.rc;
    if (s->options.rm) o->rm = s->options.rm;
    if (s->options.ti_ms) o->ti_ms = s->options.ti_ms;
    if (s->options.limit_ms) o->limit_ms = s->options.limit_ms;
    if (s->options.max_resends) o->max_resends = s->options.max_resends;
    if (s->no_resends) o->max_resends = 0;
}

/* The RTO is rounded up to the millisecond; a millisecond more is for floating point.
 * spec: R8489-6.2.1-06 R8489-6.2.1-07 R8489-6.2.1-11 R6298-2-01 R6298-2-02 R6298-2-03 */
static void take_estimate(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    double expected = estimate_rto_ms(&world->estimates[c->place], clock_of(world, number));

    c->options.rto_ms = subject_rto_ms(world, number);
    world_hold(world, number, RULE_ESTIMATE,
               c->options.rto_ms > expected - 0.001 && c->options.rto_ms < expected + 1.001);
}

static void choose_options(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];

    if (world->scenario->classic)
        srflx_transaction_options_classic(&c->options);
    else
        srflx_transaction_options_defaults(&c->options);
    replace_options(&c->options, world->scenario);
    if (world->scenario->cache) take_estimate(world, number);
}

static void write_request(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_writer w;
    struct srflx_view bytes;

    c->old_id = c->id;
    srflx_id_draw(prng_fill, &world->prng, world->scenario->classic, &c->id);
    srflx_writer_begin(&w, c->request, sizeof c->request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &c->id);
    if (world->scenario->request == REQUEST_UNKNOWN_ATTRIBUTE)
        srflx_put_prepared(&w, (struct srflx_view){(const uint8_t *)"\x7f\xff\0\0", 4});
    if (world->scenario->request == REQUEST_FINGERPRINT) srflx_add_fingerprint(&w);
    if (world_hold(world, number, RULE_MADE, !srflx_writer_finish(&w, &bytes)))
        c->request_len = bytes.len;
}

void client_start(struct world *world, unsigned number)
{
    const uint32_t *refusals = world->scenario->refusals;
    struct client *c = &world->clients[number];

    c->turn++;
    c->place = server_place(world);
    c->server = host_inside(world, &world->places[c->place].addr);
    c->refusals = (unsigned)prng_between(&world->prng, refusals[0], refusals[1]);
    c->tick_for_ns = 0;
    write_request(world, number);
    choose_options(world, number);
    schedule_start(&c->schedule, &c->options, is_stream(world), clock_of(world, number));
    if (!world_hold(world, number, RULE_MADE, subject_start(world, number) == 0)) return;
    follow(world, number, ACT_SEND, NULL);
}

/* ---- time ---- */

void client_tick(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    uint64_t now = clock_of(world, number);
    enum act due = schedule_at(&c->schedule, now);

    if (c->turn == 0) return;
    if (due != ACT_NONE && now > schedule_deadline(&c->schedule)) c->schedule.on_time = false;
    subject_tick(world, number);
    follow(world, number, due, NULL);
}

/* ---- datagrams ---- */

enum verdict { IGNORE, TAKE, EITHER };

/* Is it by its bytes an answer to the request, whoever wrote it? */
static bool is_answer(const struct client *c, const struct datagram *d)
{
    const uint8_t *b = d->bytes;

    if (d->len < SRFLX_HEADER_SIZE || d->len != SRFLX_HEADER_SIZE + (size_t)(b[2] << 8 | b[3]))
        return false;
    if (b[0] != 0x01 || (b[1] != 0x01 && b[1] != 0x11)) return false;
    return memcmp(b + 4, c->id.bytes, sizeof c->id.bytes) == 0;
}

/* A transaction takes the server's answers to its own request while it runs, and nothing else.
 * spec: R8489-6.2-01 R8489-6.3-06 R8489-6.3-07 R5389-12.1-04 */
static enum verdict judge(const struct world *world, const struct client *c,
                          const struct datagram *d)
{
    if (!c->schedule.running || !srflx_addr_equal(&d->from, &c->server)) return IGNORE;
    if (!is_answer(c, d) || d->origin != FROM_SERVER) return IGNORE;
    if (!d->damaged) return TAKE;
    return world->scenario->request == REQUEST_FINGERPRINT ? IGNORE : EITHER;
}

/* What the server's own answer leads to.
 * spec: R8489-6.3.4-02 R8489-6.3.4-03 R8489-6.3.4-04 */
static enum act due_on(struct world *world, unsigned number, const struct datagram *d)
{
    struct client *c = &world->clients[number];

    if (d->code == 0) return ACT_ANSWER;
    c->code = d->code;
    if (d->code / 100 != 5) return ACT_REJECTED;
    saw(world, SEEN_REFUSED);
    return schedule_trouble(&c->schedule, clock_of(world, number));
}

static void note_arrival(struct world *world, unsigned number, const struct datagram *d)
{
    const struct client *c = &world->clients[number];

    if (d->origin != FROM_SERVER) {
        world_note(world, number, "forged answer comes", 0);
        if (c->schedule.running) saw(world, SEEN_FORGED);
        return;
    }
    world_note(world, number, d->code ? "error comes, code" : "success comes", d->code);
    if (d->damaged) world_note(world, number, "... and is damaged", 0);
    if (d->damaged && c->schedule.running) saw(world, SEEN_DAMAGED);
    if (!c->schedule.running || d->turn != c->turn) saw(world, SEEN_LATE);
    if (c->schedule.running && d->turn != c->turn) saw(world, SEEN_STALE);
}

static struct srflx_packet packet_of(const struct world *world, const struct datagram *d)
{
    return (struct srflx_packet){.bytes = {d->bytes, d->len},
                                 .from = d->from,
                                 .to = d->to,
                                 .transport = transport_of(world)};
}

/* What is not taken leaves no trace. */
static void check_untouched(struct world *world, unsigned number)
{
    struct client *c = &world->clients[number];
    struct srflx_event event;
    bool is_same = !subject_next_event(world, number, &event);

    if (c->schedule.running) is_same &= subject_deadline(world, number) == c->deadline_ns;
    world_hold(world, number, RULE_UNTOUCHED, is_same);
}

/* spec: R8489-6.2.1-12 */
void client_feed(struct world *world, unsigned number, const struct datagram *d)
{
    struct client *c = &world->clients[number];
    struct srflx_packet packet = packet_of(world, d);
    enum verdict verdict = judge(world, c, d);
    bool taken;

    if (d->owner == number) note_arrival(world, number, d);
    if (c->turn == 0) return;
    taken = subject_feed(world, number, &packet);
    if (verdict == TAKE) world_hold(world, number, RULE_TAKES_OWN, taken);
    if (verdict == IGNORE) world_hold(world, number, RULE_TAKES_NO_OTHER, !taken);
    if (world->broken) return;
    if (!taken)
        check_untouched(world, number);
    else
        follow(world, number, verdict == TAKE ? due_on(world, number, d) : ACT_ANY, d);
}

/* The same for one of a hundred thousand, without notes. */
void client_flood(struct world *world, unsigned number, const struct datagram *d)
{
    struct srflx_packet packet = packet_of(world, d);

    if (!world->clients[number].schedule.running) return;
    world_hold(world, number, RULE_TAKES_NO_OTHER, !subject_feed(world, number, &packet));
    check_untouched(world, number);
}

/* ---- errors of the network ---- */

static bool is_about_this(const struct client *c, unsigned turn)
{
    return c->schedule.running && c->turn == turn;
}

/* The error quotes the datagram, so a driver knows which request it is about.
 * spec: R8489-6.2.1-17 */
void client_hard_error(struct world *world, unsigned number, unsigned turn)
{
    world_note(world, number, "hard error comes", 0);
    if (!is_about_this(&world->clients[number], turn)) return;
    subject_unreachable(world, number);
    follow(world, number, ACT_UNREACHABLE, NULL);
}

/* It wakes the driver, which finds nothing to do. */
void client_soft_error(struct world *world, unsigned number, unsigned turn)
{
    world_note(world, number, "soft error comes", 0);
    if (is_about_this(&world->clients[number], turn)) saw(world, SEEN_SOFT);
    client_tick(world, number);
}

/* ---- the end of the run ---- */

/* Compared with what the scenario says about the path, both ways. */
static void check_settled(struct world *world, unsigned number)
{
    const struct scenario *s = world->scenario;
    uint32_t rtt_ms = 2 * (s->later_ms ? s->later_delay_ms[1] : s->delay_ms[1]);
    uint32_t rto_ms = subject_rto_ms(world, number);

    world_hold(world, number, RULE_SETTLED, rto_ms >= rtt_ms && rto_ms <= rtt_ms + rtt_ms / 4 + 2);
}

void client_check_end(struct world *world, unsigned number)
{
    const struct client *c = &world->clients[number];
    unsigned turns = world->scenario->turns ? world->scenario->turns : 1;

    world_hold(world, number, RULE_END_ONCE, c->ends == turns && c->turn == turns);
    if (world->scenario->settles) check_settled(world, number);
}
