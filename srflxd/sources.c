#include "sources.h"

#include <string.h>

/* RFC 1918, RFC 3927, RFC 6598. Loopback is none of them: nobody else can be behind it. */
static bool is_private_v4(const uint8_t *ip)
{
    return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
           (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254) ||
           (ip[0] == 100 && (ip[1] & 0xc0) == 64);
}

/* RFC 4193, RFC 4291 section 2.5.6. */
static bool is_private(const struct srflx_addr *addr)
{
    if (addr->family == SRFLX_IPV4) return is_private_v4(addr->ip);
    return (addr->ip[0] & 0xfe) == 0xfc || (addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80);
}

static bool is_same_host(const struct srflx_addr *a, const struct srflx_addr *b)
{
    return a->family == b->family && !memcmp(a->ip, b->ip, sizeof a->ip);
}

static void conclude(struct sources *sources)
{
    sources->all_private = sources->to_private == sources->answers;
    sources->all_one = !sources->differ;
    atomic_store_explicit(&sources->enough, true, memory_order_release);
}

void sources_count(struct sources *sources, const struct srflx_addr *client)
{
    sources->to_private += is_private(client);
    if (sources->answers++ >= SOURCES_ENOUGH) return;
    if (sources->answers == 1) sources->first = *client;
    sources->differ = sources->differ || !is_same_host(&sources->first, client);
    if (sources->answers == SOURCES_ENOUGH) conclude(sources);
}

enum sources_verdict sources_judge(const struct sources *const *list, unsigned count,
                                   struct srflx_addr *ret_one)
{
    const struct sources *first = NULL;
    bool all_private = true, all_one = true;

    for (unsigned i = 0; i < count; i++) {
        if (!atomic_load_explicit(&list[i]->enough, memory_order_acquire)) continue;
        if (!first) first = list[i];
        all_private = all_private && list[i]->all_private;
        all_one = all_one && list[i]->all_one && is_same_host(&first->first, &list[i]->first);
    }
    if (!first) return SOURCES_UNKNOWN;
    if (all_one) {
        *ret_one = first->first;
        return SOURCES_ONE;
    }
    return all_private ? SOURCES_PRIVATE : SOURCES_VARIED;
}
