#include <srflx/classify.h>

#include "server.h"

/* Says the verdict's answer into `reply`. RFC 3489 has no integrity in error responses (its table 2). */
static enum srflx_verdict respond(const struct srflx_server *server, struct srflxi_request *request,
                                  enum srflx_verdict verdict, struct srflx_reply *reply)
{
    uint8_t kind = verdict == SRFLX_VERDICT_SUCCESS ? SRFLX_SUCCESS : SRFLX_ERROR;
    struct srflx_writer w;

    request->signature = request->grant.answer;
    if (request->message.classic && kind == SRFLX_ERROR)
        request->signature = SRFLX_INTEGRITY_ABSENT;
    srflx_writer_reply(&w, reply->buf, reply->cap, &request->message, kind);
    srflxi_answer(&w, server, request, verdict);
    return srflxi_seal(&w, request, reply) ? verdict : SRFLX_VERDICT_NO_SPACE;
}

/* check → answer → seal */
static enum srflx_verdict judge(const struct srflx_server *server, struct srflx_worker *worker,
                                struct srflxi_request *request, struct srflx_reply *reply)
{
    enum srflx_verdict verdict = srflxi_check(server, worker, request);

    if (srflxi_answers(verdict)) verdict = respond(server, request, verdict, reply);
    if (request->grant.answer) srflx_key_wipe(&request->grant.key);
    return verdict;
}

/* classify → admit → parse → check → answer → seal */
static enum srflx_verdict decide(const struct srflx_server *server, struct srflx_worker *worker,
                                 struct srflxi_request *request, struct srflx_reply *reply)
{
    const struct srflx_packet *packet = request->packet;
    enum srflx_verdict verdict;

    if (packet->bytes.len && srflx_classify(packet->bytes.ptr[0]) != SRFLX_PROTOCOL_STUN)
        return SRFLX_VERDICT_NOT_STUN;
    verdict = srflxi_admit(packet);
    if (verdict) return verdict;
    if (srflx_message_parse(packet->bytes, &request->message)) return SRFLX_VERDICT_MALFORMED;
    return judge(server, worker, request, reply);
}

/* The line a packet walks; the meter has the last word.
 * spec: R8489-16.1.2-01 */
enum srflx_verdict srflx_server_handle(const struct srflx_server *server,
                                       struct srflx_worker *worker,
                                       const struct srflx_packet *packet, struct srflx_time now,
                                       struct srflx_reply *reply)
{
    struct srflxi_request request;
    enum srflx_verdict verdict;

    request.packet = packet;
    request.now = now;
    request.grant.answer = SRFLX_INTEGRITY_ABSENT;
    reply->len = 0;
    verdict = decide(server, worker, &request, reply);
    if (reply->len && !srflxi_meter(worker, packet, reply->len, now)) {
        reply->len = 0;
        verdict = SRFLX_VERDICT_METERED;
    }
    worker->counters.verdicts[verdict]++;
    worker->counters.bytes_in += packet->bytes.len;
    worker->counters.bytes_out += reply->len;
    return verdict;
}
