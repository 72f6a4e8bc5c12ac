#include "stream_counters.h"

void srflx_stream_count_end(struct srflx_stream_counters *counters, enum srflx_stream_end end)
{
    switch (end) {
#define COUNT(field, text)         \
    case SRFLX_STREAM_END_##field: \
        counters->field++;         \
        return;
        SRFLX_STREAM_END_MAP(COUNT)
#undef COUNT
    case SRFLX_STREAM_GOES_ON:
    case SRFLX_STREAM_END_COUNT:
        return;
    }
}
