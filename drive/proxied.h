/* Datagrams behind a proxy (PROXY protocol, version 2; proxy.h): taken out of their wrapping. */
#ifndef SRFLX_DRIVE_PROXIED_H
#define SRFLX_DRIVE_PROXIED_H

#include <srflx/types.h>

#include "prefixes.h"

/* A packet from one of the prefixes must begin with a header: `bytes` then begins behind it, and
 * `from` and `to` are what it says (as they were, if it says LOCAL). The answer still goes to the
 * proxy: keep the packet's own addresses for it. A packet from elsewhere is left as it is.
 * Returns false, with the packet untouched, if it must be dropped. */
SRFLX_MUST_USE bool srflx_proxy_strip(struct srflx_packet *packet,
                                      const struct srflx_prefix *prefixes, size_t count);

#endif
