#include "prefixes.h"

#include <string.h>

#include <srflx/addr.h>

enum { MAPPED_BITS = 96 };
static const uint8_t mapped[MAPPED_BITS / 8] = {[10] = 0xFF, [11] = 0xFF};

static bool is_mapped(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV6 && !memcmp(addr->ip, mapped, sizeof mapped);
}

struct srflx_addr srflx_prefix_unmapped(const struct srflx_addr *addr)
{
    struct srflx_addr plain = {.port = addr->port, .family = SRFLX_IPV4};

    if (!is_mapped(addr)) return *addr;
    memcpy(plain.ip, addr->ip + sizeof mapped, 4);
    return plain;
}

static unsigned width(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV4 ? 32 : 128;
}

/* Do the first `bits` of both agree? */
static bool starts_alike(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, whole)) return false;
    return !rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool has_bits_behind(const struct srflx_prefix *prefix)
{
    for (unsigned i = prefix->bits; i < width(&prefix->addr); i++)
        if (prefix->addr.ip[i / 8] & 0x80 >> i % 8) return true;
    return false;
}

/* Decimal, 0 to `max`, without leading zeros. */
static bool read_bits(const char *text, unsigned max, uint8_t *ret_bits)
{
    unsigned bits = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && bits <= max; at++)
        bits = 10 * bits + (unsigned)(*at - '0');
    if (at == text || *at || bits > max || (*text == '0' && text[1])) return false;
    *ret_bits = (uint8_t)bits;
    return true;
}

/* Neither port nor brackets nor zone. */
static bool read_ip(const char *text, size_t len, struct srflx_addr *ret_addr)
{
    char ip[SRFLX_ADDR_TEXT];

    if (len >= sizeof ip) return false;
    memcpy(ip, text, len);
    ip[len] = '\0';
    if (strpbrk(ip, "[%") || srflx_addr_parse(ip, ret_addr)) return false;
    return ret_addr->family == SRFLX_IPV6 || !strchr(ip, ':');
}

/* A prefix of mapped addresses is one of IPv4. It has no fewer than 96 bits: the last of them is 1. */
static void unmap(struct srflx_prefix *prefix)
{
    if (!is_mapped(&prefix->addr)) return;
    prefix->addr = srflx_prefix_unmapped(&prefix->addr);
    prefix->bits = (uint8_t)(prefix->bits - MAPPED_BITS);
}

const char *srflx_prefix_parse(const char *text, struct srflx_prefix *ret_prefix)
{
    const size_t len = strcspn(text, "/");
    struct srflx_prefix prefix;

    if (!read_ip(text, len, &prefix.addr)) return "no IP address before the length of the prefix";
    prefix.bits = (uint8_t)width(&prefix.addr);
    if (text[len] && !read_bits(text + len + 1, width(&prefix.addr), &prefix.bits))
        return prefix.addr.family == SRFLX_IPV4 ? "the length of an IPv4 prefix is 0 to 32"
                                                : "the length of an IPv6 prefix is 0 to 128";
    if (has_bits_behind(&prefix)) return "the address has bits behind the prefix";
    unmap(&prefix);
    *ret_prefix = prefix;
    return NULL;
}

bool srflx_prefixes_match(const struct srflx_prefix *list, size_t count,
                          const struct srflx_addr *addr)
{
    const struct srflx_addr plain = srflx_prefix_unmapped(addr);

    for (size_t i = 0; i < count; i++)
        if (list[i].addr.family == plain.family && plain.family &&
            starts_alike(list[i].addr.ip, plain.ip, list[i].bits))
            return true;
    return false;
}
