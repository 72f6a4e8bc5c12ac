#include "proxied.h"

#include "proxy.h"

bool srflx_proxy_strip(struct srflx_packet *packet, const struct srflx_prefix *prefixes,
                       size_t count)
{
    struct srflx_proxy_header header;
    int len;

    if (!srflx_prefixes_match(prefixes, count, &packet->from)) return true;
    len = srflx_proxy_parse_datagram(packet->bytes, &header);
    if (len < 0) return false;
    packet->bytes.ptr += len;
    packet->bytes.len -= (size_t)len;
    if (header.local) return true;
    packet->from = header.from;
    packet->to = header.to;
    return true;
}
