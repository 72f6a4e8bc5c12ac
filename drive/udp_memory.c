#include "udp.h"

#include <string.h>

#include <srflx/addr.h>

static void prepare(void *batch)
{
    memset(batch, 0, sizeof(struct srflx_udp_arrays));
}

static bool is_acceptable(const struct srflx_packet *packet, struct srflx_udp_counters *counters)
{
    if (packet->bytes.len > SRFLX_UDP_SLOT) {
        counters->truncated++;
        return false;
    }
    if (srflx_addr_is_multicast(&packet->to)) {
        counters->not_unicast++;
        return false;
    }
    return true;
}

/* Without room the handler still decides, as it would before a full send queue. */
static void take(struct srflx_udp_arrays *arrays, const struct srflx_packet *packet,
                 struct srflx_udp_counters *counters, const struct srflx_handler *handler)
{
    const bool room = arrays->answered < arrays->answer_room;
    struct srflx_udp_answer *answer = room ? &arrays->answers[arrays->answered] : NULL;
    struct srflx_udp_answer lost;
    struct srflx_reply reply = {answer ? answer->bytes : lost.bytes, SRFLX_UDP_REPLY, 0};

    handler->handle(handler->user, packet, &reply);
    if (!reply.len) return;
    if (!answer) {
        counters->send_full++;
        return;
    }
    answer->from = packet->to;
    answer->to = packet->from;
    answer->len = reply.len;
    arrays->answered++;
    counters->answered++;
}

static unsigned run(void *batch, struct srflx_udp_socket *socket,
                    const struct srflx_handler *handler)
{
    struct srflx_udp_arrays *arrays = batch;
    const size_t waiting = arrays->packet_count - arrays->taken;
    const unsigned count = waiting < SRFLX_UDP_BATCH ? (unsigned)waiting : SRFLX_UDP_BATCH;

    for (unsigned i = 0; i < count; i++) {
        const struct srflx_packet *packet = &arrays->packets[arrays->taken++];
        if (is_acceptable(packet, &socket->counters))
            take(arrays, packet, &socket->counters, handler);
    }
    socket->counters.received += count;
    return count;
}

const struct srflx_udp_driver srflx_udp_memory = {"memory", sizeof(struct srflx_udp_arrays),
                                                  prepare, run};
