#include "bench_sources.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <srflx/addr.h>

static unsigned width(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV4 ? 32 : 128;
}

/* Adds `value` to the address as if it were a number, `shift` bits from its end. */
static void add_at(struct srflx_addr *addr, unsigned shift, uint64_t value)
{
    size_t i = width(addr) / 8 - shift / 8;

    for (value <<= shift % 8; value && i; value >>= 8)
        addr->ip[--i] |= (uint8_t)value;
}

static bool has_host_bits(const struct srflx_addr *addr, unsigned bits)
{
    for (unsigned i = bits; i < width(addr); i++)
        if (addr->ip[i / 8] & 0x80 >> i % 8) return true;
    return false;
}

/* The part before the slash, and the number behind it. */
static bool split(const char *text, struct srflx_addr *ret_addr, unsigned *ret_bits)
{
    const char *slash = strchr(text, '/');
    char addr[SRFLX_ADDR_TEXT];
    size_t len = slash ? (size_t)(slash - text) : sizeof addr;

    if (len >= sizeof addr) return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    if (srflx_addr_parse(addr, ret_addr) || ret_addr->port || ret_addr->scope) return false;
    if (strlen(slash + 1) > 3 || strspn(slash + 1, "0123456789") != strlen(slash + 1)) return false;
    *ret_bits = (unsigned)strtoul(slash + 1, NULL, 10);
    return true;
}

/* Up to 32 bits change, right behind the prefix, so that even those who tell sources apart by prefix
 * see each as new. Neither the first nor the last address of an IPv4 network is a host's. */
const char *bench_sources_parse(const char *text, struct bench_sources *ret_sources)
{
    struct bench_sources sources = {.first = 0};
    unsigned bits, host, change;

    if (!split(text, &sources.base, &bits)) return "that is no ADDRESS/BITS";
    if (bits < 1 || bits > width(&sources.base)) return "the length of the prefix is out of range";
    if (has_host_bits(&sources.base, bits)) return "there are bits behind the prefix";
    host = width(&sources.base) - bits;
    change = host < 32 ? host : 32;
    sources.shift = (uint8_t)(host - change);
    sources.count = (uint64_t)1 << change;
    if (sources.shift) {
        add_at(&sources.base, 0, 1);
    } else if (host >= 2) {
        sources.first = 1;
        sources.count -= 2;
    }
    *ret_sources = sources;
    return NULL;
}

/* A prime as the step: it goes through all of them, and neighbours are far apart. */
void bench_sources_get(const struct bench_sources *sources, uint32_t serial,
                       struct srflx_addr *ret_addr)
{
    uint64_t turn = serial % sources->count * 2654435761u % sources->count;

    *ret_addr = sources->base;
    add_at(ret_addr, sources->shift, sources->first + turn);
}

/* The question which way leads to an address. */
struct route_question {
    struct nlmsghdr header;
    struct rtmsg route;
    struct rtattr attr;
    uint8_t ip[16];
};

struct route_answer {
    struct nlmsghdr header;
    struct rtmsg route;
    uint8_t attrs[4096];
};

static size_t ask_kernel(const struct route_question *question, struct route_answer *answer)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    ssize_t got = -1;

    if (fd < 0) return 0;
    if (send(fd, question, question->header.nlmsg_len, 0) >= 0)
        got = recv(fd, answer, sizeof *answer, 0);
    close(fd);
    return got < 0 ? 0 : (size_t)got;
}

/* Asks the routing table, which knows local routes as well as the addresses of interfaces. */
bool bench_source_is_local(const struct srflx_addr *addr)
{
    uint8_t len = (uint8_t)(width(addr) / 8);
    struct route_question question = {
        .header = {.nlmsg_len = (uint32_t)(offsetof(struct route_question, ip) + len),
                   .nlmsg_type = RTM_GETROUTE,
                   .nlmsg_flags = NLM_F_REQUEST},
        .route = {.rtm_family = addr->family == SRFLX_IPV4 ? AF_INET : AF_INET6,
                  .rtm_dst_len = (uint8_t)width(addr)},
        .attr = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = RTA_DST},
    };
    struct route_answer answer;

    memcpy(question.ip, addr->ip, len);
    return ask_kernel(&question, &answer) >= offsetof(struct route_answer, attrs) &&
           answer.header.nlmsg_type == RTM_NEWROUTE && answer.route.rtm_type == RTN_LOCAL;
}
