#include "summary.h"

#include <inttypes.h>

static void write_count(const struct log *log, uint64_t count, const char *text)
{
    if (count) log_line(log, LOG_INFO, "%12" PRIu64 "  %s", count, text);
}

void summary_write(const struct log *log, const struct totals *totals)
{
    log_line(log, LOG_INFO, "%" PRIu64 " packets, %" PRIu64 " answers", totals->udp.received,
             totals->udp.answered);
    for (unsigned i = 0; i < SRFLX_VERDICT_COUNT; i++)
        write_count(log, totals->server.verdicts[i], srflx_verdict_text((enum srflx_verdict)i));
    write_count(log, totals->overflows, "datagrams dropped: the receive queue was full");
#define WRITE(field, text) write_count(log, totals->udp.field, text);
    SRFLX_UDP_LOSS_MAP(WRITE)
#undef WRITE
    write_count(log, totals->unproxied, "datagrams dropped: from a proxy, without a PROXY header");
    write_count(log, totals->to_private, "answers to private addresses");
#define WRITE(field, text) write_count(log, totals->streams.field, text);
    SRFLX_STREAM_EVENT_MAP(WRITE)
    SRFLX_STREAM_END_MAP(WRITE)
    SRFLX_STREAM_ACCEPT_MAP(WRITE)
#undef WRITE
#define WRITE(field, text) write_count(log, totals->dtls.field, text);
    SRFLX_DTLS_EVENT_MAP(WRITE)
#undef WRITE
    for (unsigned i = 0; i < totals->workers; i++)
        log_line(log, LOG_DEBUG, "worker %u: %" PRIu64 " packets", i, totals->received_by[i]);
}
