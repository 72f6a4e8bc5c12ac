#include "server.h"

void srflx_worker_counters(const struct srflx_worker *worker, struct srflx_counters *ret_counters)
{
    *ret_counters = worker->counters;
}

const char *srflx_verdict_text(enum srflx_verdict verdict)
{
    switch (verdict) {
#define VERDICT_TEXT(name, code, text) \
    case SRFLX_VERDICT_##name:         \
        return text;
        SRFLX_VERDICT_MAP(VERDICT_TEXT)
#undef VERDICT_TEXT
    default:
        return "unknown verdict";
    }
}

const char *srflx_verdict_name(enum srflx_verdict verdict)
{
    switch (verdict) {
#define VERDICT_NAME(name, code, text) \
    case SRFLX_VERDICT_##name:         \
        return #name;
        SRFLX_VERDICT_MAP(VERDICT_NAME)
#undef VERDICT_NAME
    default:
        return "UNKNOWN";
    }
}

uint16_t srflxi_verdict_code(enum srflx_verdict verdict)
{
    switch (verdict) {
#define VERDICT_CODE(name, code, text) \
    case SRFLX_VERDICT_##name:         \
        return code;
        SRFLX_VERDICT_MAP(VERDICT_CODE)
#undef VERDICT_CODE
    default:
        return 0;
    }
}
