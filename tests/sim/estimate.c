#include "estimate.h"

#include <srflx/rto.h>

static void use(struct estimate *e, uint64_t now_ns)
{
    if (now_ns - e->used_ns >= SRFLX_RTO_STALE_S * 1000000000ull) *e = (struct estimate){0};
    e->used_ns = now_ns;
}

double estimate_rto_ms(struct estimate *e, uint64_t now_ns)
{
    double ms = SRFLX_RTO_INITIAL_MS;

    use(e, now_ns);
    if (e->sampled) ms = e->srtt_ms + (4 * e->rttvar_ms > 1 ? 4 * e->rttvar_ms : 1);
    return ms > e->backed_off_ms ? ms : e->backed_off_ms;
}

void estimate_sample(struct estimate *e, double rtt_ms, uint64_t now_ns)
{
    double off = rtt_ms > e->srtt_ms ? rtt_ms - e->srtt_ms : e->srtt_ms - rtt_ms;

    use(e, now_ns);
    e->rttvar_ms = e->sampled ? 0.75 * e->rttvar_ms + 0.25 * off : rtt_ms / 2;
    e->srtt_ms = e->sampled ? 0.875 * e->srtt_ms + 0.125 * rtt_ms : rtt_ms;
    e->sampled = true;
    e->backed_off_ms = 0;
}

void estimate_back_off(struct estimate *e, double interval_ms, uint64_t now_ns)
{
    use(e, now_ns);
    if (interval_ms > e->backed_off_ms) e->backed_off_ms = interval_ms;
}
