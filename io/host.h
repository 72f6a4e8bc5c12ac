/* Whom to ask: host and port as people write them, and the addresses behind the name. */
#ifndef SRFLXI_HOST_H
#define SRFLXI_HOST_H

#include <srflx/types.h>

enum { SRFLXI_HOST_NAME = 256, SRFLXI_HOST_ADDRS = 16 };

struct srflxi_host {
    char name[SRFLXI_HOST_NAME]; /* without brackets, with its zone */
    uint16_t port;
};

/* Reads [stun:]host[:port]. Returns NULL, or what is wrong with it. Static text. */
const char *srflxi_host_parse(const char *uri, struct srflxi_host *ret_host);

struct srflxi_addrs {
    struct srflx_addr list[SRFLXI_HOST_ADDRS];
    size_t count; /* at least 1 */
};

/* Asks the system for the addresses; `family` SRFLX_NO_FAMILY: of both. Blocks. Returns NULL, or
 * the system's word. Static text. */
const char *srflxi_host_find(const struct srflxi_host *host, uint8_t family,
                             struct srflxi_addrs *ret_addrs);

#endif
