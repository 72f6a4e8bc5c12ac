#include "server.h"

enum { CHANGE_IP = 0x4, CHANGE_PORT = 0x2 };

/* There is one address to answer from, so a change cannot be made; no flag asks for none.
 * spec: R5389-12.2-04 R3489-8.1-24 R3489-11.2.4-01 R8489-6.3-11 */
static enum srflx_verdict check_change_request(const struct srflx_message *m)
{
    uint32_t flags;

    if (!srflx_message_has(m, SRFLX_ATTR_CHANGE_REQUEST)) return SRFLX_VERDICT_SUCCESS;
    if (srflx_message_get_u32(m, SRFLX_ATTR_CHANGE_REQUEST, &flags))
        return SRFLX_VERDICT_BAD_REQUEST;
    return flags & (CHANGE_IP | CHANGE_PORT) ? SRFLX_VERDICT_CHANGE_REFUSED : SRFLX_VERDICT_SUCCESS;
}

/* Who has shown the right credentials may be sent elsewhere; nobody else may, as anybody can forge
 * such an answer. spec: R8489-10-01 R8489-10-02 R8489-10-04 */
static enum srflx_verdict check_redirect(const struct srflx_server *server,
                                         const struct srflxi_request *request)
{
    if (!request->grant.answer || request->message.classic) return SRFLX_VERDICT_SUCCESS;
    return srflxi_alternate(server, request) ? SRFLX_VERDICT_REDIRECTED : SRFLX_VERDICT_SUCCESS;
}

/* Header, credentials, unknown attributes, then what the method itself asks.
 * spec: R8489-6.3-07 R8489-6.3-09 R8489-6.3-10 R8489-6.3-11 R8489-12-02 R8489-12-07 R8489-12-08
 * R8489-14.14-03 R5389-7.3-01 R3489-8.1-12 */
static enum srflx_verdict check_binding(const struct srflx_server *server,
                                        struct srflx_worker *worker, struct srflxi_request *request)
{
    const struct srflx_message *m = &request->message;
    const struct srflx_known *known = m->classic ? &server->known_classic : &server->known;
    enum srflx_verdict verdict;

    if (m->classic && !server->classic) return SRFLX_VERDICT_CLASSIC_OFF;
    if (m->fingerprint == SRFLX_FINGERPRINT_WRONG) return SRFLX_VERDICT_WRONG_FINGERPRINT;
    verdict = srflxi_check_credentials(server, worker, request);
    if (verdict) return verdict;
    if (!srflx_message_understood(m, known)) return SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
    verdict = check_change_request(m);
    return verdict ? verdict : check_redirect(server, request);
}

/* RFC 3489 knows no DTLS; its indications do not exist, so what is no request is ignored as ever.
 * spec: R8489-11-01 R8489-11-02 R8489-11-03 R8489-11-04 R7350-3-11 R7350-3-12 */
static bool is_classic_over_dtls(const struct srflxi_request *request)
{
    return request->message.classic && request->packet->transport == SRFLX_DTLS;
}

/* spec: R8489-6.3-02 R8489-6.3-04 R8489-6.3-05 R8489-6.3.1.1-08 R8489-6.3.2-01 R8489-6.3.2-02
 * R8489-6.3.2-03 R8489-12-01 R8489-12-09 R5389-12.2-01 R8489-9.1.3-02 R8489-9.1.3-04 R8489-9.1.3-07 R8489-9.2-01 R8489-18.2-01 */
enum srflx_verdict srflxi_check(const struct srflx_server *server, struct srflx_worker *worker,
                                struct srflxi_request *request)
{
    if (request->message.kind != SRFLX_REQUEST) return SRFLX_VERDICT_NO_REQUEST;
    if (is_classic_over_dtls(request)) return SRFLX_VERDICT_CLASSIC_OVER_DTLS;
    if (request->message.method != SRFLX_METHOD_BINDING) return SRFLX_VERDICT_UNKNOWN_METHOD;
    return check_binding(server, worker, request);
}
