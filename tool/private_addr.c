#include "private_addr.h"

#include <stddef.h>

struct range {
    uint8_t family, bits;
    uint8_t ip[16];
};

static const struct range ranges[] = {
    {SRFLX_IPV4, 8, {127}},         /* loopback */
    {SRFLX_IPV4, 8, {10}},          /* RFC 1918 */
    {SRFLX_IPV4, 12, {172, 16}},    /* RFC 1918 */
    {SRFLX_IPV4, 16, {192, 168}},   /* RFC 1918 */
    {SRFLX_IPV4, 10, {100, 64}},    /* RFC 6598: behind a provider's NAT */
    {SRFLX_IPV4, 16, {169, 254}},   /* link-local */
    {SRFLX_IPV6, 128, {[15] = 1}},  /* loopback */
    {SRFLX_IPV6, 10, {0xFE, 0x80}}, /* link-local */
    {SRFLX_IPV6, 7, {0xFC}},        /* RFC 4193: unique local */
};

static bool contains(const struct range *range, const struct srflx_addr *addr)
{
    unsigned whole = range->bits / 8, i;
    uint8_t mask = (uint8_t)(0xFF00 >> range->bits % 8);

    if (range->family != addr->family) return false;
    for (i = 0; i < whole; i++)
        if (range->ip[i] != addr->ip[i]) return false;
    return mask == 0 || ((range->ip[whole] ^ addr->ip[whole]) & mask) == 0;
}

bool addr_is_private(const struct srflx_addr *addr)
{
    size_t i;

    for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (contains(&ranges[i], addr)) return true;
    return false;
}
