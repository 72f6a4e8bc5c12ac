#include "dtls.h"

#include <stdlib.h>
#include <string.h>

#include <srflx/error.h>
#include <srflx/random.h>
#include <srflx/secure.h>

#include "associations.h"
#include "stream_limits.h"
#include "udp.h"

enum {
    PLAIN = 16384, /* the longest record of TLS, and with it the longest message */
    OUT = 16384,   /* datagrams of one flight */
    NS_PER_MS = 1000000,
    RECORD_HEADER = 13,    /* content type, version, epoch, sequence number, length */
    HANDSHAKE_RECORD = 22, /* content type */
    CLIENT_HELLO = 1,      /* type of a handshake message, behind the record's header */
    HELLO_RANDOM = RECORD_HEADER + 12 + 2 /* behind the message's header and the version */
};

struct srflx_dtls {
    struct srflx_dtls_options options;
    struct srflx_dtls_counters counters;
    struct srflx_associations *table;
    struct srflx_limits addresses;
    struct srflx_secure_listener *listener; /* NULL: no certificate */
    struct srflx_secure_out out;
    uint8_t out_bytes[OUT];
    uint8_t plain[PLAIN];
    uint8_t reply[SRFLX_UDP_REPLY];
};

void srflx_dtls_options_defaults(struct srflx_dtls_options *ret_options)
{
    *ret_options = (struct srflx_dtls_options){
        .associations = 4096, .per_address = 256, .handshake_ms = 5000, .idle_ms = 30000};
}

static bool can_be(const struct srflx_dtls_options *options)
{
    return options->associations && options->associations <= SRFLX_DTLS_ASSOCIATIONS_MOST &&
           options->handshake_ms && options->idle_ms && options->handler.handle && options->send;
}

int srflx_dtls_new(const struct srflx_dtls_options *options, struct srflx_dtls **ret_dtls)
{
    struct srflx_dtls *dtls;

    if (!can_be(options)) return SRFLX_ERROR_ARGUMENT;
    dtls = calloc(1, sizeof *dtls);
    if (!dtls) return SRFLX_ERROR_SYSTEM;
    dtls->options = *options;
    dtls->out.bytes = dtls->out_bytes;
    dtls->out.cap = sizeof dtls->out_bytes;
    dtls->table = srflx_associations_new(options->associations, srflx_random_fill, NULL);
    if (!dtls->table || srflx_limits_init(&dtls->addresses, options->associations,
                                          options->per_address, srflx_random_fill, NULL)) {
        srflx_dtls_destroy(dtls);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_dtls = dtls;
    return 0;
}

/* Sends what has become ready, and makes room. */
static void flush(struct srflx_dtls *dtls, const struct srflx_dtls_path *path)
{
    const struct srflx_secure_out *out = &dtls->out;
    size_t begin = 0;

    for (unsigned i = 0; i < out->count; i++) {
        const struct srflx_view datagram = {out->bytes + begin, out->ends[i] - begin};
        dtls->options.send(dtls->options.send_user, path, datagram);
        begin = out->ends[i];
    }
    dtls->out.len = 0;
    dtls->out.count = 0;
}

/* Ends an association; `counter` is the reason. */
static void end(struct srflx_dtls *dtls, struct srflx_association *association, uint64_t *counter)
{
    ++*counter;
    srflx_secure_destroy(association->secure);
    srflx_limits_remove(&dtls->addresses, &association->path.client);
    srflx_associations_remove(dtls->table, association);
    dtls->counters.open--;
}

void srflx_dtls_destroy(struct srflx_dtls *dtls)
{
    uint64_t unread = 0;

    if (!dtls) return;
    for (unsigned line = 0; dtls->table && line < SRFLX_ASSOCIATION_LINES; line++) {
        struct srflx_association *first;
        while ((first = srflx_associations_first(dtls->table, (enum srflx_association_line)line)))
            end(dtls, first, &unread);
    }
    srflx_associations_destroy(dtls->table);
    srflx_limits_free(&dtls->addresses);
    srflx_secure_listener_destroy(dtls->listener);
    free(dtls);
}

void srflx_dtls_set_security(struct srflx_dtls *dtls, struct srflx_secure_context *security)
{
    srflx_secure_listener_destroy(dtls->listener);
    dtls->listener = NULL;
    if (security && srflx_secure_listener_new(security, &dtls->listener)) dtls->counters.lost++;
}

/* One message. spec: R7350-3-01 */
static void handle(struct srflx_dtls *dtls, struct srflx_association *association, size_t len)
{
    const struct srflx_packet packet = {
        {dtls->plain, len}, association->path.client, association->path.asked, SRFLX_DTLS};
    struct srflx_reply reply = {dtls->reply, sizeof dtls->reply, 0};
    const struct srflx_handler *handler = &dtls->options.handler;

    dtls->counters.messages++;
    handler->handle(handler->user, &packet, &reply);
    if (!reply.len) return;
    if (srflx_secure_write(association->secure, (struct srflx_view){reply.buf, reply.len},
                           &dtls->out))
        dtls->counters.lost++;
    else
        dtls->counters.answers++;
    flush(dtls, &association->path);
}

/* Counts, and has the association wait in the line where it belongs. */
static void note_progress(struct srflx_dtls *dtls, struct srflx_association *association,
                          unsigned messages, struct srflx_time now)
{
    if (!srflx_secure_is_open(association->secure)) return;
    if (association->line == SRFLX_IN_HANDSHAKE)
        dtls->counters.completed++;
    else if (!messages)
        return;
    srflx_associations_queue(dtls->table, association, SRFLX_OPEN, now);
}

static uint64_t *end_counter(struct srflx_dtls *dtls, const struct srflx_association *association,
                             int error)
{
    if (association->line == SRFLX_IN_HANDSHAKE) return &dtls->counters.failed;
    return error == SRFLX_ERROR_CLOSED ? &dtls->counters.closed : &dtls->counters.broken;
}

/* A datagram of an association. It may hold several records, and each of them one message. */
static void go_on(struct srflx_dtls *dtls, struct srflx_association *association,
                  struct srflx_view datagram, struct srflx_time now)
{
    unsigned messages = 0;
    int got;

    do {
        while ((got = srflx_secure_read(association->secure, &datagram, &dtls->out, dtls->plain,
                                        sizeof dtls->plain)) > 0) {
            handle(dtls, association, (size_t)got);
            messages++;
        }
        flush(dtls, &association->path);
    } while (!got && srflx_secure_is_full(association->secure));
    if (got < 0)
        end(dtls, association, end_counter(dtls, association, got));
    else
        note_progress(dtls, association, messages, now);
}

/* Makes room for one association more. */
static bool make_room(struct srflx_dtls *dtls)
{
    struct srflx_associations *table = dtls->table;
    const uint32_t handshakes = srflx_associations_count(table, SRFLX_IN_HANDSHAKE);
    struct srflx_association *oldest;

    if (handshakes >= SRFLX_DTLS_HANDSHAKES) {
        end(dtls, srflx_associations_first(table, SRFLX_IN_HANDSHAKE), &dtls->counters.late);
        return true;
    }
    if (dtls->counters.open < dtls->options.associations) return true;
    oldest = srflx_associations_first(table, SRFLX_OPEN);
    if (!oldest) return false;
    end(dtls, oldest, &dtls->counters.evicted);
    return true;
}

/* Has it the random number of the ClientHello that the association began with? */
static bool is_copy(const struct srflx_association *association, struct srflx_view hello)
{
    return hello.len >= HELLO_RANDOM + sizeof association->random &&
           !memcmp(hello.ptr + HELLO_RANDOM, association->random, sizeof association->random);
}

/* With a ClientHello that has been read, and so is long enough. */
static void begin(struct srflx_dtls *dtls, const struct srflx_dtls_path *path,
                  struct srflx_view hello, struct srflx_secure *secure, struct srflx_time now)
{
    struct srflx_association *association = NULL;

    if (make_room(dtls)) association = srflx_associations_add(dtls->table, path, now);
    if (!association) {
        srflx_limits_remove(&dtls->addresses, &path->client);
        srflx_secure_destroy(secure);
        dtls->counters.lost++;
        return;
    }
    association->secure = secure;
    memcpy(association->random, hello.ptr + HELLO_RANDOM, sizeof association->random);
    dtls->counters.open++;
    dtls->counters.begun++;
    flush(dtls, path);
}

/* A client without association: its first ClientHello is answered with a cookie, and nothing is kept; the second one
 * brings the cookie back. If it has an association it begins anew, which takes effect only now, as anybody could
 * forge the first one; but not with a copy of what it began with, as anybody could send that again. spec: R8489-13-01 R7350-4.1-01 */
static void meet(struct srflx_dtls *dtls, struct srflx_association *former,
                 const struct srflx_dtls_path *path, struct srflx_view datagram,
                 struct srflx_time now)
{
    struct srflx_secure *secure;
    int begun;

    if (!dtls->listener) {
        dtls->counters.no_certificate++;
        return;
    }
    if (former && is_copy(former, datagram)) {
        dtls->counters.strays++;
        return;
    }
    begun = srflx_secure_listen(dtls->listener, datagram, &path->client, &dtls->out, &secure);
    if (begun <= 0) {
        if (dtls->out.count)
            dtls->counters.cookies++;
        else
            dtls->counters.strays++;
        flush(dtls, path);
        return;
    }
    if (former) end(dtls, former, end_counter(dtls, former, SRFLX_ERROR_CLOSED));
    if (srflx_limits_add(&dtls->addresses, &path->client)) {
        begin(dtls, path, datagram, secure, now);
        return;
    }
    dtls->counters.refused_address++;
    srflx_secure_destroy(secure);
    dtls->out.len = 0;
    dtls->out.count = 0;
}

/* An unencrypted record (epoch 0) that begins with a ClientHello. */
static bool is_client_hello(struct srflx_view datagram)
{
    return datagram.len > RECORD_HEADER && datagram.ptr[0] == HANDSHAKE_RECORD &&
           datagram.ptr[3] == 0 && datagram.ptr[4] == 0 &&
           datagram.ptr[RECORD_HEADER] == CLIENT_HELLO;
}

/* A client who gives up may begin anew from the same port at once. */
static bool belongs(const struct srflx_association *association, struct srflx_view datagram)
{
    if (!is_client_hello(datagram)) return true;
    return association->line == SRFLX_IN_HANDSHAKE && is_copy(association, datagram);
}

void srflx_dtls_feed(struct srflx_dtls *dtls, const struct srflx_dtls_path *path,
                     struct srflx_view datagram, struct srflx_time now)
{
    struct srflx_association *association = srflx_associations_find(dtls->table, path);

    if (association && belongs(association, datagram))
        go_on(dtls, association, datagram, now);
    else
        meet(dtls, association, path, datagram, now);
}

/* Kept open until it has been silent for too long. spec: R7350-3-08 */
static uint64_t end_of(const struct srflx_dtls *dtls, const struct srflx_association *association)
{
    const bool open = association->line == SRFLX_OPEN;
    const uint32_t patience_ms = open ? dtls->options.idle_ms : dtls->options.handshake_ms;

    return association->since_ns + (uint64_t)patience_ms * NS_PER_MS;
}

/* Ends those of a line whose time is over. Returns when the next one's is, UINT64_MAX: never. */
static uint64_t expire(struct srflx_dtls *dtls, enum srflx_association_line line, uint64_t *counter,
                       struct srflx_time now)
{
    struct srflx_association *first;

    while ((first = srflx_associations_first(dtls->table, line))) {
        if (end_of(dtls, first) > now.mono_ns) return end_of(dtls, first);
        end(dtls, first, counter);
    }
    return UINT64_MAX;
}

/* Sends flights again that nobody answers. Returns for how many milliseconds nothing is due. */
static uint32_t send_again(struct srflx_dtls *dtls)
{
    struct srflx_association *next = srflx_associations_first(dtls->table, SRFLX_IN_HANDSHAKE);
    uint32_t wait_ms = UINT32_MAX, its_ms;

    while (next) {
        struct srflx_association *association = next;
        int error = 0;
        next = srflx_associations_behind(dtls->table, association);
        its_ms = srflx_secure_wait_ms(association->secure);
        if (!its_ms) {
            error = srflx_secure_tick(association->secure, &dtls->out);
            flush(dtls, &association->path);
            its_ms = srflx_secure_wait_ms(association->secure);
        }
        if (error)
            end(dtls, association, &dtls->counters.failed);
        else if (its_ms < wait_ms)
            wait_ms = its_ms;
    }
    return wait_ms;
}

static int to_ms(uint64_t ns)
{
    const uint64_t ms = ns / NS_PER_MS + 1;

    return ms < 60000 ? (int)ms : 60000;
}

int srflx_dtls_tick(struct srflx_dtls *dtls, struct srflx_time now)
{
    const uint64_t handshakes = expire(dtls, SRFLX_IN_HANDSHAKE, &dtls->counters.late, now);
    const uint64_t open = expire(dtls, SRFLX_OPEN, &dtls->counters.idle, now);
    const uint64_t first = handshakes < open ? handshakes : open;
    const uint32_t again_ms = send_again(dtls);
    int wait_ms;

    if (first == UINT64_MAX) return -1;
    wait_ms = to_ms(first - now.mono_ns);
    return again_ms < (uint32_t)wait_ms ? (int)again_ms : wait_ms;
}

const struct srflx_dtls_counters *srflx_dtls_counters(const struct srflx_dtls *dtls)
{
    return &dtls->counters;
}
