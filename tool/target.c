#include "target.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>

enum { STUN_PORT = 3478 };

/* Returns what follows the host, or NULL if that cannot be said. */
static const char *find_end_of_host(const char *text, const char **ret_host, size_t *ret_len)
{
    const char *colon = strchr(text, ':'), *end;

    if (text[0] == '[') {
        end = strchr(text, ']');
        *ret_host = text + 1;
        *ret_len = end ? (size_t)(end - text - 1) : 0;
        return end ? end + 1 : NULL;
    }
    if (colon && strchr(colon + 1, ':')) colon = NULL; /* IPv6 without brackets */
    end = colon ? colon : text + strlen(text);
    if (!colon && strchr(text + strcspn(text, "%"), ':'))
        return NULL; /* and no port behind a zone */
    *ret_host = text;
    *ret_len = (size_t)(end - text);
    return end;
}

/* `text` is what follows the host: nothing, or a colon and the port. */
static bool parse_port(const char *text, uint16_t *port)
{
    unsigned long number;

    if (!*text) return true;
    if (*text++ != ':' || !*text) return false;
    if (strlen(text) > 5 || strspn(text, "0123456789") != strlen(text)) return false;
    number = strtoul(text, NULL, 10);
    if (number > 65535) return false;
    *port = (uint16_t)number;
    return true;
}

const char *target_parse(const char *text, uint16_t default_port, struct target *ret_target)
{
    struct target target = {.port = default_port};
    const char *host, *port;
    size_t len;

    port = find_end_of_host(text, &host, &len);
    if (!port || len == 0 || len >= sizeof target.host || strcspn(host, "/?@") < len)
        return "that is no host[:port]; IPv6 with a port is [address]:port";
    if (!parse_port(port, &target.port) || (default_port && target.port == 0))
        return "the port is no number from 1 to 65535";
    memcpy(target.host, host, len);
    *ret_target = target;
    return NULL;
}

/* spec: R8489-8-03 R7064-3.2-01 R7064-3.2-02 */
const char *target_parse_uri(const char *text, struct target *ret_target)
{
    if (!strncasecmp(text, "stuns:", 6))
        return "stuns wants TLS or DTLS, and this version asks over UDP only; try stun:";
    if (!strncasecmp(text, "stun:", 5)) text += 5;
    if (!strncmp(text, "//", 2)) return "a STUN URI has no //, it is stun:host[:port]";
    return target_parse(text, STUN_PORT, ret_target);
}

static int system_family(uint8_t family)
{
    if (family == SRFLX_IPV4) return AF_INET;
    return family == SRFLX_IPV6 ? AF_INET6 : AF_UNSPEC;
}

/* Each once: the system may list one several times. */
static void add_addr(struct target_addrs *addrs, const struct sockaddr *sockaddr, uint16_t port)
{
    struct srflx_addr addr;
    size_t i;

    if (addrs->count == TARGET_ADDRS || !srflx_addr_from_sockaddr(sockaddr, &addr)) return;
    addr.port = port;
    for (i = 0; i < addrs->count; i++)
        if (srflx_addr_equal(&addrs->addrs[i], &addr)) return;
    addrs->addrs[addrs->count++] = addr;
}

const char *target_resolve(const struct target *target, uint8_t family, bool numeric,
                           struct target_addrs *ret_addrs)
{
    struct addrinfo hints = {.ai_family = system_family(family), .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list, *one;
    struct target_addrs found = {.count = 0};
    int error;

    if (numeric) hints.ai_flags = AI_NUMERICHOST;
    error = getaddrinfo(target->host, NULL, &hints, &list);
    if (error) return error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
    for (one = list; one; one = one->ai_next)
        add_addr(&found, one->ai_addr, target->port);
    freeaddrinfo(list);
    *ret_addrs = found;
    return NULL;
}
