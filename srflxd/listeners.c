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

static void explain(const struct log *log, const struct srflx_addr *addr, int error)
{
    char text[SRFLX_ADDR_TEXT];

    log_line(log, LOG_ERROR, "cannot listen on %s (UDP): %s", srflx_addr_write(addr, text),
             reason(error, addr->family));
}

/* The kernel then drops sooner under load; said once is enough, all sockets are alike. */
static void mention_small_buffer(const struct log *log, const struct srflx_udp_socket *socket)
{
    const size_t given = srflx_udp_receive_buffer(socket);

    if (given >= SRFLX_UDP_BUFFER) return;
    log_line(log, LOG_WARN, "receive buffers have %zu KiB instead of %d; raise net.core.rmem_max",
             given / 1024, SRFLX_UDP_BUFFER / 1024);
}

/* Returns 0 or an errno, and explains nothing. */
static int open_group(const struct srflx_addr *addr, const struct log *log,
                      struct listeners *listeners)
{
    struct srflx_udp_socket *group = calloc(listeners->workers, sizeof *group);
    char text[SRFLX_ADDR_TEXT];

    if (!group) return ENOMEM;
    if (srflx_udp_open_group(addr, listeners->workers, 0, group)) {
        const int error = errno;
        free(group);
        return error;
    }
    log_line(log, LOG_INFO, "listening on %s (UDP)", srflx_addr_write(&group->local, text));
    if (!listeners->count) mention_small_buffer(log, group);
    listeners->sockets[listeners->count++] = group;
    return 0;
}

static int open_or_explain(const struct srflx_addr *addr, const struct log *log,
                           struct listeners *listeners)
{
    const int error = open_group(addr, log, listeners);

    if (!error) return 0;
    explain(log, addr, error);
    return SRFLX_ERROR_SYSTEM;
}

static int open_listed(const struct settings *settings, const struct log *log,
                       struct listeners *listeners)
{
    for (unsigned i = 0; i < settings->listen.count; i++) {
        struct srflx_addr addr = settings->listen.list[i];

        if (!addr.port) addr.port = (uint16_t)settings->port;
        if (open_or_explain(&addr, log, listeners)) return SRFLX_ERROR_SYSTEM;
    }
    return 0;
}

static int open_wildcards(const struct settings *settings, const struct log *log,
                          struct listeners *listeners)
{
    const struct srflx_addr v4 = {{0}, 0, (uint16_t)settings->port, SRFLX_IPV4};
    const struct srflx_addr v6 = {{0}, 0, (uint16_t)settings->port, SRFLX_IPV6};
    int error;

    if (open_or_explain(&v4, log, listeners)) return SRFLX_ERROR_SYSTEM;
    error = open_group(&v6, log, listeners);
    if (!error) return 0;
    if (error == EAFNOSUPPORT) {
        log_line(log, LOG_WARN, "this system has no IPv6: serving IPv4 only");
        return 0;
    }
    explain(log, &v6, error);
    return SRFLX_ERROR_SYSTEM;
}

int listeners_open(const struct settings *settings, unsigned workers, const struct log *log,
                   struct listeners *ret_listeners)
{
    struct listeners opened = {.workers = workers};
    const int error = settings->listen.count ? open_listed(settings, log, &opened)
                                             : open_wildcards(settings, log, &opened);

    if (error) {
        listeners_close(&opened);
        return error;
    }
    *ret_listeners = opened;
    return 0;
}

void listeners_close(struct listeners *listeners)
{
    for (unsigned i = 0; i < listeners->count; i++) {
        srflx_udp_close_group(listeners->sockets[i], listeners->workers);
        free(listeners->sockets[i]);
    }
}

struct srflx_addr listeners_example(const struct listeners *listeners)
{
    struct srflx_addr addr = listeners->sockets[0]->local;

    if (!srflx_addr_is_unspecified(&addr)) return addr;
    if (addr.family == SRFLX_IPV6) {
        addr.ip[15] = 1;
        return addr;
    }
    addr.ip[0] = 127;
    addr.ip[3] = 1;
    return addr;
}
