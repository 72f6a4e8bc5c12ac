#include "server.h"

size_t srflxi_seal_size(const struct srflxi_request *request)
{
    static const uint8_t integrity[] = {
        [SRFLX_INTEGRITY_ABSENT] = 0,
        [SRFLX_INTEGRITY_SHA1] = 4 + 20,
        [SRFLX_INTEGRITY_SHA256] = 4 + 32,
    };
    size_t fingerprint = request->message.fingerprint == SRFLX_FINGERPRINT_RIGHT ? 8 : 0;

    return integrity[request->signature] + fingerprint;
}

/* spec: R8489-7-02 R8489-12-07 R8489-9.1.3-08 R8489-9.1.3-09 R8489-9.1.3-10 R8489-9.2.4-32
 * R8489-9.2.4-33 R5389-10.1.2-02 R5389-10.2.2-03 R3489-8.1-31 R7635-7-03 */
bool srflxi_seal(struct srflx_writer *w, const struct srflxi_request *request,
                 struct srflx_reply *reply)
{
    struct srflx_view bytes;

    if (request->signature)
        srflx_add_integrity(w, (enum srflx_integrity)request->signature, &request->grant.key);
    if (request->message.fingerprint == SRFLX_FINGERPRINT_RIGHT) srflx_add_fingerprint(w);
    if (srflx_writer_finish(w, &bytes)) return false;
    reply->len = bytes.len;
    return true;
}
