/* A UDP socket connected to one server. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <srflx/types.h>

struct channel {
    int fd; /* -1: closed */
    struct srflx_addr server;
    struct srflx_addr local;
};

/* Connected, so that the system hands over ICMP errors, and takes datagrams from the server alone.
 * `bind_to` may have family 0 (any address) and port 0 (any port). Returns 0, or -1 with errno set
 * and in `ret_step` what failed: "open a socket for", "bind to" or "reach". */
int channel_open(const struct srflx_addr *server, const struct srflx_addr *bind_to,
                 struct channel *ret_channel, const char **ret_step);

void channel_close(struct channel *channel);

#endif
