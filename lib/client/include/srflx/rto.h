/* The retransmission time-out: an estimate per server, and a small cache of them.
 * Sources: RFC 6298 section 2; RFC 8489 section 6.2.1 (initial value, 1 ms accuracy, not rounded up
 * to a second, stale after ten minutes without a transaction). One thread per estimate and per
 * cache.
 *
 *     options.rto_ms = srflx_rto_cache_get(cache, &server, now);   // 500 for a server not met
 * lately
 *     ... after a transaction:
 *     if (event.rtt_is_sample)
 *         srflx_rto_cache_sample(cache, &server, event.rtt_ns, now);
 *     else
 *         srflx_rto_cache_back_off(cache, &server, event.interval_ns, now);
 */
#ifndef SRFLX_RTO_H
#define SRFLX_RTO_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_RTO_INITIAL_MS = 500, SRFLX_RTO_MAX_MS = 60000, SRFLX_RTO_STALE_S = 600 };

/* One estimate. Start with all zero. */
struct srflx_rto {
    uint64_t srtt_ns;
    uint64_t rttvar_ns;
    bool sampled;           /* false: the other two mean nothing yet */
    uint64_t backed_off_ns; /* the time-out is at least this, until the next sample */
};

/* Takes a round-trip time; one above SRFLX_RTO_MAX_MS counts as that. Never call it for a request
 * that was sent more than once (Karn). */
void srflx_rto_sample(struct srflx_rto *rto, uint64_t rtt_ns);

/* Takes the interval that had been reached by doubling when an answer came to a request sent more
 * than once; 0 for none. Such an answer tells no time, so without this a path that has become slower
 * than the time-out would never give a sample again (Karn's other half; RFC 6298 section 5). */
void srflx_rto_back_off(struct srflx_rto *rto, uint64_t interval_ns);

/* The time-out in ms, rounded up, 1 to SRFLX_RTO_MAX_MS. Before the first sample the estimate is
 * `initial_ms`. */
uint32_t srflx_rto_ms(const struct srflx_rto *rto, uint32_t initial_ms);

/* A table of servers, keyed by IP address; the one unused longest makes room. Look-ups walk it. */
struct srflx_rto_cache;

enum { SRFLX_RTO_CACHE_MAX = 4096 };

/* Bytes that init() needs for `capacity` servers, 1 to SRFLX_RTO_CACHE_MAX; alignment as malloc
 * gives it. */
size_t srflx_rto_cache_size(size_t capacity);

/* Makes an empty cache in the caller's memory. `initial_ms`, 1 to SRFLX_RTO_MAX_MS, is the time-out
 * of a server without a sample. Returns 0, SRFLX_ERROR_SPACE (`len` too small) or
 * SRFLX_ERROR_ARGUMENT (a number outside its range). */
SRFLX_MUST_USE int srflx_rto_cache_init(void *memory, size_t len, size_t capacity,
                                        uint32_t initial_ms, struct srflx_rto_cache **ret_cache);

/* Marks the server as used now, and returns the time-out to start with, in ms. */
uint32_t srflx_rto_cache_get(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                             struct srflx_time now);

/* Marks the server as used now, and takes a round-trip time as srflx_rto_sample() does. */
void srflx_rto_cache_sample(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                            uint64_t rtt_ns, struct srflx_time now);

/* Marks the server as used now, and backs off as srflx_rto_back_off() does. */
void srflx_rto_cache_back_off(struct srflx_rto_cache *cache, const struct srflx_addr *server,
                              uint64_t interval_ns, struct srflx_time now);

/* What is known of one server, for a program that keeps it: `age_ms` since the last transaction. */
struct srflx_rto_entry {
    struct srflx_addr server;
    struct srflx_rto rto;
    uint64_t age_ms;
};

/* Entry number `number`, from 0 on, in no order; stale ones and those without an estimate are left out. False if
 * there are not so many. */
bool srflx_rto_cache_entry(const struct srflx_rto_cache *cache, size_t number,
                           struct srflx_time now, struct srflx_rto_entry *ret_entry);

/* Puts an entry back, in place of what is known of the server. A stale one is ignored. */
void srflx_rto_cache_restore(struct srflx_rto_cache *cache, const struct srflx_rto_entry *entry,
                             struct srflx_time now);

#ifdef __cplusplus
}
#endif
#endif
