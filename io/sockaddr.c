#include <srflx/sockaddr.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

socklen_t srflx_addr_to_sockaddr(const struct srflx_addr *addr,
                                 struct sockaddr_storage *ret_sockaddr)
{
    if (addr->family == SRFLX_IPV4) {
        struct sockaddr_in v4;
        memset(&v4, 0, sizeof v4);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(addr->port);
        memcpy(&v4.sin_addr, addr->ip, 4);
        memcpy(ret_sockaddr, &v4, sizeof v4);
        return sizeof v4;
    }
    if (addr->family == SRFLX_IPV6) {
        struct sockaddr_in6 v6;
        memset(&v6, 0, sizeof v6);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(addr->port);
        v6.sin6_scope_id = addr->scope;
        memcpy(&v6.sin6_addr, addr->ip, 16);
        memcpy(ret_sockaddr, &v6, sizeof v6);
        return sizeof v6;
    }
    return 0;
}

static struct srflx_addr from_v4(const struct sockaddr *sockaddr)
{
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_IPV4};
    struct sockaddr_in v4;

    memcpy(&v4, sockaddr, sizeof v4);
    addr.port = ntohs(v4.sin_port);
    memcpy(addr.ip, &v4.sin_addr, 4);
    return addr;
}

static struct srflx_addr from_v6(const struct sockaddr *sockaddr)
{
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_IPV6};
    struct sockaddr_in6 v6;

    memcpy(&v6, sockaddr, sizeof v6);
    addr.port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        addr.family = SRFLX_IPV4;
        memcpy(addr.ip, v6.sin6_addr.s6_addr + 12, 4);
        return addr;
    }
    memcpy(addr.ip, &v6.sin6_addr, 16);
    if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&v6.sin6_addr))
        addr.scope = v6.sin6_scope_id;
    return addr;
}

bool srflx_addr_from_sockaddr(const struct sockaddr *sockaddr, struct srflx_addr *ret_addr)
{
    if (sockaddr->sa_family != AF_INET && sockaddr->sa_family != AF_INET6) return false;
    *ret_addr = sockaddr->sa_family == AF_INET ? from_v4(sockaddr) : from_v6(sockaddr);
    return true;
}
