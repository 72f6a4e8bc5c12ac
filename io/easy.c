#include <srflx/easy.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/socket_error.h>
#include <srflx/transaction.h>
#include <srflx/writer.h>

#include "host.h"

enum { TIMEOUT_DEFAULT_MS = 10000, TIMEOUT_MOST_MS = 3600000, RECEIVE_SIZE = 2048 };

/* One address of the server, while it is asked. */
struct asking {
    struct srflx_addr server;
    struct srflx_addr local;
    struct srflx_transaction *transaction;
    struct srflx_event end; /* ANSWER or FAILED */
    int error;
    int number; /* errno of SRFLX_ERROR_UNREACHABLE and _SYSTEM */
    uint32_t sent;
    int fd;
    uint8_t request[SRFLX_HEADER_SIZE];
    uint8_t received[RECEIVE_SIZE];
};

static int __attribute__((format(printf, 3, 4)))
fail(struct srflx_query_result *ret_result, int error, const char *format, ...)
{
    va_list arguments;
    char *at;

    memset(ret_result, 0, sizeof *ret_result);
    va_start(arguments, format);
    vsnprintf(ret_result->text, sizeof ret_result->text, format, arguments);
    va_end(arguments);
    for (at = ret_result->text; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') *at = '?';
    return error;
}

/* "cannot `what` `addr`: why". */
static int fail_system(struct srflx_query_result *ret_result, const char *what,
                       const struct srflx_addr *addr, int number)
{
    char where[SRFLX_ADDR_TEXT], why[128] = "unknown error";

    (void)strerror_r(number, why, sizeof why);
    return fail(ret_result, SRFLX_ERROR_SYSTEM, "cannot %s %s: %s", what,
                srflx_addr_write(addr, where), why);
}

void srflx_query_options_defaults(struct srflx_query_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->timeout_ms = TIMEOUT_DEFAULT_MS;
    ret_options->transport = SRFLX_UDP;
}

static bool is_family(uint8_t family)
{
    return family == SRFLX_NO_FAMILY || family == SRFLX_IPV4 || family == SRFLX_IPV6;
}

/* Returns NULL, or what is wrong. */
static const char *check(const struct srflx_query_options *options)
{
    const uint8_t bound = options->local.family;

    if (options->size != sizeof *options) return "options are not from defaults()";
    if (options->timeout_ms < 1 || options->timeout_ms > TIMEOUT_MOST_MS)
        return "timeout_ms is not from 1 to 3600000";
    if (!is_family(options->family) || !is_family(bound)) return "no such address family";
    if (options->family && bound && options->family != bound)
        return "the local address is of another family";
    if (options->transport != SRFLX_UDP) return "this version asks over UDP only";
    return NULL;
}

static int bind_socket(int fd, const struct srflx_addr *local)
{
    struct sockaddr_storage storage;
    const socklen_t len = srflx_addr_to_sockaddr(local, &storage);

    return len ? bind(fd, (struct sockaddr *)&storage, len) : 0;
}

static int connect_socket(int fd, const struct srflx_addr *server)
{
    struct sockaddr_storage storage;
    const socklen_t len = srflx_addr_to_sockaddr(server, &storage);

    return connect(fd, (struct sockaddr *)&storage, len);
}

/* Who the ends are in truth: asking 0.0.0.0 is asking 127.0.0.1. */
static void read_ends(struct asking *a)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;

    if (!getpeername(a->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &a->server);
    len = sizeof storage;
    if (!getsockname(a->fd, (struct sockaddr *)&storage, &len))
        srflx_addr_from_sockaddr((struct sockaddr *)&storage, &a->local);
}

/* Connected, so that the kernel keeps strangers away and reports ICMP errors. */
static int open_socket(struct asking *a, const struct srflx_addr *local,
                       struct srflx_query_result *ret_result)
{
    a->fd = socket(a->server.family == SRFLX_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    if (a->fd < 0) return fail_system(ret_result, "open a socket for", &a->server, errno);
    fcntl(a->fd, F_SETFD, FD_CLOEXEC);
    fcntl(a->fd, F_SETFL, O_NONBLOCK);
    if (bind_socket(a->fd, local)) return fail_system(ret_result, "bind to", local, errno);
    if (connect_socket(a->fd, &a->server))
        return fail_system(ret_result, "reach", &a->server, errno);
    read_ends(a);
    return 0;
}

/* What the system says of this request or an earlier one. spec: R8489-6.2.1-17 */
static void take_error(struct asking *a, int number)
{
    switch (srflx_socket_error_kind(number)) {
    case SRFLX_SOCKET_PASSING:
        return;
    case SRFLX_SOCKET_HARD:
        a->number = number;
        srflx_transaction_unreachable(a->transaction, srflx_clock_now());
        return;
    default:
        a->number = number;
        a->error = SRFLX_ERROR_SYSTEM;
        srflx_transaction_cancel(a->transaction);
    }
}

static void take_event(struct asking *a, const struct srflx_event *event)
{
    if (event->kind == SRFLX_EVENT_SEND) {
        a->sent = event->sent;
        if (send(a->fd, event->bytes.ptr, event->bytes.len, 0) < 0) take_error(a, errno);
        return;
    }
    a->end = *event;
    a->error = event->error;
}

static void receive(struct asking *a)
{
    struct srflx_packet packet = {{a->received, 0}, a->server, a->local, SRFLX_UDP};
    const ssize_t len = recv(a->fd, a->received, sizeof a->received, 0);

    if (len < 0) {
        take_error(a, errno);
        return;
    }
    packet.bytes.len = (size_t)len;
    srflx_transaction_feed(a->transaction, &packet, srflx_clock_now());
}

/* Milliseconds until the next deadline, rounded up as poll() has it. */
static int wait_ms(const struct asking *a)
{
    const uint64_t deadline = srflx_transaction_next_deadline(a->transaction);
    const uint64_t now = srflx_clock_now().mono_ns;

    return deadline > now ? (int)((deadline - now + 999999) / 1000000) : 0;
}

/* Events are taken before anything else is received, as they borrow what was. */
static void converse(struct asking *a)
{
    struct pollfd readable = {.fd = a->fd, .events = POLLIN};
    struct srflx_event event;

    for (;;) {
        while (srflx_transaction_next_event(a->transaction, &event))
            take_event(a, &event);
        if (srflx_transaction_next_deadline(a->transaction) == UINT64_MAX) return;
        if (poll(&readable, 1, wait_ms(a)) > 0) receive(a);
        srflx_transaction_tick(a->transaction, srflx_clock_now());
    }
}

/* A request without attributes, which servers of all generations answer. */
static int start(struct asking *a, uint32_t limit_ms, void *memory)
{
    struct srflx_transaction_options options;
    struct srflx_view request = {NULL, 0};
    struct srflx_writer w;
    struct srflx_id id;
    int error;

    srflx_transaction_options_defaults(&options);
    options.limit_ms = limit_ms;
    error = srflx_transaction_init(memory, srflx_transaction_size(), &options, &a->transaction);
    if (error) return error;
    srflx_id_draw(srflx_random_fill, NULL, false, &id);
    srflx_writer_begin(&w, a->request, sizeof a->request,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    error = srflx_writer_finish(&w, &request);
    if (error) return error;
    return srflx_transaction_start(a->transaction, request, &a->server, SRFLX_UDP,
                                   srflx_clock_now());
}

static int report(const struct asking *a, struct srflx_query_result *ret_result)
{
    char server[SRFLX_ADDR_TEXT];

    srflx_addr_write(&a->server, server);
    switch (a->error) {
    case 0:
        memset(ret_result, 0, sizeof *ret_result);
        ret_result->mapped = a->end.mapped;
        ret_result->local = a->local;
        ret_result->server = a->server;
        ret_result->rtt_ns = a->end.rtt_ns;
        ret_result->sent = a->sent;
        return 0;
    case SRFLX_ERROR_TIMEOUT:
        return fail(ret_result, a->error, "no answer from %s to %u request%s over UDP", server,
                    a->sent, a->sent == 1 ? "" : "s");
    case SRFLX_ERROR_UNREACHABLE:
        (void)fail_system(ret_result, "reach", &a->server, a->number);
        return a->error;
    case SRFLX_ERROR_REJECTED:
        return fail(ret_result, a->error, "%s answered with error %u", server, a->end.code);
    case SRFLX_ERROR_SYSTEM:
        return fail_system(ret_result, "ask", &a->server, a->number);
    default:
        return fail(ret_result, a->error, "%s: %s", server, srflx_error_text(a->error));
    }
}

static int ask(struct asking *a, uint32_t limit_ms, struct srflx_query_result *ret_result)
{
    void *memory = malloc(srflx_transaction_size());

    if (!memory) return fail_system(ret_result, "ask", &a->server, ENOMEM);
    a->error = start(a, limit_ms, memory);
    if (!a->error) converse(a);
    free(memory);
    return report(a, ret_result);
}

static int ask_one(const struct srflx_addr *server, const struct srflx_addr *local,
                   uint32_t limit_ms, struct srflx_query_result *ret_result)
{
    struct asking a = {.server = *server};
    int error = open_socket(&a, local, ret_result);

    if (!error) error = ask(&a, limit_ms, ret_result);
    if (a.fd >= 0) close(a.fd);
    return error;
}

/* An equal part of what is left, for this address and the `others` behind it. */
static uint32_t share_ms(uint64_t end_ns, size_t others)
{
    const uint64_t now = srflx_clock_now().mono_ns;

    return now < end_ns ? (uint32_t)((end_ns - now) / 1000000 / (others + 1)) + 1 : 1;
}

/* spec: R8489-8.1-10 */
static int ask_in_turn(const struct srflxi_addrs *servers,
                       const struct srflx_query_options *options,
                       struct srflx_query_result *ret_result)
{
    const uint64_t end_ns = srflx_clock_now().mono_ns + (uint64_t)options->timeout_ms * 1000000;
    int error = SRFLX_ERROR_SYSTEM;
    size_t i;

    for (i = 0; i < servers->count; i++) {
        const uint32_t limit_ms = share_ms(end_ns, servers->count - i - 1);
        error = ask_one(&servers->list[i], &options->local, limit_ms, ret_result);
        if (error != SRFLX_ERROR_TIMEOUT && error != SRFLX_ERROR_UNREACHABLE &&
            error != SRFLX_ERROR_SYSTEM)
            break;
    }
    return error;
}

int srflx_query(const char *uri, const struct srflx_query_options *options,
                struct srflx_query_result *ret_result)
{
    const uint8_t family = options->local.family ? options->local.family : options->family;
    struct srflxi_addrs servers;
    struct srflxi_host host;
    const char *wrong = check(options);

    if (wrong) return fail(ret_result, SRFLX_ERROR_ARGUMENT, "%s", wrong);
    wrong = srflxi_host_parse(uri, &host);
    if (wrong) return fail(ret_result, SRFLX_ERROR_ARGUMENT, "'%s': %s", uri, wrong);
    wrong = srflxi_host_find(&host, family, &servers);
    if (wrong) return fail(ret_result, SRFLX_ERROR_NAME, "cannot find %s: %s", host.name, wrong);
    return ask_in_turn(&servers, options, ret_result);
}
