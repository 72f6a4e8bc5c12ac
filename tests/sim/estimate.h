/* The RTO of a server as RFC 6298 computes it, in floating point: to compare with the library's. */
#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

/* Start with all zero. */
struct estimate {
    double srtt_ms;
    double rttvar_ms;
    bool sampled;
    double backed_off_ms; /* what doubling has reached since the last sample */
    uint64_t used_ns;     /* of the last transaction */
};

/* The RTO for a transaction that starts now. */
double estimate_rto_ms(struct estimate *estimate, uint64_t now_ns);

void estimate_sample(struct estimate *estimate, double rtt_ms, uint64_t now_ns);
void estimate_back_off(struct estimate *estimate, double interval_ms, uint64_t now_ns);

#endif
