/* From a URI to the addresses to try, in their order: what to ask the DNS, and what follows from its
 * answers. No clock, no socket, no callback: the caller takes out questions and feeds in answers and
 * time. Sources: RFC 8489 section 8, RFC 7064, RFC 7350 section 4.1.1, RFC 5780 section 5.1, RFC 2782,
 * RFC 8305 sections 3 to 5. One thread per plan.
 *
 *     srflx_locate_init(memory, len, &options, now, &l);
 *     for (;;) {
 *         while (srflx_locate_next_question(l, now, &question)) ask the DNS
 *         while (srflx_locate_next_candidate(l, now, &candidate)) try candidate.addr
 *         if (srflx_locate_is_done(l)) break;
 *         wait for an answer until srflx_locate_next_deadline(l), then feed() it, else tick()
 *     }
 */
#ifndef SRFLX_LOCATE_H
#define SRFLX_LOCATE_H

#include <srflx/dns.h>
#include <srflx/error.h>
#include <srflx/types.h>
#include <srflx/uri.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_PORT = 3478, SRFLX_PORT_SECURE = 5349 };

/* A plan ends in any case when its time is over, or when it has this many candidates. It has no more
 * than 8 questions outstanding. */
enum { SRFLX_LOCATE_CANDIDATES = 64, SRFLX_LOCATE_LIMIT_MS = 10000, SRFLX_LOCATE_OUTSTANDING = 8 };

/* RFC 8305: how long addresses of the second family wait for those of the first; how long an attempt is
 * the only one before the next begins, unless it has failed; and how long it is in any case. */
enum {
    SRFLX_RESOLUTION_DELAY_MS = 50,
    SRFLX_ATTEMPT_DELAY_MS = 250,
    SRFLX_ATTEMPT_DELAY_LEAST_MS = 10
};

/* In brackets: range; default. */
struct srflx_locate_options {
    uint32_t size;        /* set by defaults(); the version of this structure */
    struct srflx_uri uri; /* of srflx_uri_parse() */
    /* Of enum srflx_transport, the one wanted most first, then zeros: UDP, TCP for stun, TLS, DTLS for
     * stuns (UDP for stun, TLS for stuns). */
    uint8_t transports[4];
    uint8_t family;    /* SRFLX_IPV4 or SRFLX_IPV6 for that one alone (SRFLX_NO_FAMILY: both) */
    uint8_t first;     /* of both, that which comes first (SRFLX_IPV4 or SRFLX_IPV6; the last) */
    bool behavior;     /* the service of RFC 5780, stun-behavior (false) */
    uint32_t limit_ms; /* for all questions (1 to SRFLX_LOCATE_LIMIT_MS; the last) */
    /* The name a certificate must have, if it is not the URI's host; "": it is. With it, stuns may have
     * an address as its host; it must have come as safely as the URI. */
    char verify[SRFLX_NAME_TEXT];
    srflx_random_fn *random;       /* draws by weight; must be set */
    void *random_user;             /* its argument */
    struct srflx_dns_cache *cache; /* or NULL; kept, must outlive the plan */
};

void srflx_locate_options_defaults(struct srflx_locate_options *ret_options);

struct srflx_locate;

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_locate_size(void);

/* Makes a plan in the caller's memory. Copies `options`. Its time begins now. Returns 0,
 * SRFLX_ERROR_SPACE (`len` too small), SRFLX_ERROR_ARGUMENT (an option outside its range, `size`
 * unknown, a transport of the other scheme) or SRFLX_ERROR_NAMELESS (stuns, an address as host, and no
 * name to verify). */
SRFLX_MUST_USE int srflx_locate_init(void *memory, size_t len,
                                     const struct srflx_locate_options *options,
                                     struct srflx_time now, struct srflx_locate **ret_locate);

/* Takes out the next question. False if there is none now. */
bool srflx_locate_next_question(struct srflx_locate *l, struct srflx_time now,
                                struct srflx_dns_question *ret_question);

/* Takes what came of the question `id`, once; what nobody has asked, or has waited for too long, is
 * ignored. The answer is copied. */
void srflx_locate_feed(struct srflx_locate *l, uint16_t id, const struct srflx_dns_answer *answer,
                       struct srflx_time now);

/* Takes the time. Harmless when called early or often. */
void srflx_locate_tick(struct srflx_locate *l, struct srflx_time now);

/* When to call tick() at the latest: mono_ns, UINT64_MAX when the plan is done. */
uint64_t srflx_locate_next_deadline(const struct srflx_locate *l);

enum srflx_locate_source {
    SRFLX_FROM_LITERAL = 1, /* the URI is an address */
    SRFLX_FROM_HOST = 2,    /* an address of the URI's host */
    SRFLX_FROM_SRV = 3
};

struct srflx_candidate {
    struct srflx_addr addr;
    uint8_t transport;            /* enum srflx_transport */
    uint8_t source;               /* enum srflx_locate_source */
    uint16_t priority, weight;    /* FROM_SRV */
    char host[SRFLX_NAME_TEXT];   /* whose address it is: the URI's host or the record's target */
    char verify[SRFLX_NAME_TEXT]; /* the name a certificate must have: never the record's target */
};

/* Takes out the next address to try: transports in the order wanted, in each the servers in the order of
 * RFC 2782, of each server the families in turn. None comes twice. False if there is none now. */
bool srflx_locate_next_candidate(struct srflx_locate *l, struct srflx_time now,
                                 struct srflx_candidate *ret_candidate);

/* True when there will be no candidate any more. */
bool srflx_locate_is_done(const struct srflx_locate *l);

/* X(name, text): how a plan ended. */
#define SRFLX_LOCATE_END_MAP(X)                                          \
    X(PENDING, "not done yet")                                           \
    X(FOUND, "there are addresses to try")                               \
    X(NO_NAME, "there is no such name")                                  \
    X(NO_ADDRESS, "the name has no address")                             \
    X(NO_FAMILY, "the name has no address of the family asked for")      \
    X(NO_SERVICE, "the domain says that it does not offer this service") \
    X(DNS, "the DNS gives no answer that can be used")                   \
    X(TIMEOUT, "the DNS gave no answer in time")

enum srflx_locate_end {
#define SRFLX_LOCATE_END_ENUM(name, text) SRFLX_LOCATE_##name,
    SRFLX_LOCATE_END_MAP(SRFLX_LOCATE_END_ENUM)
#undef SRFLX_LOCATE_END_ENUM
};

/* FOUND as soon as a candidate has been taken out; a reason when the plan is done without any. */
enum srflx_locate_end srflx_locate_end(const struct srflx_locate *l);

/* The sentence of an end, without a full stop. Static. */
const char *srflx_locate_end_text(enum srflx_locate_end end);

/* X(name, text): what follows from a step. */
#define SRFLX_LOCATE_WHY_MAP(X)                                                                   \
    X(LITERAL, "an address needs no DNS")                                                         \
    X(PORT, "a port is given, so SRV records are not asked for")                                  \
    X(ASKING, "not answered yet")                                                                 \
    X(SRV, "these servers, by priority and weight")                                               \
    X(SRV_NONE, "so the host itself, on the default port")                                        \
    X(SRV_OFF, "the target is \".\": the service is not offered, and nothing else is tried")      \
    X(SRV_LONG, "not asked, the name would be too long; so the host itself, on the default port") \
    X(ADDRS, "these addresses")                                                                   \
    X(ADDRS_NONE, "no address of this family")                                                    \
    X(ENOUGH, "not asked, there are addresses enough")                                            \
    X(LATE, "no time was left")

enum srflx_locate_why {
#define SRFLX_LOCATE_WHY_ENUM(name, text) SRFLX_WHY_##name,
    SRFLX_LOCATE_WHY_MAP(SRFLX_LOCATE_WHY_ENUM)
#undef SRFLX_LOCATE_WHY_ENUM
};

/* The sentence, without a full stop. Static. */
const char *srflx_locate_why_text(enum srflx_locate_why why);

/* One step of the plan, for people. */
struct srflx_locate_step {
    struct srflx_dns_question question; /* type 0: the step asked nothing */
    uint8_t transport;                  /* of an SRV question, enum srflx_transport; else 0 */
    uint8_t outcome;                    /* enum srflx_dns_outcome, if it was asked and answered */
    uint8_t why;                        /* enum srflx_locate_why */
    uint8_t aliases;
    uint16_t count;  /* records used */
    uint16_t unused; /* records not used: too many of them, or not usable */
    bool local;      /* a table of hosts knew it, and the DNS was not asked */
    bool remembered; /* the cache knew it */
    uint64_t ns;     /* from question to answer */
};

/* Step number `number`, from 0 on. False if there are not so many. */
bool srflx_locate_step(const struct srflx_locate *l, size_t number,
                       struct srflx_locate_step *ret_step);

/* When attempts may begin, for callers that let them overlap. Start with all zero. */
struct srflx_pace {
    uint64_t last_ns;
    bool started, failed;
};

/* An attempt began, or the last one that began has failed. */
void srflx_pace_start(struct srflx_pace *pace, struct srflx_time now);
void srflx_pace_fail(struct srflx_pace *pace);

/* When the next one may begin: mono_ns, 0 for at once. */
uint64_t srflx_pace_next(const struct srflx_pace *pace);

#ifdef __cplusplus
}
#endif
#endif
