#include <srflx/rto.h>

enum { NS_PER_MS = 1000000 };

#define GRANULARITY_NS ((uint64_t)NS_PER_MS)
#define MAX_NS ((uint64_t)SRFLX_RTO_MAX_MS * NS_PER_MS)

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* spec: R8489-6.2.1-03 R5389-7.2.1-03 R6298-2-01 R6298-2-02 R6298-2-03 */
void srflx_rto_sample(struct srflx_rto *rto, uint64_t rtt_ns)
{
    uint64_t rtt = rtt_ns < MAX_NS ? rtt_ns : MAX_NS;

    rto->backed_off_ns = 0;
    if (rto->sampled) {
        rto->rttvar_ns = (3 * rto->rttvar_ns + distance(rto->srtt_ns, rtt)) / 4;
        rto->srtt_ns = (7 * rto->srtt_ns + rtt) / 8;
    } else {
        rto->rttvar_ns = rtt / 2;
        rto->srtt_ns = rtt;
        rto->sampled = true;
    }
}

/* spec: R8489-6.2.1-08 */
void srflx_rto_back_off(struct srflx_rto *rto, uint64_t interval_ns)
{
    if (interval_ns > rto->backed_off_ns) rto->backed_off_ns = interval_ns;
}

static uint64_t estimate_ns(const struct srflx_rto *rto, uint32_t initial_ms)
{
    uint64_t spread = 4 * rto->rttvar_ns;

    if (!rto->sampled) return (uint64_t)initial_ms * NS_PER_MS;
    return rto->srtt_ns + (spread > GRANULARITY_NS ? spread : GRANULARITY_NS);
}

/* spec: R8489-6.2.1-06 R8489-6.2.1-07 R6298-2-01 R6298-2-04 R6298-5-01 */
uint32_t srflx_rto_ms(const struct srflx_rto *rto, uint32_t initial_ms)
{
    uint64_t ns = estimate_ns(rto, initial_ms);

    if (ns < rto->backed_off_ns) ns = rto->backed_off_ns;
    return ns > MAX_NS ? SRFLX_RTO_MAX_MS : (uint32_t)((ns + NS_PER_MS - 1) / NS_PER_MS);
}
