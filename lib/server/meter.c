#include "server.h"

/* The last stage before the wire. It knows no limit yet, so every answer passes; SECURITY.md says
 * what that means for a server on the open Internet. */
bool srflxi_meter(struct srflx_worker *worker, const struct srflx_packet *packet, size_t answer_len,
                  struct srflx_time now)
{
    (void)worker;
    (void)packet;
    (void)answer_len;
    (void)now;
    return true;
}
