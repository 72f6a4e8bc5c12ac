#include "answering.h"

#include <stdlib.h>

#include <srflx/clock.h>
#include <srflx/random.h>

#include "proxied.h"

int answering_init(struct answering *answering, struct adoption *adoption)
{
    const size_t size = srflx_worker_size();

    adopter_init(&answering->adopter, adoption);
    answering->state_memory = calloc(1, size);
    if (!answering->state_memory) return SRFLX_ERROR_SYSTEM;
    return srflx_worker_init(answering->state_memory, size, srflx_random_fill, NULL,
                             &answering->state);
}

void answering_clean_up(struct answering *answering)
{
    free(answering->state_memory);
}

void answering_refresh(struct answering *answering)
{
    answering->service = adopt(&answering->adopter);
    answering->now = srflx_clock_now();
}

void answering_message(struct answering *answering, const struct srflx_packet *packet,
                       struct srflx_reply *reply)
{
    (void)srflx_server_handle(answering->service->server, answering->state, packet, answering->now,
                              reply);
    if (reply->len) sources_count(&answering->sources, &packet->from);
}

bool answering_unwrap(struct answering *answering, struct srflx_packet *packet)
{
    const struct service *service = answering->service;

    if (!service->proxy_count) return true;
    if (srflx_proxy_strip(packet, service->proxies, service->proxy_count)) return true;
    answering->unproxied++;
    return false;
}
