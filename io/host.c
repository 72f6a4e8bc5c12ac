#include "host.h"

#include <netdb.h>
#include <string.h>
#include <strings.h>

#include <srflx/addr.h>
#include <srflx/sockaddr.h>

enum { STUN_PORT = 3478 };

/* Returns what follows the host, NULL if there is no host. */
static const char *read_name(const char *text, char *ret_name)
{
    const bool bracketed = *text == '[';
    const bool bare_ipv6 = !bracketed && strchr(text, ':') != strrchr(text, ':');
    const char *start = text + bracketed;
    const size_t len = strcspn(start, bracketed ? "]/?#@" : bare_ipv6 ? "/?#@" : ":/?#@");

    if (len == 0 || len >= SRFLXI_HOST_NAME) return NULL;
    if (bracketed && start[len] != ']') return NULL;
    memcpy(ret_name, start, len);
    ret_name[len] = '\0';
    return start + len + bracketed;
}

/* `text` is what follows the host. */
static bool read_port(const char *text, uint16_t *ret_port)
{
    unsigned long port = 0;
    const char *digit;

    if (!*text) return true;
    if (*text != ':' || !text[1]) return false;
    for (digit = text + 1; *digit; digit++) {
        if (*digit < '0' || *digit > '9') return false;
        port = port * 10 + (unsigned long)(*digit - '0');
        if (port > 65535) return false;
    }
    *ret_port = (uint16_t)port;
    return port != 0;
}

/* spec: R7064-3.1-01 R7064-3.1-02 R7064-3.2-04 R8489-8-03 R8489-8.1-06 */
const char *srflxi_host_parse(const char *uri, struct srflxi_host *ret_host)
{
    struct srflxi_host host = {.port = STUN_PORT};
    const char *rest;

    if (!strncasecmp(uri, "stuns:", 6)) return "stuns: wants TLS, which is not there yet";
    if (!strncasecmp(uri, "stun:", 5)) uri += 5;
    rest = read_name(uri, host.name);
    if (!rest) return "want stun:host[:port]; IPv6 with a port is [address]:port";
    if (!read_port(rest, &host.port)) return "want nothing behind the host but :port, 1 to 65535";
    *ret_host = host;
    return NULL;
}

static int system_family(uint8_t family)
{
    if (family == SRFLX_IPV4) return AF_INET;
    return family == SRFLX_IPV6 ? AF_INET6 : AF_UNSPEC;
}

/* Each once: the system may list one several times. */
static void add(struct srflxi_addrs *addrs, const struct sockaddr *sockaddr, uint16_t port)
{
    struct srflx_addr addr;
    size_t i;

    if (addrs->count == SRFLXI_HOST_ADDRS || !srflx_addr_from_sockaddr(sockaddr, &addr)) return;
    addr.port = port;
    for (i = 0; i < addrs->count; i++)
        if (srflx_addr_equal(&addrs->list[i], &addr)) return;
    addrs->list[addrs->count++] = addr;
}

/* spec: R8489-8.1-01 R8489-8.1-10 */
const char *srflxi_host_find(const struct srflxi_host *host, uint8_t family,
                             struct srflxi_addrs *ret_addrs)
{
    struct addrinfo hints = {.ai_family = system_family(family), .ai_socktype = SOCK_DGRAM};
    struct srflxi_addrs found = {.count = 0};
    struct addrinfo *list, *one;
    const int error = getaddrinfo(host->name, NULL, &hints, &list);

    if (error) return gai_strerror(error);
    for (one = list; one; one = one->ai_next)
        add(&found, one->ai_addr, host->port);
    freeaddrinfo(list);
    if (!found.count) return "the name has no address of this kind";
    *ret_addrs = found;
    return NULL;
}
