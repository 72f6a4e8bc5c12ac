/* What the network, the servers, the strangers and the clocks do in a run. A field that is left out
 * is zero: it does not happen. Times are milliseconds from the start of the run, pairs of times the
 * least and the most, chances so many in a hundred. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <srflx/transaction.h>

/* Which way a datagram goes; index of the pairs that say so. */
enum way { THERE, BACK };

enum scenario_server {
    SERVER_ANSWERS,
    SERVER_SILENT,
    SERVER_CLOSED, /* nobody listens: a hard ICMP error comes back, over TCP a reset */
    SERVER_OLD     /* of RFC 3489: knows no cookie, answers with MAPPED-ADDRESS */
};

enum scenario_nat {
    NAT_NONE,
    NAT_KEEPS,   /* a new mapping leaves the old one in force */
    NAT_FORGETS, /* there is one mapping at a time */
    NAT_ALG,     /* rewrites its own address in what comes back, as some do for FTP's sake */
    NAT_64       /* IPv6 inside, IPv4 outside */
};

enum scenario_sleep {
    SLEEP_LOSES,     /* what comes meanwhile is lost: a suspended machine */
    SLEEP_STOPS,     /* likewise, and the monotonic clock stands still */
    SLEEP_QUEUES_UP, /* what comes meanwhile waits in the socket: a stopped process */
};

enum scenario_request { REQUEST_PLAIN, REQUEST_FINGERPRINT, REQUEST_UNKNOWN_ATTRIBUTE };

/* What strangers send to a client that has just asked, and what is wrong with it. */
enum forgery {
    FORGED_PORT,        /* the source port */
    FORGED_ADDRESS,     /* the source address */
    FORGED_ID,          /* one bit of the id; success or error */
    FORGED_RANDOM_ID,   /* the id; success or error */
    FORGED_OLD_ID,      /* the id is that of the transaction before */
    FORGED_COOKIE,      /* one bit of the cookie */
    FORGED_INDICATION,  /* the class */
    FORGED_ECHO,        /* it is the request itself */
    FORGED_METHOD,      /* the method */
    FORGED_LENGTH,      /* the last attribute is cut off */
    FORGED_FINGERPRINT, /* the checksum; RFC 3489 has none */
    FORGERIES
};

/* What can be seen of a scenario over all its seeds. */
#define SEEN_MAP(X)                                                         \
    X(ANSWER)      /* a transaction ends with an address */                 \
    X(TIMEOUT)     /* … without any answer */                             \
    X(UNREACHABLE) /* … with a hard error of the network */               \
    X(REJECTED)    /* … with an error answer */                           \
    X(RESPONSE)    /* … with an answer of no use */                       \
    X(MISLED)      /* … with an address that nobody has */                \
    X(RESENT)      /* a request leaves more than once */                    \
    X(REFUSED)     /* an error 500 to 599 comes while a transaction runs */ \
    X(LATE)        /* an answer comes after the end */                      \
    X(STALE)       /* … and meets the client's next transaction */        \
    X(FORGED)      /* a forged answer comes while a transaction runs */     \
    X(FLOODED)     /* thousands of them come */                             \
    X(DAMAGED)     /* a damaged answer comes while a transaction runs */    \
    X(NOBODY)      /* a datagram reaches no one */                          \
    X(IGNORED)     /* a server has no answer to a datagram */               \
    X(MOVED)       /* an address changes while a transaction runs */        \
    X(SOFT)        /* a soft ICMP error comes while a transaction runs */   \
    X(OVERSLEPT)   /* a host sleeps while a transaction runs */             \
    X(JUMPED)      /* a clock jumps while a transaction runs */

enum seen_bit {
#define SEEN_BIT(name) SEEN_BIT_##name,
    SEEN_MAP(SEEN_BIT)
#undef SEEN_BIT
};

enum {
#define SEEN_FLAG(name) SEEN_##name = 1 << SEEN_BIT_##name,
    SEEN_MAP(SEEN_FLAG)
#undef SEEN_FLAG
};

struct scenario {
    const char *name;
    unsigned seen; /* SEEN_…: exactly what all runs together must show */

    /* the network */
    uint32_t delay_ms[2];       /* one way */
    uint32_t later_ms;          /* from then on … */
    uint32_t later_delay_ms[2]; /* … the delay is this */
    uint32_t down_ms[2];        /* between these times everything is lost */
    unsigned loss[2];           /* chance, there and back */
    unsigned burst;             /* chance that a run of losses begins, three datagrams on average */
    unsigned duplicate;         /* chance that more than one comes … */
    unsigned copies;            /* … namely so many more */
    unsigned reorder;           /* chance to be held up for up to a second */
    unsigned flip[2];           /* chance that a bit is wrong, there and back */
    unsigned cut[2];            /* chance that the end is missing, there and back */
    unsigned soft;              /* chance that a request draws a soft ICMP error, and travels on */

    /* addresses */
    bool ipv6;
    enum scenario_nat nat;
    unsigned rebind;     /* chance that a request gets a new mapping from the NAT */
    uint32_t roam_ms;    /* then each host goes to another network */
    uint32_t move_ms;    /* then the server moves; transactions that start later know it */
    bool from_elsewhere; /* answers leave from another address than the one that was asked */

    /* time */
    uint32_t late_ms; /* most that a tick comes late */
    uint32_t sleep_ms[2];
    enum scenario_sleep sleep;
    uint32_t jump_ms[2]; /* then the monotonic clocks jump forward, by so much */

    /* the server */
    enum scenario_server server;
    enum scenario_server at_first; /* what it does until … */
    uint32_t at_first_ms;          /* … then */
    uint32_t service_ms[2];        /* its time to answer */
    unsigned refusals[2];          /* so many requests of a transaction are refused first, … */
    uint16_t refusal;              /* … with this code; 0: 500 */

    /* strangers */
    unsigned forge;   /* chance that a request is answered by them too */
    unsigned forgery; /* how: bits 1 << enum forgery; 0: any way */
    bool flood;       /* 100000 forged answers a second for one host */
    bool spoof;       /* datagrams for servers that claim to come from servers */

    /* the clients */
    unsigned clients;  /* 0: 12 */
    unsigned hosts;    /* the clients share so many; 0: 4 */
    uint32_t start_ms; /* all begin by then; 0: 1000 */
    unsigned turns;    /* transactions of each, one after the other; 0: 1 */
    uint32_t pause_ms; /* most between two of them */
    uint8_t transport; /* enum srflx_transport; 0: UDP */
    bool classic;      /* requests and timers of RFC 3489 */
    enum scenario_request request;
    struct srflx_transaction_options options; /* what is not zero replaces the default */
    bool no_resends;                          /* option max_resends is 0 */
    bool cache;    /* the RTO is the cache's estimate, which all clients share … */
    bool settles;  /* … and which must fit the delay in the end */
    bool gullible; /* nothing protects the address in an answer: a wrong one may be believed */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* The scenario of that name, or NULL. `name` may be NULL. */
const struct scenario *scenario_find(const char *name);

#endif
