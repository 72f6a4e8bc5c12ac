#define _POSIX_C_SOURCE 200809L
#include "stream_engine.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/classify.h>

enum { EXPIRED = 256 }; /* connections that one round ends for being late */

/* How a step ended. */
enum progress { GOES_ON, HAS_ENDED };

static void put_in_list(struct srflx_streams *s, uint32_t i, enum srflx_slot_list list)
{
    struct srflx_slot *slot = &s->slots[i];

    if (slot->list) srflx_index_list_remove(&s->lists[slot->list], s->links, i);
    slot->list = (uint8_t)list;
    if (list) srflx_index_list_append(&s->lists[list], s->links, i);
}

static void give_buffer_back(struct srflx_streams *s, struct srflx_slot *slot)
{
    if (slot->c.buffer) srflx_buffer_give(&s->pool, slot->c.buffer);
    slot->c.buffer = NULL;
}

static void take_buffer(struct srflx_streams *s, struct srflx_slot *slot)
{
    if (!slot->c.buffer) slot->c.buffer = srflx_buffer_take(&s->pool);
}

/* Tries to tell the client of TLS that this is the end, without waiting for anything. */
static void say_goodbye(struct srflx_streams *s, struct srflx_slot *slot)
{
    struct srflx_view output;

    if (!slot->c.secure || slot->c.end == SRFLX_STREAM_END_reset) return;
    take_buffer(s, slot);
    if (!slot->c.buffer) return;
    srflx_connection_say_goodbye(&slot->c);
    output = srflx_connection_output(&slot->c);
    if (output.len) (void)send(slot->fd, output.ptr, output.len, MSG_NOSIGNAL);
}

void srflx_stream_close(struct srflx_streams *s, uint32_t i, enum srflx_stream_end end)
{
    struct srflx_slot *slot = &s->slots[i];

    slot->c.end = (uint8_t)end;
    say_goodbye(s, slot);
    srflx_connection_clear(&slot->c);
    give_buffer_back(s, slot);
    put_in_list(s, i, SRFLX_IN_NONE);
    srflx_deadlines_remove(&s->deadlines, i);
    if (slot->counted) srflx_limits_remove(&s->limits, &slot->c.from);
    close(slot->fd);
    slot->fd = -1;
    s->links[i].next = s->free_slot;
    s->free_slot = i;
    s->world.counters.open--;
    srflx_stream_count_end(&s->world.counters, end);
}

static uint32_t time_for(const struct srflx_streams *s, enum srflx_connection_wait wait)
{
    switch (wait) {
    case SRFLX_WAIT_FIRST:
    case SRFLX_WAIT_REST:
        return s->options.header_ms;
    case SRFLX_WAIT_HANDSHAKE:
        return s->options.handshake_ms;
    default:
        return s->options.idle_ms;
    }
}

/* Why a connection ends that has waited too long. */
static enum srflx_stream_end end_for(const struct srflx_slot *slot)
{
    if (slot->list == SRFLX_IN_QUEUE) return SRFLX_STREAM_END_handshake_late;
    switch ((enum srflx_connection_wait)slot->wait) {
    case SRFLX_WAIT_FIRST:
    case SRFLX_WAIT_REST:
        return SRFLX_STREAM_END_silent;
    case SRFLX_WAIT_HANDSHAKE:
        return SRFLX_STREAM_END_handshake_late;
    case SRFLX_WAIT_NEXT:
        return SRFLX_STREAM_END_idle;
    default:
        return SRFLX_STREAM_END_stalled;
    }
}

void srflx_stream_expire(struct srflx_streams *s)
{
    for (unsigned n = 0; n < EXPIRED; n++) {
        const uint32_t i = srflx_deadlines_next(&s->deadlines, s->now_ms);
        if (i == SRFLX_INDEX_NONE) return;
        srflx_stream_close(s, i, end_for(&s->slots[i]));
    }
}

static void set_deadline(struct srflx_streams *s, uint32_t i, bool progress)
{
    struct srflx_slot *slot = &s->slots[i];
    const enum srflx_connection_wait wait = srflx_connection_waits_for(&slot->c);

    if (wait == slot->wait && !progress) return;
    slot->wait = (uint8_t)wait;
    srflx_deadlines_set(&s->deadlines, i, s->now_ms + time_for(s, wait));
}

static enum progress set_interest(struct srflx_streams *s, uint32_t i, uint32_t events)
{
    struct srflx_slot *slot = &s->slots[i];
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)slot->generation << 32 | i};
    const int operation = slot->interest == SRFLX_UNREGISTERED ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (slot->interest == events) return GOES_ON;
    if (epoll_ctl(s->epoll, operation, slot->fd, &event)) {
        srflx_stream_close(s, i, SRFLX_STREAM_END_reset);
        return HAS_ENDED;
    }
    slot->interest = events;
    return GOES_ON;
}

static bool is_idle(const struct srflx_slot *slot)
{
    return !slot->c.buffer && slot->c.phase != SRFLX_CONNECTION_HANDSHAKE;
}

/* Whoever has waited for longest with a buffer in hand has to go when all are in use: so there is
 * always one for whoever has something to say now. */
static void keep_one_buffer(struct srflx_streams *s)
{
    const uint32_t longest = s->lists[SRFLX_IN_HOLDING].first;

    if (s->pool.taken < s->pool.count || longest == SRFLX_INDEX_NONE) return;
    srflx_stream_close(s, longest, SRFLX_STREAM_END_no_buffer);
}

/* What remains to be done when nothing more can be done for a connection now. `progress`: whole
 * messages came, or the client took answers. */
static void settle(struct srflx_streams *s, uint32_t i, bool progress)
{
    struct srflx_slot *slot = &s->slots[i];
    enum srflx_slot_list list = SRFLX_IN_NONE;

    if (srflx_connection_is_empty(&slot->c)) give_buffer_back(s, slot);
    if (slot->c.buffer) list = SRFLX_IN_HOLDING;
    if (is_idle(slot)) list = SRFLX_IN_IDLE;
    if (progress || slot->list != list) put_in_list(s, i, list);
    set_deadline(s, i, progress);
    if (set_interest(s, i, slot->wait == SRFLX_WAIT_READER ? EPOLLOUT : EPOLLIN)) return;
    keep_one_buffer(s);
}

/* Sends what there is. Returns HAS_ENDED if the connection is closed; `ret_len` is what left. */
static enum progress flush(struct srflx_streams *s, uint32_t i, size_t *ret_len)
{
    struct srflx_slot *slot = &s->slots[i];
    const struct srflx_view output = srflx_connection_output(&slot->c);
    const ssize_t len = send(slot->fd, output.ptr, output.len, MSG_NOSIGNAL);

    *ret_len = len > 0 ? (size_t)len : 0;
    if (len < 0 && errno != EAGAIN) {
        srflx_stream_close(s, i, SRFLX_STREAM_END_reset);
        return HAS_ENDED;
    }
    srflx_connection_sent(&slot->c, *ret_len);
    return GOES_ON;
}

/* The client behind a proxy has a share of its own. */
static bool admit(struct srflx_streams *s, struct srflx_slot *slot)
{
    slot->counted = srflx_limits_add(&s->limits, &slot->c.from);
    return slot->counted;
}

/* Works and sends by turns until the network has to do something first. While answers wait to be
 * taken nothing is read. spec: R8489-6.2.2-13 */
static void advance(struct srflx_streams *s, uint32_t i, bool progress)
{
    struct srflx_slot *slot = &s->slots[i];
    const uint64_t messages = s->world.counters.messages;
    size_t sent;

    for (;;) {
        const enum srflx_connection_need need = srflx_connection_work(&slot->c, &s->world);
        if (need == SRFLX_CONNECTION_RECEIVE) break;
        if (need == SRFLX_CONNECTION_CLOSE) {
            srflx_stream_close(s, i, (enum srflx_stream_end)slot->c.end);
            return;
        }
        if (need == SRFLX_CONNECTION_ADMIT) {
            if (admit(s, slot)) continue;
            srflx_stream_close(s, i, SRFLX_STREAM_END_refused_address);
            return;
        }
        if (flush(s, i, &sent)) return;
        progress = progress || (sent && slot->wait == SRFLX_WAIT_READER);
        if (srflx_connection_waits_for(&slot->c) == SRFLX_WAIT_READER) break;
    }
    settle(s, i, progress || s->world.counters.messages != messages);
}

static void receive(struct srflx_streams *s, uint32_t i)
{
    struct srflx_slot *slot = &s->slots[i];
    struct srflx_connection_room room;
    ssize_t len;

    take_buffer(s, slot);
    room = srflx_connection_room(&slot->c);
    len = recv(slot->fd, room.ptr, room.len, 0);
    if (len < 0 && errno == EAGAIN) {
        settle(s, i, false);
        return;
    }
    if (len < 0) {
        srflx_stream_close(s, i, SRFLX_STREAM_END_reset);
        return;
    }
    if (len)
        srflx_connection_received(&slot->c, (size_t)len);
    else
        srflx_connection_ended(&slot->c);
    advance(s, i, false);
}

static bool is_newcomer(const struct srflx_slot *slot)
{
    return slot->c.phase == SRFLX_CONNECTION_HEADER || slot->c.phase == SRFLX_CONNECTION_FIRST;
}

/* Half of a round's handshakes are for those that have begun one: to finish those that can still be
 * in time. What is behind a proxy's header cannot be seen without taking it. */
static bool must_queue(struct srflx_streams *s, const struct srflx_slot *slot)
{
    uint8_t first;

    if (!s->world.security || !is_newcomer(slot)) return false;
    if (s->lists[SRFLX_IN_QUEUE].first == SRFLX_INDEX_NONE &&
        srflx_stream_handshakes_left(s) > s->options.handshakes / 2)
        return false;
    if (slot->c.phase == SRFLX_CONNECTION_HEADER) return true;
    if (recv(slot->fd, &first, 1, MSG_PEEK) != 1) return false;
    return srflx_classify(first) == SRFLX_PROTOCOL_TLS;
}

/* Its bytes stay with the kernel, and epoll does not speak of them. */
static void queue(struct srflx_streams *s, uint32_t i)
{
    put_in_list(s, i, SRFLX_IN_QUEUE);
    set_deadline(s, i, false);
    if (s->slots[i].interest != SRFLX_UNREGISTERED) (void)set_interest(s, i, 0);
}

/* The kernel has kept a silent connection to itself for a while. */
static void shorten_silence(struct srflx_streams *s, uint32_t i)
{
    const uint32_t kept = 1000 * SRFLX_STREAM_DEFER_S, most = s->options.header_ms;

    if (most > kept) srflx_deadlines_set(&s->deadlines, i, s->now_ms + most - kept);
}

void srflx_stream_begin(struct srflx_streams *s, uint32_t i)
{
    struct srflx_slot *slot = &s->slots[i];
    const uint8_t before = slot->c.phase;

    s->world.counters.open++;
    slot->generation += slot->generation == UINT32_MAX ? 2 : 1;
    slot->interest = SRFLX_UNREGISTERED;
    slot->list = SRFLX_IN_NONE;
    slot->wait = SRFLX_WAIT_NONE;
    if (must_queue(s, slot)) {
        queue(s, i);
        return;
    }
    receive(s, i);
    if (slot->fd >= 0 && slot->c.phase == before && !slot->c.buffer) shorten_silence(s, i);
}

void srflx_stream_serve(struct srflx_streams *s, uint32_t i, uint32_t events)
{
    struct srflx_slot *slot = &s->slots[i];

    if (slot->list == SRFLX_IN_QUEUE) {
        if (events & (EPOLLERR | EPOLLHUP)) srflx_stream_close(s, i, SRFLX_STREAM_END_reset);
        return;
    }
    if (slot->wait == SRFLX_WAIT_READER)
        advance(s, i, false);
    else if (must_queue(s, slot))
        queue(s, i);
    else
        receive(s, i);
}

void srflx_stream_serve_queue(struct srflx_streams *s)
{
    for (unsigned n = 0; n < SRFLX_STREAM_EVENTS; n++) {
        const uint32_t i = s->lists[SRFLX_IN_QUEUE].first;
        if (i == SRFLX_INDEX_NONE || !srflx_stream_handshakes_left(s)) return;
        put_in_list(s, i, SRFLX_IN_NONE);
        receive(s, i);
    }
}
