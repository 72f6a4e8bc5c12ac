/* Whom to ask: what people write, and the addresses it stands for. */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>

#include <srflx/types.h>

enum { TARGET_ADDRS = 16, TARGET_HOST = 256 };

struct target {
    char host[TARGET_HOST]; /* without brackets, with its zone */
    uint16_t port;
};

/* Reads host[:port]; IPv6 with or without brackets, but with them if a port follows. `default_port`
 * stands for a missing one; if it is 0, the port may be 0. Returns NULL, or what is wrong. */
const char *target_parse(const char *text, uint16_t default_port, struct target *ret_target);

/* The same with "stun:" before it or not, and 3478 for a missing port.
 * spec: R7064-3.1-01 R7064-3.1-02 R7064-3.2-04 R8489-8.1-06 */
const char *target_parse_uri(const char *text, struct target *ret_target);

struct target_addrs {
    struct srflx_addr addrs[TARGET_ADDRS];
    size_t count;
};

/* Looks the host up. `family` 0 means both. `numeric`: no names. Returns NULL, or the system's
 * sentence. spec: R8489-8.1-01 R8489-8.1-10 */
const char *target_resolve(const struct target *target, uint8_t family, bool numeric,
                           struct target_addrs *ret_addrs);

#endif
