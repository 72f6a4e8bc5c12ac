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

/* No Shared Secret service runs here, so no username has a secret.
 * spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 */
static enum srflx_verdict check_classic_credentials(const struct srflx_message *m)
{
    if (!srflx_message_has(m, SRFLX_ATTR_MESSAGE_INTEGRITY)) return SRFLX_VERDICT_SUCCESS;
    if (!srflx_message_has(m, SRFLX_ATTR_USERNAME)) return SRFLX_VERDICT_MISSING_USERNAME;
    return SRFLX_VERDICT_STALE_CREDENTIALS;
}

/* Header, credentials, unknown attributes, then what the method itself asks.
 * spec: R8489-6.3-09 R5389-7.3-01 R3489-8.1-12 */
static enum srflx_verdict check_classic(const struct srflx_server *server,
                                        const struct srflx_message *m)
{
    enum srflx_verdict verdict;

    if (!server->classic) return SRFLX_VERDICT_CLASSIC_OFF;
    verdict = check_classic_credentials(m);
    if (verdict) return verdict;
    if (!srflx_message_understood(m, &server->known_classic))
        return SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
    return check_change_request(m);
}

/* Credentials that nobody asked for are known attributes that are not expected: ignored.
 * spec: R8489-6.3-07 R8489-6.3-09 R8489-6.3-10 R8489-6.3-11 R8489-12-02 R8489-12-07 R8489-12-08
 * R8489-14.14-03 */
static enum srflx_verdict check_current(const struct srflx_server *server,
                                        const struct srflx_message *m)
{
    if (m->fingerprint == SRFLX_FINGERPRINT_WRONG) return SRFLX_VERDICT_WRONG_FINGERPRINT;
    if (!srflx_message_understood(m, &server->known)) return SRFLX_VERDICT_UNKNOWN_ATTRIBUTE;
    return check_change_request(m);
}

/* spec: R8489-6.3-02 R8489-6.3-04 R8489-6.3-05 R8489-6.3.1.1-08 R8489-6.3.2-01 R8489-6.3.2-02
 * R8489-6.3.2-03 R8489-12-01 R8489-12-09 R5389-12.2-01 */
enum srflx_verdict srflxi_check(const struct srflx_server *server, const struct srflx_message *m)
{
    if (m->kind != SRFLX_REQUEST) return SRFLX_VERDICT_NO_REQUEST;
    if (m->method != SRFLX_METHOD_BINDING) return SRFLX_VERDICT_UNKNOWN_METHOD;
    return m->classic ? check_classic(server, m) : check_current(server, m);
}
