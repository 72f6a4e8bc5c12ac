#include "totals.h"

#include "udp_socket.h"

void totals_add_answering(struct totals *totals, const struct answering *answering)
{
    struct srflx_counters counters;

    srflx_worker_counters(answering->state, &counters);
    for (unsigned i = 0; i < SRFLX_VERDICT_COUNT; i++)
        totals->server.verdicts[i] += counters.verdicts[i];
    totals->server.bytes_in += counters.bytes_in;
    totals->server.bytes_out += counters.bytes_out;
    totals->unproxied += answering->unproxied;
    totals->to_private += answering->sources.to_private;
}

void totals_add_losses(struct totals *totals, const struct srflx_udp_socket *socket)
{
#define ADD(field, text) totals->udp.field += socket->counters.field;
    SRFLX_UDP_LOSS_MAP(ADD)
#undef ADD
    totals->overflows += srflx_udp_overflows(socket);
}

void totals_add_udp(struct totals *totals, const struct srflx_udp_socket *socket)
{
    totals->udp.received += socket->counters.received;
    totals->udp.answered += socket->counters.answered;
    totals_add_losses(totals, socket);
}

void totals_add_streams(struct totals *totals, const struct srflx_stream_counters *streams)
{
#define ADD(field, text) totals->streams.field += streams->field;
    SRFLX_STREAM_EVENT_MAP(ADD)
    SRFLX_STREAM_END_MAP(ADD)
    SRFLX_STREAM_ACCEPT_MAP(ADD)
#undef ADD
}

void totals_add_dtls(struct totals *totals, const struct srflx_dtls_counters *dtls)
{
#define ADD(field, text) totals->dtls.field += dtls->field;
    SRFLX_DTLS_EVENT_MAP(ADD)
#undef ADD
}
