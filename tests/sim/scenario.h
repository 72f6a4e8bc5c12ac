/* What the network, the server and the strangers do in a run. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <srflx/types.h>

enum scenario_server {
    SERVER_ANSWERS,
    SERVER_SILENT,
    SERVER_CLOSED,  /* nobody listens: an ICMP error comes back */
    SERVER_TROUBLED /* answers 500 to some requests first */
};

/* What can be seen of a scenario over all its seeds. */
enum {
    SEEN_ANSWER = 1,
    SEEN_TIMEOUT = 2,
    SEEN_UNREACHABLE = 4,
    SEEN_REJECTED = 8,
    SEEN_RESENT = 16, /* a request left more than once */
    SEEN_LATE = 32,   /* an answer came after the end */
    SEEN_FORGED = 64  /* a forged answer came while the transaction ran */
};

struct scenario {
    const char *name;
    unsigned loss;          /* datagrams in a hundred, in each direction */
    unsigned duplicate;     /* likewise */
    unsigned reorder;       /* likewise: held up for up to a second */
    unsigned rebind;        /* requests in a hundred that get a new mapping from the NAT */
    unsigned forge;         /* requests in a hundred that strangers answer too */
    uint32_t delay_ms[2];   /* one way, least and most */
    uint32_t service_ms[2]; /* in the server, likewise */
    uint32_t late_ms;       /* most that a tick comes late */
    uint32_t limit_ms;      /* option of the transactions */
    enum scenario_server server;
    bool nat;
    bool ipv6;
    bool classic;  /* RFC 3489 requests and timers */
    unsigned seen; /* SEEN_...: exactly what all runs together must show */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* The scenario of that name, or NULL. */
const struct scenario *scenario_find(const char *name);

#endif
