#define _GNU_SOURCE /* ppoll */
#include "bench_load.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <srflx/addr.h>

#include "bench_socket.h"
#include "cpu_time.h"
#include "progress.h"

enum { SLOTS_MOST = 1 << 20, LOST_BITS = 1 << 20 };
static const uint64_t ms = 1000000, second = 1000000000;
static const uint64_t nap_least_ns = 60000; /* to sleep for less is to oversleep */

/* For so long answers are looked for without sleeping: whoever sleeps sees an answer later than it came,
 * and makes the server pay for waking him. A closed loop hears again soon or is short of CPU time; at a
 * fixed rate the latency is what counts. */
static const uint64_t patience_ns = 25000, rate_patience_ns = 200000;

/* A request that waits for its answer. Those that wait are a ring in the order of sending, through a
 * record of its own; the free ones are a stack. */
struct slot {
    uint64_t due_ns, sent_ns;
    uint32_t serial;
    uint32_t previous, next;
    uint16_t port;
    uint8_t kind;
    bool waiting;
    bool counted; /* sent in the measured time */
};

struct load {
    const struct bench_plan *plan;
    const volatile sig_atomic_t *stop;
    struct bench_result *result;
    struct bench_secret secret;
    struct bench_batch batch;
    uint32_t batch_slots[BENCH_BATCH]; /* BENCH_NO_PLACE for garbage */
    struct bench_port *ports;
    struct pollfd *polls;
    struct slot *slots; /* one more than slot_count: the head of the ring */
    uint32_t slot_count, free_slot, waiting;
    uint32_t port_turn, port_share;
    uint32_t serial;
    uint64_t start_ns;   /* of the warm-up, or of the measured time */
    uint64_t due;        /* requests that have been sent since */
    uint64_t garbage_ns; /* when the last garbage was sent */
    uint64_t busy_ns;    /* when something was last sent or received */
    bool counting;       /* the measured time has begun */
    bool timing;         /* and is not over */
    struct progress progress;
    uint64_t told_answers, told_ns; /* of its last word */
    char *wrong;                    /* what failed, empty if nothing */
    uint8_t lost[LOST_BITS / 8];    /* by serial number: given up */
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * second + (uint64_t)now.tv_nsec;
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void fail(struct load *load, const char *what, const struct srflx_addr *addr)
{
    char text[SRFLX_ADDR_TEXT] = "";

    if (addr) srflx_addr_write_ip(addr, text);
    snprintf(load->wrong, BENCH_WRONG_TEXT, "%s%s%s: %s", what, addr ? " " : "", text,
             strerror(errno));
}

/* The ring of waiting requests */

static void append(struct load *load, uint32_t index)
{
    uint32_t head = load->slot_count, last = load->slots[head].previous;

    load->slots[index].previous = last;
    load->slots[index].next = head;
    load->slots[last].next = index;
    load->slots[head].previous = index;
    load->slots[index].waiting = true;
    load->ports[load->slots[index].port].waiting++;
    load->waiting++;
}

static void give_back(struct load *load, uint32_t index)
{
    load->slots[index].waiting = false;
    load->slots[index].next = load->free_slot;
    load->free_slot = index;
}

static void finish(struct load *load, uint32_t index)
{
    struct slot *slot = &load->slots[index];

    load->slots[slot->previous].next = slot->next;
    load->slots[slot->next].previous = slot->previous;
    load->ports[slot->port].waiting--;
    load->waiting--;
    give_back(load, index);
}

static struct slot *oldest(struct load *load)
{
    return &load->slots[load->slots[load->slot_count].next];
}

/* What comes back */

static uint8_t *lost_byte(struct load *load, uint32_t serial)
{
    return &load->lost[serial % LOST_BITS / 8];
}

static uint8_t lost_bit(uint32_t serial)
{
    return (uint8_t)(1 << serial % 8);
}

static void give_up_old(struct load *load, uint64_t now)
{
    uint64_t timeout = load->plan->timeout_ms * ms;

    while (load->waiting && oldest(load)->sent_ns + timeout <= now) {
        const struct slot *slot = oldest(load);
        load->result->lost += slot->counted;
        *lost_byte(load, slot->serial) |= lost_bit(slot->serial);
        finish(load, load->slots[load->slot_count].next);
    }
}

/* Counts what belongs to no request that waits. */
static void count_stray(struct load *load, unsigned verdict)
{
    load->result->errors[verdict] += load->counting;
}

static void count_unknown(struct load *load, const struct bench_number *number)
{
    bool late = *lost_byte(load, number->serial) & lost_bit(number->serial);

    count_stray(load, late ? BENCH_ERROR_LATE : BENCH_ERROR_DUPLICATE);
}

static struct slot *find(struct load *load, const struct bench_number *number)
{
    struct slot *slot;

    if (number->place >= load->slot_count) return NULL;
    slot = &load->slots[number->place];
    return slot->waiting && slot->serial == number->serial ? slot : NULL;
}

static struct srflx_addr source_of(const struct load *load, const struct slot *slot)
{
    const struct srflx_addr *local = &load->ports[slot->port].local;
    struct srflx_addr source;

    if (!load->plan->sources.base.family) return *local;
    bench_sources_get(&load->plan->sources, slot->serial, &source);
    source.port = local->port;
    return source;
}

static void take_answer(struct load *load, struct srflx_view answer, bool from_server, uint64_t now)
{
    struct bench_number number;
    struct srflx_addr source;
    struct slot *slot;
    unsigned verdict;

    load->result->received += load->timing;
    if (!from_server) {
        count_stray(load, BENCH_ERROR_SENDER);
    } else if (!bench_number_read(answer, &load->secret, &number)) {
        verdict = bench_answer_check(BENCH_PLAIN, answer, &load->ports[0].local);
        count_stray(load, verdict == BENCH_ERROR_MALFORMED ? verdict : BENCH_ERROR_ID);
    } else if (number.place == BENCH_NO_PLACE) {
        count_stray(load, BENCH_ERROR_GARBAGE);
    } else if (!(slot = find(load, &number))) {
        count_unknown(load, &number);
    } else {
        source = source_of(load, slot);
        verdict = bench_answer_check((enum bench_kind)slot->kind, answer, &source);
        if (slot->counted && verdict != BENCH_RIGHT) load->result->errors[verdict]++;
        if (slot->counted && verdict == BENCH_RIGHT) {
            load->result->answered++;
            histogram_add(&load->result->latency, now - slot->due_ns);
        }
        finish(load, number.place);
    }
}

/* A request that the network brought back. Returns how many of them. */
static size_t take_errors(struct load *load, const struct bench_port *port)
{
    uint8_t space[BENCH_REQUEST_MAX];
    struct bench_number number;
    struct srflx_view request;
    unsigned verdict;
    size_t count = 0;

    for (; bench_port_take_error(port, space, &request, &verdict); count++) {
        struct slot *slot = NULL;
        if (bench_number_read(request, &load->secret, &number)) slot = find(load, &number);
        if (!slot) continue;
        load->result->errors[verdict] += slot->counted;
        finish(load, number.place);
    }
    return count;
}

static size_t receive(struct load *load, struct bench_port *port, size_t most)
{
    int got = bench_port_receive(&load->batch, port, most);
    uint64_t now;

    if (got == 0) return 0;
    if (got < 0) return take_errors(load, port);
    now = now_ns();
    for (int i = 0; i < got; i++)
        take_answer(load, bench_batch_answer(&load->batch, (size_t)i),
                    bench_batch_is_from_server(&load->batch, (size_t)i), now);
    return (size_t)got;
}

/* Waits at most `wait_ns` for any port. */
static size_t receive_from_all(struct load *load, uint64_t wait_ns)
{
    struct timespec wait = {(time_t)(wait_ns / second), (long)(wait_ns % second)};
    size_t got = 0;

    if (ppoll(load->polls, load->plan->ports, &wait, NULL) <= 0) return 0;
    for (uint32_t i = 0; i < load->plan->ports; i++) {
        if (load->polls[i].revents & POLLIN) got += receive(load, &load->ports[i], BENCH_BATCH);
        if (load->polls[i].revents & POLLERR) got += take_errors(load, &load->ports[i]);
    }
    return got;
}

/* What goes out */

/* When the next request of the fixed rate is to be sent. */
static uint64_t due_ns(const struct load *load)
{
    return load->start_ns + (uint64_t)((double)load->due * 1e9 / load->plan->rate);
}

/* Writes the next request to place `i` of the batch. False if all slots wait. */
static bool write_request(struct load *load, size_t i, uint32_t port, uint64_t now)
{
    enum bench_kind kind = (enum bench_kind)load->plan->mix[load->serial % BENCH_MIX];
    struct bench_number number = {BENCH_NO_PLACE, load->serial};

    if (kind != BENCH_GARBAGE) {
        if (load->free_slot == load->slot_count) return false;
        number.place = load->free_slot;
        load->free_slot = load->slots[number.place].next;
        load->slots[number.place].due_ns = load->plan->rate ? due_ns(load) : now;
        load->slots[number.place].sent_ns = now;
        load->slots[number.place].serial = load->serial;
        load->slots[number.place].port = (uint16_t)port;
        load->slots[number.place].kind = (uint8_t)kind;
        load->slots[number.place].counted = load->timing;
    }
    load->batch_slots[i] = number.place;
    load->batch.request_bytes[i].iov_len =
        bench_request_write(kind, &load->secret, number, load->batch.requests[i]);
    if (load->plan->sources.base.family) {
        struct srflx_addr source;
        bench_sources_get(&load->plan->sources, load->serial, &source);
        bench_batch_set_source(&load->batch, i, &source);
    }
    *lost_byte(load, load->serial) &= (uint8_t)~lost_bit(load->serial);
    load->serial++;
    load->due++;
    return true;
}

/* The first `sent` of the batch are on their way, the others have not left. */
static void settle(struct load *load, size_t count, size_t sent, uint64_t now)
{
    for (size_t i = 0; i < sent; i++) {
        bool garbage = load->batch_slots[i] == BENCH_NO_PLACE;
        if (garbage)
            load->garbage_ns = now;
        else
            append(load, load->batch_slots[i]);
        load->result->sent += load->timing;
        load->result->garbage += garbage && load->timing;
    }
    for (size_t i = count; i-- > sent;)
        if (load->batch_slots[i] != BENCH_NO_PLACE) give_back(load, load->batch_slots[i]);
    load->due -= count - sent;
}

/* Sends one batch from the next port: at most `most` requests, and in a closed loop the garbage
 * between them. Returns the number of datagrams. */
static size_t send_batch(struct load *load, uint64_t most, uint64_t now)
{
    uint32_t port = load->port_turn;
    size_t count = 0;
    uint64_t counted = 0;
    int sent;

    while (count < BENCH_BATCH && counted < most && write_request(load, count, port, now)) {
        counted += load->plan->rate || load->batch_slots[count] != BENCH_NO_PLACE;
        count++;
    }
    if (count == 0) return 0;
    load->port_turn = port + 1 == load->plan->ports ? 0 : port + 1;
    sent = bench_port_send(&load->batch, &load->ports[port], count);
    if (sent < 0) fail(load, "cannot send to", &load->plan->server);
    settle(load, count, sent < 0 ? 0 : (size_t)sent, now);
    return sent < 0 ? 0 : (size_t)sent;
}

static size_t send_what_is_due(struct load *load, uint64_t now)
{
    uint64_t due;

    if (!load->plan->rate) {
        if (load->waiting >= load->plan->window) return 0;
        return send_batch(load, at_most(load->plan->window - load->waiting, load->port_share), now);
    }
    if (due_ns(load) > now) return 0;
    due = (uint64_t)((double)(now - load->start_ns) / 1e9 * load->plan->rate) + 1;
    return send_batch(load, due > load->due ? at_most(due - load->due, BENCH_BATCH / 2) : 1, now);
}

/* The course of a run */

uint64_t bench_wrong_answers(const struct bench_result *result)
{
    uint64_t sum = 0;

    for (unsigned verdict = 0; verdict < BENCH_VERDICTS; verdict++)
        if (bench_verdict_is_wrong(verdict)) sum += result->errors[verdict];
    return sum;
}

/* The rate is that of the time since the last word. */
static void tell(struct load *load, uint64_t now)
{
    const struct bench_result *r = load->result;
    double seconds = (double)(now - load->start_ns) / 1e9;
    uint64_t answers = r->answered - load->told_answers;

    if (!progress_is_due(&load->progress, (struct srflx_time){.mono_ns = now})) return;
    if (load->timing)
        progress_say(&load->progress,
                     "%.1f of %g s: %.0f answers/s, %" PRIu64 " lost, %" PRIu64
                     " wrong, p99 %.1f us",
                     seconds, load->plan->measured_ms / 1e3,
                     (double)answers * 1e9 / (double)(now - load->told_ns), r->lost,
                     bench_wrong_answers(r), (double)histogram_percentile(&r->latency, 0.99) / 1e3);
    else
        progress_say(&load->progress, "warming up: %.1f of %g s", seconds,
                     load->plan->warm_up_ms / 1e3);
    load->told_answers = r->answered;
    load->told_ns = now;
}

/* How long to sleep unless an answer comes. */
static uint64_t nap_ns(struct load *load, uint64_t now, uint64_t end)
{
    uint64_t wake = at_most(end, now + second / 4);
    uint64_t patience = load->plan->rate ? rate_patience_ns : patience_ns;

    if (load->waiting && now < load->busy_ns + patience) return 0;
    if (load->waiting) wake = at_most(wake, oldest(load)->sent_ns + load->plan->timeout_ms * ms);
    if (load->plan->rate) wake = at_most(wake, due_ns(load));
    return wake > now + nap_least_ns ? wake - now - nap_least_ns / 2 : 0;
}

static void run_until(struct load *load, uint64_t end)
{
    uint64_t now = now_ns();

    while (now < end && !*load->stop && !*load->wrong) {
        size_t sent = send_what_is_due(load, now), got = 0;
        if (load->waiting) {
            struct bench_port *port = &load->ports[oldest(load)->port];
            got = receive(load, port, port->waiting);
        }
        if (!got && !sent) got = receive_from_all(load, nap_ns(load, now, end));
        if (got || sent) load->busy_ns = now;
        now = now_ns();
        give_up_old(load, now);
        tell(load, now);
    }
}

/* Waits for what is still on its way; what does not come is lost. */
static void drain(struct load *load)
{
    uint64_t now = now_ns(), garbage_end = load->garbage_ns + load->plan->timeout_ms * ms;

    if (!load->garbage_ns) garbage_end = 0;
    while (load->waiting || now < garbage_end) {
        uint64_t end =
            load->waiting ? oldest(load)->sent_ns + load->plan->timeout_ms * ms : garbage_end;
        receive_from_all(load, end > now ? end - now : 0);
        now = now_ns();
        give_up_old(load, now);
    }
    receive_from_all(load, 0);
}

static bool add_server_time(struct load *load, int sign)
{
    uint64_t used;

    for (size_t i = 0; i < load->plan->pid_count; i++) {
        if (!cpu_time_ns(load->plan->pids[i], &used)) {
            snprintf(load->wrong, BENCH_WRONG_TEXT, "there is no process %ld whose CPU time counts",
                     (long)load->plan->pids[i]);
            return false;
        }
        load->result->server_ns += sign < 0 ? -used : used;
    }
    return true;
}

static void measure(struct load *load)
{
    struct bench_result *r = load->result;
    uint64_t start, client_start, client_end;

    start = now_ns();
    load->start_ns = start;
    load->due = 0;
    run_until(load, start + load->plan->warm_up_ms * ms);
    if (*load->stop || *load->wrong || !add_server_time(load, -1)) return;
    cpu_time_ns(0, &client_start);
    start = now_ns();
    load->start_ns = load->told_ns = start;
    load->due = 0;
    load->counting = load->timing = true;
    run_until(load, start + load->plan->measured_ms * ms);
    load->timing = false;
    r->wall_ns = now_ns() - start;
    cpu_time_ns(0, &client_end);
    r->client_ns = client_end - client_start;
    if (*load->wrong || !add_server_time(load, 1)) return;
    if (load->plan->rate && !*load->stop) {
        uint64_t wanted = (uint64_t)((double)load->plan->measured_ms / 1e3 * load->plan->rate);
        r->unsent = wanted - at_most(load->due, wanted);
    }
    drain(load);
}

static bool open_ports(struct load *load)
{
    bool sources = load->plan->sources.base.family != 0;

    for (uint32_t i = 0; i < load->plan->ports; i++) {
        if (bench_port_open(&load->plan->server, &load->plan->from, sources, &load->ports[i])) {
            fail(load, "cannot open a port towards", &load->plan->server);
            return false;
        }
        load->polls[i] = (struct pollfd){.fd = load->ports[i].fd, .events = POLLIN};
    }
    return true;
}

/* At a fixed rate as many as may wait at a time, and some for bursts. */
static uint32_t slots_needed(const struct bench_plan *plan)
{
    uint64_t wanted = (uint64_t)plan->rate * plan->timeout_ms / 1000;

    if (!plan->rate) return plan->window;
    return (uint32_t)at_most(wanted + wanted / 4 + 1024, SLOTS_MOST);
}

static void set_up(struct load *load)
{
    uint32_t ports = load->plan->ports, i;

    load->slot_count = slots_needed(load->plan);
    load->slots = calloc((size_t)load->slot_count + 1, sizeof *load->slots);
    load->ports = calloc(ports, sizeof *load->ports);
    load->polls = calloc(ports, sizeof *load->polls);
    if (!load->slots || !load->ports || !load->polls) abort();
    for (i = 0; i < ports; i++)
        load->ports[i].fd = -1;
    for (i = 0; i < load->slot_count; i++)
        load->slots[i].next = i + 1;
    load->slots[i].previous = load->slots[i].next = i;
    load->port_share = (load->plan->window + ports - 1) / ports;
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); /* naps end when they should */
    bench_secret_make(load->plan->seed, &load->secret);
    bench_batch_prepare(&load->batch, &load->plan->server, load->plan->sources.base.family != 0);
}

static void tear_down(struct load *load)
{
    for (uint32_t i = 0; i < load->plan->ports; i++)
        if (load->ports[i].fd >= 0) close(load->ports[i].fd);
    free(load->ports);
    free(load->polls);
    free(load->slots);
    free(load);
}

const char *bench_load(const struct bench_plan *plan, const volatile sig_atomic_t *stop,
                       struct bench_result *ret_result, char *ret_wrong)
{
    struct load *load = calloc(1, sizeof *load);

    if (!load) abort();
    memset(ret_result, 0, sizeof *ret_result);
    *ret_wrong = '\0';
    load->plan = plan;
    load->stop = stop;
    load->result = ret_result;
    load->wrong = ret_wrong;
    set_up(load);
    progress_begin(&load->progress, isatty(STDERR_FILENO) != 1,
                   (struct srflx_time){.mono_ns = now_ns()});
    if (open_ports(load)) measure(load);
    progress_end(&load->progress);
    tear_down(load);
    return *ret_wrong ? ret_wrong : NULL;
}
