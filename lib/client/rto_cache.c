#include <srflx/addr.h>
#include <srflx/rto.h>

struct entry {
    struct srflx_addr server;
    struct srflx_rto rto;
    uint64_t used_ns; /* of the last transaction */
};

struct srflx_rto_cache {
    size_t capacity;
    size_t count;
    uint32_t initial_ms;
    struct entry entries[];
};

size_t srflx_rto_cache_size(size_t capacity)
{
    return sizeof(struct srflx_rto_cache) + capacity * sizeof(struct entry);
}

int srflx_rto_cache_init(void *memory, size_t len, size_t capacity, uint32_t initial_ms,
                         struct srflx_rto_cache **ret_cache)
{
    struct srflx_rto_cache *cache = memory;

    if (capacity < 1 || capacity > SRFLX_RTO_CACHE_MAX) return SRFLX_ERROR_ARGUMENT;
    if (initial_ms < 1 || initial_ms > SRFLX_RTO_MAX_MS) return SRFLX_ERROR_ARGUMENT;
    if (len < srflx_rto_cache_size(capacity)) return SRFLX_ERROR_SPACE;
    cache->capacity = capacity;
    cache->count = 0;
    cache->initial_ms = initial_ms;
    *ret_cache = cache;
    return 0;
}

/* The server's entry, or NULL. spec: R8489-6.2.1-10 */
static struct entry *find(struct srflx_rto_cache *cache, const struct srflx_addr *server)
{
    size_t i;

    for (i = 0; i < cache->count; i++)
        if (srflx_addr_same_ip(&cache->entries[i].server, server)) return &cache->entries[i];
    return NULL;
}

/* An entry for a new server: a free one, or that of the server unused longest. */
static struct entry *make_room(struct srflx_rto_cache *cache)
{
    struct entry *oldest = cache->entries;
    size_t i;

    if (cache->count < cache->capacity) return &cache->entries[cache->count++];
    for (i = 1; i < cache->count; i++)
        if (cache->entries[i].used_ns < oldest->used_ns) oldest = &cache->entries[i];
    return oldest;
}

/* spec: R8489-6.2.1-11 */
static bool is_stale(const struct entry *entry, uint64_t now_ns)
{
    return now_ns > entry->used_ns &&
           now_ns - entry->used_ns >= (uint64_t)SRFLX_RTO_STALE_S * 1000000000u;
}

/* The server's entry, marked as used now. */
static struct entry *use(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                         struct srflx_time now)
{
    struct entry *entry = find(cache, server);

    if (!entry) {
        entry = make_room(cache);
        *entry = (struct entry){.server = *server};
    } else if (is_stale(entry, now.mono_ns)) {
        entry->rto = (struct srflx_rto){0};
    }
    entry->used_ns = now.mono_ns;
    return entry;
}

uint32_t srflx_rto_cache_get(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                             struct srflx_time now)
{
    return srflx_rto_ms(&use(cache, server, now)->rto, cache->initial_ms);
}

void srflx_rto_cache_sample(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                            uint64_t rtt_ns, struct srflx_time now)
{
    srflx_rto_sample(&use(cache, server, now)->rto, rtt_ns);
}

void srflx_rto_cache_back_off(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                              uint64_t interval_ns, struct srflx_time now)
{
    srflx_rto_back_off(&use(cache, server, now)->rto, interval_ns);
}

static bool is_worth_keeping(const struct entry *entry, uint64_t now_ns)
{
    return (entry->rto.sampled || entry->rto.backed_off_ns) && !is_stale(entry, now_ns);
}

bool srflx_rto_cache_entry(const struct srflx_rto_cache *cache, size_t number,
                           struct srflx_time now, struct srflx_rto_entry *ret_entry)
{
    const struct entry *entry;
    size_t i;

    for (i = 0; i < cache->count; i++) {
        entry = &cache->entries[i];
        if (!is_worth_keeping(entry, now.mono_ns) || number--) continue;
        ret_entry->server = entry->server;
        ret_entry->rto = entry->rto;
        ret_entry->age_ms =
            now.mono_ns > entry->used_ns ? (now.mono_ns - entry->used_ns) / 1000000 : 0;
        return true;
    }
    return false;
}

/* A machine may have been started since; then the entry looks younger than it is, by less than the ten minutes.
 * spec: R8489-6.2.1-11 */
void srflx_rto_cache_restore(struct srflx_rto_cache *cache, const struct srflx_rto_entry *entry,
                             struct srflx_time now)
{
    struct entry *place;
    uint64_t age_ns;

    if (entry->age_ms >= (uint64_t)SRFLX_RTO_STALE_S * 1000) return;
    age_ns = entry->age_ms * 1000000;
    place = use(cache, &entry->server, now);
    place->rto = entry->rto;
    place->used_ns = now.mono_ns > age_ns ? now.mono_ns - age_ns : 0;
}
