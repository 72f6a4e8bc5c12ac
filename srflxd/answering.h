/* What every thread that answers holds, whatever transport it serves. */
#ifndef SRFLXD_ANSWERING_H
#define SRFLXD_ANSWERING_H

#include "adoption.h"
#include "sources.h"

struct answering {
    struct adopter adopter;
    const struct service *service; /* of the batch in hand */
    struct srflx_time now;         /* likewise */
    struct srflx_worker *state;
    void *state_memory;
    struct sources sources;
    uint64_t
        unproxied; /* datagrams dropped: from a proxy, without the header that names the client */
};

/* Returns 0, or SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int answering_init(struct answering *answering, struct adoption *adoption);
void answering_clean_up(struct answering *answering);

/* Before each batch: the service that is in force, and the time. */
void answering_refresh(struct answering *answering);

/* One message of a client. */
void answering_message(struct answering *answering, const struct srflx_packet *packet,
                       struct srflx_reply *reply);

/* Takes a datagram out of what a proxy has put around it. False: it is to be dropped, and counted. */
bool answering_unwrap(struct answering *answering, struct srflx_packet *packet);

#endif
