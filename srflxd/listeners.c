#include "listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

static const char *reason(int error, uint8_t family)
{
    switch (error) {
    case EADDRINUSE:
        return "the port is in use, by another program or an earlier --listen; choose another with "
               "--port";
    case EACCES:
        return "no permission; a port below 1024 needs root or CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL:
        return "no interface of this machine has this address";
    case EAFNOSUPPORT:
        return family == SRFLX_IPV6 ? "this system has no IPv6" : "this system has no IPv4";
    default:
        return strerror(error);
    }
}

static void explain(const struct log *log, const struct srflx_addr *addr, const char *transport,
                    int error)
{
    char text[SRFLX_ADDR_TEXT];

    log_line(log, LOG_ERROR, "cannot listen on %s (%s): %s", srflx_addr_write(addr, text),
             transport, reason(error, addr->family));
}

/* The kernel then drops sooner under load; said once is enough, all sockets are alike. */
static void mention_small_buffer(const struct log *log, const struct srflx_udp_socket *socket)
{
    const size_t given = srflx_udp_receive_buffer(socket);

    if (given >= SRFLX_UDP_BUFFER) return;
    log_line(log, LOG_WARN, "receive buffers have %zu KiB instead of %d; raise net.core.rmem_max",
             given / 1024, SRFLX_UDP_BUFFER / 1024);
}

/* Where to listen. */
struct endpoint {
    struct srflx_addr addr;
    bool optional; /* a system without this family has no such address */
};

struct endpoints {
    struct endpoint list[LISTENERS_MAX];
    unsigned count;
};

static bool has(const struct endpoints *endpoints, const struct srflx_addr *addr)
{
    for (unsigned i = 0; i < endpoints->count; i++)
        if (srflx_addr_equal(&endpoints->list[i].addr, addr)) return true;
    return false;
}

static void add(struct endpoints *endpoints, const struct srflx_addr *addr, bool optional)
{
    endpoints->list[endpoints->count++] = (struct endpoint){*addr, optional};
}

/* An address that is listed twice is opened twice, and so found out; the second port is not, as it may have been
 * listed with other ports. */
static void add_tls_ports(const struct settings *settings, struct endpoints *endpoints)
{
    const unsigned count = endpoints->count;

    if (!settings->certificate.count) return;
    for (unsigned i = 0; i < count; i++) {
        struct endpoint second = endpoints->list[i];
        second.addr.port = (uint16_t)settings->tls_port;
        if (!has(endpoints, &second.addr)) add(endpoints, &second.addr, second.optional);
    }
}

static void find_endpoints(const struct settings *settings, struct endpoints *ret_endpoints)
{
    const struct srflx_addr v4 = {{0}, 0, (uint16_t)settings->port, SRFLX_IPV4};
    const struct srflx_addr v6 = {{0}, 0, (uint16_t)settings->port, SRFLX_IPV6};

    ret_endpoints->count = 0;
    for (unsigned i = 0; i < settings->listen.count; i++) {
        struct srflx_addr addr = settings->listen.list[i];
        if (!addr.port) addr.port = (uint16_t)settings->port;
        add(ret_endpoints, &addr, false);
    }
    if (!settings->listen.count) {
        add(ret_endpoints, &v4, false);
        add(ret_endpoints, &v6, true);
    }
    add_tls_ports(settings, ret_endpoints);
}

/* What the words in a line are about. */
static const char *transports(const struct settings *settings, const struct listeners *listeners)
{
    const bool secure = settings->certificate.count;

    if (!settings->tcp) return listeners->dtls ? "UDP, DTLS" : "UDP";
    if (!secure) return "UDP, TCP";
    return listeners->dtls ? "UDP, TCP, TLS, DTLS" : "UDP, TCP, TLS";
}

/* These return 0 or an errno. */
static int open_udp(const struct srflx_addr *addr, struct listeners *listeners)
{
    struct srflx_udp_socket *group = calloc(listeners->workers + listeners->dtls, sizeof *group);

    if (!group) return ENOMEM;
    if (srflx_udp_open_group(addr, listeners->workers, listeners->dtls, group)) {
        const int error = errno;
        free(group);
        return error;
    }
    listeners->udp[listeners->count] = group;
    return 0;
}

static int open_tcp(const struct srflx_addr *addr, struct listeners *listeners)
{
    struct srflx_stream_socket *group = calloc(listeners->streams, sizeof *group);

    if (!group) return ENOMEM;
    if (srflx_stream_open_group(addr, listeners->streams, group)) {
        const int error = errno;
        free(group);
        return error;
    }
    listeners->tcp[listeners->count] = group;
    return 0;
}

static void close_udp(struct listeners *listeners, unsigned number)
{
    srflx_udp_close_group(listeners->udp[number], listeners->workers + listeners->dtls);
    free(listeners->udp[number]);
}

/* Returns 0, or SRFLX_ERROR_SYSTEM after having said why. spec: R8489-12-04 R8489-12-05 */
static int open_endpoint(const struct endpoint *endpoint, const struct settings *settings,
                         const struct log *log, struct listeners *listeners)
{
    const struct srflx_addr *addr = &endpoint->addr;
    char text[SRFLX_ADDR_TEXT];
    int error = open_udp(addr, listeners);

    if (error == EAFNOSUPPORT && endpoint->optional) {
        if (addr->port == settings->port)
            log_line(log, LOG_WARN, "this system has no IPv6: serving IPv4 only");
        return 0;
    }
    if (error) {
        explain(log, addr, "UDP", error);
        return SRFLX_ERROR_SYSTEM;
    }
    error = settings->tcp ? open_tcp(addr, listeners) : 0;
    if (error) {
        explain(log, addr, "TCP", error);
        close_udp(listeners, listeners->count);
        return SRFLX_ERROR_SYSTEM;
    }
    log_line(log, LOG_INFO, "listening on %s (%s)", srflx_addr_write(addr, text),
             transports(settings, listeners));
    if (!listeners->count) mention_small_buffer(log, listeners->udp[0]);
    listeners->count++;
    return 0;
}

int listeners_open(const struct settings *settings, unsigned workers, unsigned streams,
                   const struct log *log, struct listeners *ret_listeners)
{
    struct listeners opened = {.workers = workers, .streams = streams};
    struct endpoints endpoints;

    if (settings->certificate.count && settings->dtls) opened.dtls = streams;
    find_endpoints(settings, &endpoints);
    for (unsigned i = 0; i < endpoints.count; i++) {
        if (!open_endpoint(&endpoints.list[i], settings, log, &opened)) continue;
        listeners_close(&opened);
        return SRFLX_ERROR_SYSTEM;
    }
    *ret_listeners = opened;
    return 0;
}

void listeners_close(struct listeners *listeners)
{
    for (unsigned i = 0; i < listeners->count; i++) {
        close_udp(listeners, i);
        if (!listeners->tcp[i]) continue;
        srflx_stream_close_group(listeners->tcp[i], listeners->streams);
        free(listeners->tcp[i]);
    }
}

struct srflx_addr listeners_example(const struct listeners *listeners)
{
    struct srflx_addr addr = listeners->udp[0]->local;

    if (!srflx_addr_is_unspecified(&addr)) return addr;
    if (addr.family == SRFLX_IPV6) {
        addr.ip[15] = 1;
        return addr;
    }
    addr.ip[0] = 127;
    addr.ip[3] = 1;
    return addr;
}
