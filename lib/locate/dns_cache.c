#include <srflx/dns.h>

#include "name.h"

struct entry {
    struct srflx_dns_question question;
    uint64_t until_ns;
    uint8_t outcome;
};

struct srflx_dns_cache {
    size_t capacity;
    size_t count;
    struct entry entries[];
};

size_t srflx_dns_cache_size(size_t capacity)
{
    return sizeof(struct srflx_dns_cache) + capacity * sizeof(struct entry);
}

int srflx_dns_cache_init(void *memory, size_t len, size_t capacity,
                         struct srflx_dns_cache **ret_cache)
{
    struct srflx_dns_cache *cache = memory;

    if (capacity < 1 || capacity > SRFLX_DNS_CACHE_MAX) return SRFLX_ERROR_ARGUMENT;
    if (len < srflx_dns_cache_size(capacity)) return SRFLX_ERROR_SPACE;
    cache->capacity = capacity;
    cache->count = 0;
    *ret_cache = cache;
    return 0;
}

/* The entry of this question, or SIZE_MAX. */
static size_t find(const struct srflx_dns_cache *cache, const struct srflx_dns_question *question)
{
    size_t i;

    for (i = 0; i < cache->count; i++)
        if (cache->entries[i].question.type == question->type &&
            srflxi_name_equal(cache->entries[i].question.name, question->name))
            return i;
    return SIZE_MAX;
}

/* An entry for a new question: a free one, or the one that ends first. */
static struct entry *make_room(struct srflx_dns_cache *cache)
{
    struct entry *first = cache->entries;
    size_t i;

    if (cache->count < cache->capacity) return &cache->entries[cache->count++];
    for (i = 1; i < cache->count; i++)
        if (cache->entries[i].until_ns < first->until_ns) first = &cache->entries[i];
    return first;
}

void srflx_dns_cache_add(struct srflx_dns_cache *cache, const struct srflx_dns_question *question,
                         const struct srflx_dns_answer *answer, struct srflx_time now)
{
    uint32_t ttl_s = answer->ttl_s;
    struct entry *entry;
    size_t at;

    if (answer->outcome != SRFLX_DNS_NO_RECORDS && answer->outcome != SRFLX_DNS_NO_NAME) return;
    if (!ttl_s) return;
    if (ttl_s > SRFLX_DNS_CACHE_LONGEST_S) ttl_s = SRFLX_DNS_CACHE_LONGEST_S;
    at = find(cache, question);
    entry = at < cache->count ? &cache->entries[at] : make_room(cache);
    entry->question = *question;
    entry->until_ns = now.mono_ns + (uint64_t)ttl_s * 1000000000u;
    entry->outcome = answer->outcome;
}

enum srflx_dns_outcome srflx_dns_cache_find(const struct srflx_dns_cache *cache,
                                            const struct srflx_dns_question *question,
                                            struct srflx_time now)
{
    size_t at = find(cache, question);

    if (at == SIZE_MAX || now.mono_ns >= cache->entries[at].until_ns) return SRFLX_DNS_RECORDS;
    return (enum srflx_dns_outcome)cache->entries[at].outcome;
}
