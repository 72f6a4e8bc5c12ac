/* What the files of the plan share: its state. */
#ifndef PLAN_H
#define PLAN_H

#include <srflx/locate.h>

/* UDP and TCP, or TLS and DTLS; the targets of both, and the URI's host. */
enum { SERVICES = 2, HOSTS = SERVICES * SRFLX_DNS_SRVS + 1, FAMILIES = 2 };
enum { QUESTIONS = SERVICES + HOSTS * FAMILIES };

#define MS ((uint64_t)1000000)

struct srflxi_target {
    uint16_t priority, weight, port;
    uint8_t host; /* index */
};

/* Puts targets into the order in which to try them. */
void srflxi_srv_order(struct srflxi_target *targets, size_t count, srflx_random_fn *random,
                      void *user);

/* One transport. */
struct service {
    uint8_t transport;
    uint8_t source; /* enum srflx_locate_source */
    bool ready;     /* the targets are known */
    bool off;       /* decidedly not offered */
    uint8_t count;
    struct srflxi_target targets[SRFLX_DNS_SRVS];
};

struct addrs {
    bool known;
    uint8_t count;
    uint64_t known_ns;
    struct srflx_addr list[SRFLX_DNS_ADDRS];
};

/* The index of a family is 0 for IPv6 and 1 for IPv4. */
struct host {
    char name[SRFLX_NAME_TEXT];
    struct addrs families[FAMILIES];
};

enum state { QUEUED, ASKED, ANSWERED };

struct question {
    uint16_t type;
    uint8_t subject; /* index of the service (SRV) or of the host */
    uint8_t state;   /* enum state */
    uint8_t outcome; /* enum srflx_dns_outcome */
    uint8_t why;
    uint8_t aliases;
    bool local, remembered, late;
    uint16_t count, unused;
    uint64_t asked_ns, answered_ns;
};

/* Where candidates are taken from next. */
struct cursor {
    uint8_t service, target;
    uint8_t given[FAMILIES]; /* addresses of the target passed */
    uint8_t next;            /* index of the family whose turn it is */
    bool begun;              /* the target has had its first */
};

struct given {
    struct srflx_addr addr;
    uint8_t transport;
};

struct srflx_locate {
    struct srflx_locate_options options;
    uint64_t end_ns;
    uint8_t first;     /* index of the family that begins */
    uint8_t first_why; /* of the step that asked nothing, or SRFLX_WHY_ASKING */
    size_t service_count, host_count, question_count, outstanding, given_count;
    struct cursor cursor;
    struct service services[SERVICES];
    struct host hosts[HOSTS];
    struct question questions[QUESTIONS];
    struct given given[SRFLX_LOCATE_CANDIDATES];
};

/* Moves the cursor over what has nothing (more) to give. */
void srflxi_locate_advance(struct srflx_locate *l);

/* When the second family need not wait any longer, or UINT64_MAX. */
uint64_t srflxi_locate_patience_ns(const struct srflx_locate *l);

/* Makes the name of an SRV question. False if it would be too long. */
bool srflxi_locate_service_name(const struct srflx_locate *l, uint8_t transport, char *ret_name);

#endif
