/* DNS as locate.h needs it: questions, answers, and the negative ones worth remembering. No socket:
 * a resolver asks, and hands the answer's bytes in.
 * Sources: RFC 1035 section 4 (messages), RFC 2782 (SRV), RFC 3596 (AAAA), RFC 2308 (negative
 * answers). One thread per cache; any thread may call the rest.
 *
 *     struct srflx_dns_answer answer;
 *     srflx_dns_read(bytes, &question, &answer);
 *     srflx_locate_feed(locate, question.id, &answer, now);
 */
#ifndef SRFLX_DNS_H
#define SRFLX_DNS_H

#include <srflx/error.h>
#include <srflx/types.h>
#include <srflx/uri.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of records, by their numbers in the DNS. */
enum srflx_dns_type { SRFLX_DNS_A = 1, SRFLX_DNS_AAAA = 28, SRFLX_DNS_SRV = 33 };

/* How much of one answer is used; the rest of it is counted. */
enum { SRFLX_DNS_SRVS = 32, SRFLX_DNS_ADDRS = 8, SRFLX_DNS_ALIASES = 8 };

struct srflx_dns_question {
    char name[SRFLX_NAME_TEXT]; /* in lower case, no trailing dot */
    uint16_t type;              /* enum srflx_dns_type; the class is IN */
    uint16_t id;                /* for srflx_locate_feed(); not that of a message */
};

struct srflx_dns_srv {
    uint16_t priority, weight, port;
    char target[SRFLX_NAME_TEXT]; /* as names of questions; "." if the service is not available */
};

/* X(name, text): what came of a question. */
#define SRFLX_DNS_OUTCOME_MAP(X)                                          \
    X(RECORDS, "there are records")                                       \
    X(NO_RECORDS, "the name has no such record")                          \
    X(NO_NAME, "there is no such name")                                   \
    X(FAILED, "the DNS server failed")                                    \
    X(REFUSED, "the DNS server refused the question")                     \
    X(BROKEN, "the answer cannot be read")                                \
    X(LOOP, "aliases lead in a circle, or over more than 8 names")        \
    X(UNREACHABLE, "no DNS server can be reached, or none of them helps") \
    X(TIMEOUT, "no DNS server answered in time")

enum srflx_dns_outcome {
#define SRFLX_DNS_OUTCOME_ENUM(name, text) SRFLX_DNS_##name,
    SRFLX_DNS_OUTCOME_MAP(SRFLX_DNS_OUTCOME_ENUM)
#undef SRFLX_DNS_OUTCOME_ENUM
};

/* The sentence of an outcome, without a full stop. Static. */
const char *srflx_dns_outcome_text(enum srflx_dns_outcome outcome);

struct srflx_dns_answer {
    uint8_t
        outcome; /* enum srflx_dns_outcome; the rest, but for `aliases` and `ttl_s`, needs RECORDS */
    bool local;  /* this machine's table of hosts knew it; srflx_dns_read() says false */
    uint8_t aliases; /* names that were passed on the way (CNAME) */
    uint16_t count;  /* records in the array that the type has */
    uint16_t unused; /* records that were too many, or that cannot be used */
    uint32_t ttl_s;  /* NO_RECORDS, NO_NAME: how long that is true; 0: do not remember it */
    struct srflx_dns_srv srvs[SRFLX_DNS_SRVS];
    struct srflx_addr addrs[SRFLX_DNS_ADDRS]; /* without port */
};

/* Reads a DNS message of at most 65535 bytes as the answer to the question, whatever the bytes are. Its
 * id is not looked at, which is the resolver's to check, the question in it is. Addresses that are
 * unspecified, multicast or IPv4-mapped, and targets that no host can have as its name, are unused. The
 * time is bounded by the length. */
void srflx_dns_read(struct srflx_view message, const struct srflx_dns_question *question,
                    struct srflx_dns_answer *ret_answer);

/* What is known not to be there, for as long as its zone says, but 5 minutes at the most. */
struct srflx_dns_cache;

enum { SRFLX_DNS_CACHE_MAX = 1024, SRFLX_DNS_CACHE_LONGEST_S = 300 };

/* Bytes that init() needs for `capacity` questions, 1 to SRFLX_DNS_CACHE_MAX; alignment as malloc gives
 * it. */
size_t srflx_dns_cache_size(size_t capacity);

/* Makes an empty cache in the caller's memory. Returns 0, SRFLX_ERROR_SPACE (`len` too small) or
 * SRFLX_ERROR_ARGUMENT (`capacity` outside its range). */
SRFLX_MUST_USE int srflx_dns_cache_init(void *memory, size_t len, size_t capacity,
                                        struct srflx_dns_cache **ret_cache);

/* Remembers NO_RECORDS and NO_NAME with a time to live, and nothing else. The entry that ends first
 * makes room. */
void srflx_dns_cache_add(struct srflx_dns_cache *cache, const struct srflx_dns_question *question,
                         const struct srflx_dns_answer *answer, struct srflx_time now);

/* NO_RECORDS or NO_NAME if that is remembered, else RECORDS: ask. */
enum srflx_dns_outcome srflx_dns_cache_find(const struct srflx_dns_cache *cache,
                                            const struct srflx_dns_question *question,
                                            struct srflx_time now);

#ifdef __cplusplus
}
#endif
#endif
