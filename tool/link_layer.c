#define _DEFAULT_SOURCE /* u_char, u_int, which pcap.h uses */
#include "link_layer.h"

#include <pcap/pcap.h>
#include <string.h>

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86DD, ETHER_VLAN = 0x8100, ETHER_QINQ = 0x88A8 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60, EXTENSIONS_MOST = 8 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Takes `len` bytes off the front; false if there are not so many. */
static bool skip(struct srflx_view *bytes, size_t len)
{
    if (len > bytes->len) return false;
    bytes->ptr += len;
    bytes->len -= len;
    return true;
}

/* The end that a header states cuts off padding of the link layer. */
static void cut(struct srflx_view *bytes, size_t len)
{
    if (len < bytes->len) bytes->len = len;
}

static bool read_ipv4(struct srflx_view bytes, struct ip_packet *ip)
{
    size_t header = bytes.len >= 20 ? (size_t)(bytes.ptr[0] & 0xF) * 4 : 0;

    if (header < 20 || header > bytes.len) return false;
    ip->protocol = bytes.ptr[9];
    ip->fragment = (get16(bytes.ptr + 6) & 0x3FFF) != 0;
    ip->from.family = ip->to.family = SRFLX_IPV4;
    memcpy(ip->from.ip, bytes.ptr + 12, 4);
    memcpy(ip->to.ip, bytes.ptr + 16, 4);
    cut(&bytes, get16(bytes.ptr + 2));
    ip->payload = bytes;
    return skip(&ip->payload, header);
}

static bool is_extension(uint8_t protocol)
{
    return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
           protocol == DESTINATION_OPTIONS;
}

static bool skip_extensions(struct ip_packet *ip)
{
    unsigned count;

    for (count = 0; is_extension(ip->protocol); count++) {
        const uint8_t *header = ip->payload.ptr;
        if (count == EXTENSIONS_MOST || ip->payload.len < 8) return false;
        if (ip->protocol == FRAGMENT && (get16(header + 2) & 0xFFF9)) ip->fragment = true;
        ip->protocol = header[0];
        if (ip->fragment) return true;
        if (!skip(&ip->payload, 8 + (size_t)header[1] * 8)) return false;
    }
    return true;
}

static bool read_ipv6(struct srflx_view bytes, struct ip_packet *ip)
{
    if (bytes.len < 40) return false;
    ip->protocol = bytes.ptr[6];
    ip->from.family = ip->to.family = SRFLX_IPV6;
    memcpy(ip->from.ip, bytes.ptr + 8, 16);
    memcpy(ip->to.ip, bytes.ptr + 24, 16);
    cut(&bytes, 40 + (size_t)get16(bytes.ptr + 4));
    ip->payload = bytes;
    return skip(&ip->payload, 40) && skip_extensions(ip);
}

static bool read_ip(struct srflx_view bytes, struct ip_packet *ip)
{
    if (!bytes.len) return false;
    if (bytes.ptr[0] >> 4 == 4) return read_ipv4(bytes, ip);
    return bytes.ptr[0] >> 4 == 6 && read_ipv6(bytes, ip);
}

/* `bytes` starts with an EtherType. */
static bool read_ethertype(struct srflx_view bytes, struct ip_packet *ip)
{
    while (bytes.len >= 6 && (get16(bytes.ptr) == ETHER_VLAN || get16(bytes.ptr) == ETHER_QINQ))
        if (!skip(&bytes, 4)) return false;
    if (bytes.len < 2) return false;
    if (get16(bytes.ptr) != ETHER_IPV4 && get16(bytes.ptr) != ETHER_IPV6) return false;
    return skip(&bytes, 2) && read_ip(bytes, ip);
}

/* Linux cooked, version 2: the EtherType comes first, 20 bytes in all. */
static bool read_sll2(struct srflx_view bytes, struct ip_packet *ip)
{
    if (bytes.len < 20) return false;
    if (get16(bytes.ptr) != ETHER_IPV4 && get16(bytes.ptr) != ETHER_IPV6) return false;
    return skip(&bytes, 20) && read_ip(bytes, ip);
}

static bool at_ethertype(struct srflx_view frame, size_t header, struct ip_packet *ip)
{
    return skip(&frame, header) && read_ethertype(frame, ip);
}

bool link_layer_known(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_NULL:
    case DLT_LOOP:
        return true;
    default:
        return false;
    }
}

bool link_layer_ip(int link_type, struct srflx_view frame, struct ip_packet *ret_ip)
{
    memset(ret_ip, 0, sizeof *ret_ip);
    switch (link_type) {
    case DLT_EN10MB:
        return at_ethertype(frame, 12, ret_ip);
    case DLT_LINUX_SLL:
        return at_ethertype(frame, 14, ret_ip);
    case DLT_LINUX_SLL2:
        return read_sll2(frame, ret_ip);
    case DLT_NULL:
    case DLT_LOOP:
        return skip(&frame, 4) && read_ip(frame, ret_ip);
    default:
        return read_ip(frame, ret_ip);
    }
}
