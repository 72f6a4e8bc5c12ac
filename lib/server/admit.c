#include <srflx/addr.h>

#include "server.h"

/* An answer to such a source would reach nobody, many, or ourselves. */
static bool source_is_answerable(const struct srflx_packet *packet)
{
    const struct srflx_addr *from = &packet->from;

    if (!from->port || srflx_addr_is_unspecified(from) || srflx_addr_is_multicast(from))
        return false;
    return !srflx_addr_equal(from, &packet->to);
}

/* Broadcast and multicast would make every server of a network answer at once. */
enum srflx_verdict srflxi_admit(const struct srflx_packet *packet)
{
    size_t len = packet->bytes.len;

    if (len < SRFLX_HEADER_SIZE || len > SRFLX_MESSAGE_MAX) return SRFLX_VERDICT_NOT_ADMITTED;
    if (!source_is_answerable(packet)) return SRFLX_VERDICT_NOT_ADMITTED;
    if (srflx_addr_is_multicast(&packet->to)) return SRFLX_VERDICT_NOT_ADMITTED;
    return SRFLX_VERDICT_SUCCESS;
}
