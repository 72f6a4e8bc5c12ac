#include "link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/clock.h>

/* So much is received in one call, and no more, for somebody may send faster than we read. */
enum { RECEIVE_MOST = 32 };

void srflx_link_options_defaults(struct srflx_link_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->transport = SRFLX_UDP;
}

static bool is_secure(uint8_t transport)
{
    return transport == SRFLX_TLS || transport == SRFLX_DTLS;
}

static bool is_sound(const struct srflx_link_options *o)
{
    if (o->size != sizeof *o || o->transport < SRFLX_UDP || o->transport > SRFLX_DTLS) return false;
    if (o->server.family != SRFLX_IPV4 && o->server.family != SRFLX_IPV6) return false;
    if (o->local.family && o->local.family != o->server.family) return false;
    if (o->name && strlen(o->name) >= NAME_ROOM) return false;
    return !is_secure(o->transport) || o->secure;
}

int srflxi_link_fail(struct srflx_link *link, enum srflx_link_step step, int error, int number)
{
    link->state = SRFLX_LINK_FAILED;
    link->failure.error = error;
    link->failure.number = number;
    link->failure.step = step;
    if (error == SRFLX_ERROR_SECURITY) link->failure.fault = srflx_secure_fault(link->secure);
    return error;
}

/* Not calloc(): most of its memory is never touched. */
static struct srflx_link *new_link(const struct srflx_link_options *options)
{
    struct srflx_link *link = malloc(sizeof *link);

    if (!link) return NULL;
    memset(link, 0, offsetof(struct srflx_link, out_bytes));
    link->options = *options;
    if (options->name) {
        memcpy(link->name, options->name, strlen(options->name) + 1);
        link->options.name = link->name;
    }
    link->fd = -1;
    link->state = SRFLX_LINK_CONNECTING;
    link->reliable = options->transport == SRFLX_TCP || options->transport == SRFLX_TLS;
    link->server = options->server;
    link->out.bytes = link->out_bytes;
    link->out.cap = sizeof link->out_bytes;
    srflx_framer_init(&link->framer, link->frame_bytes, sizeof link->frame_bytes);
    return link;
}

/* spec: R7350-3-02 */
static int make_secure(struct srflx_link *link)
{
    if (!is_secure(link->options.transport)) return 0;
    return srflx_secure_new(link->options.secure, link->options.transport, link->options.name,
                            &link->secure);
}

int srflx_link_new(const struct srflx_link_options *options, struct srflx_link **ret_link)
{
    struct srflx_link *link;
    int error;

    if (!is_sound(options)) return SRFLX_ERROR_ARGUMENT;
    link = new_link(options);
    if (!link) return SRFLX_ERROR_SYSTEM;
    error = make_secure(link);
    if (error) {
        free(link);
        return error;
    }
    if (!srflxi_link_open(link) && !link->reliable)
        link->state = link->secure ? SRFLX_LINK_HANDSHAKING : SRFLX_LINK_READY;
    *ret_link = link;
    return 0;
}

static void destroy(struct srflx_link *link, bool reset)
{
    srflxi_link_close(link, reset);
    srflx_secure_destroy(link->secure);
    free(link);
}

/* spec: R8489-6.2.2-10 */
void srflx_link_destroy(struct srflx_link *link)
{
    if (!link) return;
    if (link->secure && link->state == SRFLX_LINK_READY) {
        srflx_secure_close(link->secure, &link->out);
        (void)srflxi_link_flush(link);
    }
    destroy(link, false);
}

void srflx_link_abort(struct srflx_link *link)
{
    if (link) destroy(link, true);
}

enum srflx_link_state srflx_link_state(const struct srflx_link *link)
{
    return (enum srflx_link_state)link->state;
}

static enum srflx_link_step step_of(const struct srflx_link *link)
{
    if (link->state == SRFLX_LINK_READY) return SRFLX_LINK_STEP_TALK;
    return link->state == SRFLX_LINK_HANDSHAKING ? SRFLX_LINK_STEP_HANDSHAKE
                                                 : SRFLX_LINK_STEP_CONNECT;
}

/* Decrypts what was received, as far as there is room. 1: something is in `plain`. */
static int decrypt(struct srflx_link *link)
{
    int got, error;

    link->handshake_begun = true;
    do {
        got = srflx_secure_read(link->secure, &link->raw, &link->out, link->plain_bytes,
                                sizeof link->plain_bytes);
        error = srflxi_link_flush(link);
    } while (!got && !error && !link->out.len && srflx_secure_is_full(link->secure));
    if (got < 0) return srflxi_link_fail(link, step_of(link), got, 0);
    if (error) return error;
    if (link->state == SRFLX_LINK_HANDSHAKING && srflx_secure_is_open(link->secure))
        link->state = SRFLX_LINK_READY;
    link->plain.ptr = link->plain_bytes;
    link->plain.len = (size_t)got;
    return got > 0;
}

/* A message out of what is in `plain`. spec: R8489-6.2.2-03 */
static int cut(struct srflx_link *link, struct srflx_view *ret_message)
{
    int got;

    if (!link->plain.len) return 0;
    if (!link->reliable) {
        *ret_message = link->plain;
        link->plain.len = 0;
        return 1;
    }
    got = srflx_framer_next(&link->framer, &link->plain, ret_message);
    return got < 0 ? srflxi_link_fail(link, SRFLX_LINK_STEP_TALK, SRFLX_ERROR_RESPONSE, 0) : got;
}

/* A message out of what has been received. */
static int take(struct srflx_link *link, struct srflx_view *ret_message)
{
    int got = cut(link, ret_message);

    while (!got && link->secure && (got = decrypt(link)) > 0)
        got = cut(link, ret_message);
    if (got || link->secure) return got;
    link->plain = link->raw;
    link->raw.len = 0;
    return cut(link, ret_message);
}

static int connect_on(struct srflx_link *link)
{
    const int got = srflxi_link_connected(link);

    if (got > 0) link->state = link->secure ? SRFLX_LINK_HANDSHAKING : SRFLX_LINK_READY;
    return got;
}

/* spec: R7350-3-01 */
static int repeat_flight(struct srflx_link *link)
{
    if (!link->secure || srflx_secure_wait_ms(link->secure) != 0) return 0;
    if (srflx_secure_tick(link->secure, &link->out))
        return srflxi_link_fail(link, step_of(link), SRFLX_ERROR_SECURITY, 0);
    return srflxi_link_flush(link);
}

static int receive_on(struct srflx_link *link, struct srflx_view *ret_message)
{
    int i, got = take(link, ret_message); /* which also begins the handshake */

    for (i = 0; !got && !link->raw.len && i < RECEIVE_MOST; i++) {
        got = srflxi_link_receive(link);
        if (got <= 0) return got;
        got = take(link, ret_message);
    }
    return got;
}

int srflx_link_next(struct srflx_link *link, struct srflx_view *ret_message)
{
    int got;

    if (link->state == SRFLX_LINK_FAILED) return link->failure.error;
    if (link->state == SRFLX_LINK_CONNECTING) {
        got = connect_on(link);
        if (got <= 0) return got;
    }
    got = repeat_flight(link);
    if (!got) got = srflxi_link_flush(link);
    return got ? got : receive_on(link, ret_message);
}

static int append(struct srflx_link *link, struct srflx_view message)
{
    struct srflx_secure_out *out = &link->out;

    if (out->cap - out->len < message.len) return SRFLX_ERROR_SPACE;
    memcpy(out->bytes + out->len, message.ptr, message.len);
    out->len += message.len;
    if (!link->reliable) out->ends[out->count++] = out->len;
    return 0;
}

int srflx_link_send(struct srflx_link *link, struct srflx_view message)
{
    int error;

    if (link->state == SRFLX_LINK_FAILED) return link->failure.error;
    if (link->state != SRFLX_LINK_READY) return SRFLX_ERROR_STATE;
    if (!message.len || message.len > SRFLX_LINK_MESSAGE) return SRFLX_ERROR_ARGUMENT;
    error = link->secure ? srflx_secure_write(link->secure, message, &link->out)
                         : append(link, message);
    if (error == SRFLX_ERROR_SECURITY) return srflxi_link_fail(link, step_of(link), error, 0);
    return error ? error : srflxi_link_flush(link);
}

int srflx_link_fd(const struct srflx_link *link)
{
    return link->fd;
}

short srflx_link_events(const struct srflx_link *link)
{
    if (link->state == SRFLX_LINK_CONNECTING) return POLLOUT;
    return link->out.len ? POLLIN | POLLOUT : POLLIN;
}

uint64_t srflx_link_next_deadline(const struct srflx_link *link, struct srflx_time now)
{
    uint32_t wait_ms;

    if (link->state == SRFLX_LINK_FAILED) return now.mono_ns;
    if (link->state == SRFLX_LINK_CONNECTING || !link->secure) return UINT64_MAX;
    if (link->state == SRFLX_LINK_HANDSHAKING && !link->handshake_begun) return now.mono_ns;
    wait_ms = srflx_secure_wait_ms(link->secure);
    return wait_ms == UINT32_MAX ? UINT64_MAX : now.mono_ns + (uint64_t)wait_ms * 1000000;
}

void srflx_link_give_up(struct srflx_link *link)
{
    if (link->state != SRFLX_LINK_FAILED)
        srflxi_link_fail(link, step_of(link), SRFLX_ERROR_TIMEOUT, 0);
}

void srflx_link_ends(const struct srflx_link *link, struct srflx_addr *ret_server,
                     struct srflx_addr *ret_local)
{
    *ret_server = link->server;
    *ret_local = link->local;
}

const struct srflx_secure *srflx_link_secure(const struct srflx_link *link)
{
    return link->secure;
}

void srflx_link_failure(const struct srflx_link *link, struct srflx_link_failure *ret_failure)
{
    *ret_failure = link->failure;
}
