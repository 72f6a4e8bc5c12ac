/* Which sockets there are: for each address a group, one socket for each thread that serves it. */
#ifndef SRFLXD_LISTENERS_H
#define SRFLXD_LISTENERS_H

#include "log.h"
#include "settings.h"
#include "stream_socket.h"
#include "udp_socket.h"

enum { LISTENERS_MAX = 2 * SETTINGS_LIST_MAX }; /* with tls-port, two for each address */

struct listeners {
    struct srflx_udp_socket
        *udp[LISTENERS_MAX]; /* for each address: one for each worker, then `dtls` */
    struct srflx_stream_socket *tcp[LISTENERS_MAX]; /* one for each stream thread; NULL: no TCP */
    unsigned count;                                 /* addresses */
    unsigned workers, streams, dtls;
};

/* Opens what the settings ask for, for so many workers and stream threads, and says so; without --listen both
 * wildcards, and IPv4 alone on a system without IPv6. Returns 0, or SRFLX_ERROR_SYSTEM after having
 * said why, with nothing left open. */
SRFLX_MUST_USE int listeners_open(const struct settings *settings, unsigned workers,
                                  unsigned streams, const struct log *log,
                                  struct listeners *ret_listeners);

void listeners_close(struct listeners *listeners);

/* An address at which this machine can ask the server: the first one, or loopback for a wildcard.
 */
struct srflx_addr listeners_example(const struct listeners *listeners);

#endif
