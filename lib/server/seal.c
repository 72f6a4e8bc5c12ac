#include "server.h"

/* spec: R8489-7-02 R8489-12-07 */
bool srflxi_seal(struct srflx_writer *w, const struct srflx_message *request,
                 struct srflx_reply *reply)
{
    struct srflx_view bytes;

    if (request->fingerprint == SRFLX_FINGERPRINT_RIGHT) srflx_add_fingerprint(w);
    if (srflx_writer_finish(w, &bytes)) return false;
    reply->len = bytes.len;
    return true;
}
