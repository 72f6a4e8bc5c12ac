#include <srflx/classify.h>

#include "server.h"

/* Says the verdict's answer into `reply`. */
static enum srflx_verdict respond(const struct srflx_server *server,
                                  const struct srflx_packet *packet,
                                  const struct srflx_message *request, enum srflx_verdict verdict,
                                  struct srflx_reply *reply)
{
    uint8_t kind = verdict == SRFLX_VERDICT_SUCCESS ? SRFLX_SUCCESS : SRFLX_ERROR;
    struct srflx_writer w;

    srflx_writer_reply(&w, reply->buf, reply->cap, request, kind);
    srflxi_answer(&w, server, packet, request, verdict);
    return srflxi_seal(&w, request, reply) ? verdict : SRFLX_VERDICT_NO_SPACE;
}

/* classify → admit → parse → check → answer → seal */
static enum srflx_verdict decide(const struct srflx_server *server,
                                 const struct srflx_packet *packet, struct srflx_reply *reply)
{
    struct srflx_message request;
    enum srflx_verdict verdict;

    if (packet->bytes.len && srflx_classify(packet->bytes.ptr[0]) != SRFLX_PROTOCOL_STUN)
        return SRFLX_VERDICT_NOT_STUN;
    verdict = srflxi_admit(packet);
    if (verdict) return verdict;
    if (srflx_message_parse(packet->bytes, &request)) return SRFLX_VERDICT_MALFORMED;
    verdict = srflxi_check(server, &request);
    if (!srflxi_answers(verdict)) return verdict;
    return respond(server, packet, &request, verdict, reply);
}

/* The line a packet walks; the meter has the last word. */
enum srflx_verdict srflx_server_handle(const struct srflx_server *server,
                                       struct srflx_worker *worker,
                                       const struct srflx_packet *packet, struct srflx_time now,
                                       struct srflx_reply *reply)
{
    enum srflx_verdict verdict;

    reply->len = 0;
    verdict = decide(server, packet, reply);
    if (reply->len && !srflxi_meter(worker, packet, reply->len, now)) {
        reply->len = 0;
        verdict = SRFLX_VERDICT_METERED;
    }
    worker->counters.verdicts[verdict]++;
    worker->counters.bytes_in += packet->bytes.len;
    worker->counters.bytes_out += reply->len;
    return verdict;
}
