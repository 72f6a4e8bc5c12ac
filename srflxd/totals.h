/* What all threads have done, together, and (packets) each worker. */
#ifndef SRFLXD_TOTALS_H
#define SRFLXD_TOTALS_H

#include "answering.h"
#include "dtls.h"
#include "settings.h"
#include "stream.h"
#include "udp.h"

struct totals {
    struct srflx_counters server;
    struct srflx_udp_counters udp;
    uint64_t overflows;  /* datagrams the kernel dropped before a thread could take them */
    uint64_t unproxied;  /* datagrams of proxies, without a header */
    uint64_t to_private; /* answers to private addresses */
    struct srflx_stream_counters streams;
    struct srflx_dtls_counters dtls;
    uint64_t received_by[SETTINGS_WORKERS_MAX];
    unsigned workers;
};

void totals_add_answering(struct totals *totals, const struct answering *answering);
void totals_add_losses(struct totals *totals, const struct srflx_udp_socket *socket); /* alone */
void totals_add_udp(struct totals *totals, const struct srflx_udp_socket *socket);
void totals_add_streams(struct totals *totals, const struct srflx_stream_counters *streams);
void totals_add_dtls(struct totals *totals, const struct srflx_dtls_counters *dtls);

#endif
