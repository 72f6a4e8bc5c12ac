#include "barrage.h"

#include <string.h>

enum {
    UDP = 17,
    IGMP = 2,
    HOP_BY_HOP = 0,
    ICMPV6 = 58,
    UDP_HEADER = 8,
    V4_HEADER = 20,
    V6_HEADER = 40
};

size_t end_ip_len(const struct end *end)
{
    return end->family == V4 ? 4 : 16;
}

bool end_same_ip(const struct end *a, const struct end *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, end_ip_len(a)) == 0;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t len)
{
    size_t i;

    for (i = 0; i + 1 < len; i += 2)
        sum += get16(bytes + i);
    return len % 2 ? sum + (uint32_t)(bytes[len - 1] << 8) : sum;
}

static uint16_t folded(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

static void write_v4(const struct datagram *datagram, size_t udp_len, uint8_t *packet)
{
    static const uint8_t start[] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, UDP};

    memset(packet, 0, V4_HEADER);
    memcpy(packet, start, sizeof start);
    put16(packet + 2, V4_HEADER + udp_len);
    memcpy(packet + 12, datagram->from.ip, 4);
    memcpy(packet + 16, datagram->to.ip, 4);
    put16(packet + 10, folded(add(0, packet, V4_HEADER)));
}

static void write_v6(const struct datagram *datagram, size_t udp_len, uint8_t *packet)
{
    static const uint8_t start[] = {0x60, 0, 0, 0, 0, 0, UDP, 64};

    memcpy(packet, start, sizeof start);
    put16(packet + 4, udp_len);
    memcpy(packet + 8, datagram->from.ip, 16);
    memcpy(packet + 24, datagram->to.ip, 16);
}

size_t packet_write(const struct datagram *datagram, uint8_t packet[PACKET_MAX])
{
    const bool v4 = datagram->to.family == V4;
    const size_t udp_len = UDP_HEADER + datagram->len, header = v4 ? V4_HEADER : V6_HEADER;
    uint8_t *udp = packet + header;
    uint32_t sum = UDP + (uint32_t)udp_len;
    uint16_t check;

    if (v4)
        write_v4(datagram, udp_len, packet);
    else
        write_v6(datagram, udp_len, packet);
    put16(udp, datagram->from.port);
    put16(udp + 2, datagram->to.port);
    put16(udp + 4, udp_len);
    put16(udp + 6, 0);
    memcpy(udp + UDP_HEADER, datagram->bytes, datagram->len);
    sum = add(sum, datagram->from.ip, end_ip_len(&datagram->from));
    sum = add(sum, datagram->to.ip, end_ip_len(&datagram->to));
    check = folded(add(sum, udp, udp_len));
    put16(udp + 6, check ? check : 0xFFFF);
    return header + udp_len;
}

static enum packet_kind read_udp(const uint8_t *udp, size_t len, struct datagram *ret_datagram)
{
    if (len < UDP_HEADER || get16(udp + 4) != len || len - UDP_HEADER > DATAGRAM_MAX)
        return PACKET_ELSE;
    ret_datagram->from.port = get16(udp);
    ret_datagram->to.port = get16(udp + 2);
    ret_datagram->len = len - UDP_HEADER;
    memcpy(ret_datagram->bytes, udp + UDP_HEADER, ret_datagram->len);
    return PACKET_UDP;
}

static enum packet_kind read_v4(const uint8_t *packet, size_t len, struct datagram *ret_datagram)
{
    if (len < V4_HEADER || get16(packet + 2) != len) return PACKET_ELSE;
    if (packet[9] == IGMP) return PACKET_OF_THE_KERNEL;
    if (packet[0] != 0x45 || packet[9] != UDP || get16(packet + 6) & 0x3FFF) return PACKET_ELSE;
    ret_datagram->from.family = ret_datagram->to.family = V4;
    memcpy(ret_datagram->from.ip, packet + 12, 4);
    memcpy(ret_datagram->to.ip, packet + 16, 4);
    return read_udp(packet + V4_HEADER, len - V4_HEADER, ret_datagram);
}

static enum packet_kind read_v6(const uint8_t *packet, size_t len, struct datagram *ret_datagram)
{
    if (len <= V6_HEADER || V6_HEADER + (size_t)get16(packet + 4) != len) return PACKET_ELSE;
    if (packet[6] == HOP_BY_HOP) return PACKET_OF_THE_KERNEL; /* multicast listener reports */
    if (packet[6] == ICMPV6 && packet[V6_HEADER] >= 128) return PACKET_OF_THE_KERNEL;
    if (packet[6] != UDP) return PACKET_ELSE;
    ret_datagram->from.family = ret_datagram->to.family = V6;
    memcpy(ret_datagram->from.ip, packet + 8, 16);
    memcpy(ret_datagram->to.ip, packet + 24, 16);
    return read_udp(packet + V6_HEADER, len - V6_HEADER, ret_datagram);
}

enum packet_kind packet_read(const uint8_t *packet, size_t len, struct datagram *ret_datagram)
{
    if (len && packet[0] >> 4 == 4) return read_v4(packet, len, ret_datagram);
    if (len && packet[0] >> 4 == 6) return read_v6(packet, len, ret_datagram);
    return PACKET_ELSE;
}
