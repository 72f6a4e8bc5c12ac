#define _GNU_SOURCE /* struct in_pktinfo, struct in6_pktinfo */
#include "pktinfo.h"

#include <netinet/in.h>
#include <string.h>

#include <srflx/error.h>

_Static_assert(sizeof(union srflx_pktinfo) >= CMSG_SPACE(sizeof(struct in_pktinfo)),
               "the control buffer holds an in_pktinfo");
_Static_assert(sizeof(union srflx_pktinfo) >= CMSG_SPACE(sizeof(struct in6_pktinfo)),
               "the control buffer holds an in6_pktinfo");

int srflx_pktinfo_enable(int fd, uint8_t family)
{
    const int on = 1;
    const int failed = family == SRFLX_IPV6
                           ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
                           : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);

    return failed ? SRFLX_ERROR_SYSTEM : 0;
}

/* The kernel says in ipi_spec_dst from where an answer would leave: that is the address in the
 * header unless it was broadcast or multicast. For sending, ipi_spec_dst is the source address, and
 * an interface of 0 leaves the way to the routing table. */
static bool turn_v4(unsigned char *data, struct srflx_addr *ret_to)
{
    struct srflx_addr to = {{0}, 0, 0, SRFLX_IPV4};
    struct in_pktinfo info;

    memcpy(&info, data, sizeof info);
    if (info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr) return false;
    memcpy(to.ip, &info.ipi_addr, 4);
    info.ipi_ifindex = 0;
    memcpy(data, &info, sizeof info);
    *ret_to = to;
    return true;
}

/* A link-local address means something on its own interface only, so the answer is tied to that. */
static bool turn_v6(unsigned char *data, struct srflx_addr *ret_to)
{
    struct srflx_addr to = {{0}, 0, 0, SRFLX_IPV6};
    struct in6_pktinfo info;

    memcpy(&info, data, sizeof info);
    if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return false;
    memcpy(to.ip, &info.ipi6_addr, 16);
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        to.scope = info.ipi6_ifindex;
    else
        info.ipi6_ifindex = 0;
    memcpy(data, &info, sizeof info);
    *ret_to = to;
    return true;
}

/* spec: R8489-6.3.1.2-02 R5389-7.3.1.2-01 R3489-8.1-24 */
bool srflx_pktinfo_turn(struct msghdr *message, struct srflx_addr *ret_to)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(message);

    if (!control) return false;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
        return turn_v4(CMSG_DATA(control), ret_to);
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
        return turn_v6(CMSG_DATA(control), ret_to);
    return false;
}

static size_t write_control(int level, int type, const void *data, size_t len,
                            union srflx_pktinfo *ret_control)
{
    struct msghdr message = {.msg_control = ret_control->bytes, .msg_controllen = CMSG_SPACE(len)};
    struct cmsghdr *control;

    memset(ret_control, 0, sizeof *ret_control);
    control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(control), data, len);
    return CMSG_SPACE(len);
}

size_t srflx_pktinfo_write(const struct srflx_addr *from, union srflx_pktinfo *ret_control)
{
    struct in6_pktinfo v6 = {.ipi6_ifindex = from->scope};
    struct in_pktinfo v4 = {0};

    if (from->family == SRFLX_IPV6) {
        memcpy(&v6.ipi6_addr, from->ip, sizeof v6.ipi6_addr);
        return write_control(IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof v6, ret_control);
    }
    memcpy(&v4.ipi_spec_dst, from->ip, sizeof v4.ipi_spec_dst);
    return write_control(IPPROTO_IP, IP_PKTINFO, &v4, sizeof v4, ret_control);
}
