/* Which sockets there are: for each address a group, one socket per worker. */
#ifndef SRFLXD_LISTENERS_H
#define SRFLXD_LISTENERS_H

#include "log.h"
#include "settings.h"
#include "udp_socket.h"

struct listeners {
    struct srflx_udp_socket *sockets[SETTINGS_LIST_MAX]; /* one group per address */
    unsigned count;                                      /* addresses */
    unsigned workers;                                    /* sockets in each group */
};

/* Opens what the settings ask for, for `workers` workers, and says so; without --listen both
 * wildcards, and IPv4 alone on a system without IPv6. Returns 0, or SRFLX_ERROR_SYSTEM after having
 * said why, with nothing left open. */
SRFLX_MUST_USE int listeners_open(const struct settings *settings, unsigned workers,
                                  const struct log *log, struct listeners *ret_listeners);

void listeners_close(struct listeners *listeners);

/* An address at which this machine can ask the server: the first one, or loopback for a wildcard.
 */
struct srflx_addr listeners_example(const struct listeners *listeners);

#endif
