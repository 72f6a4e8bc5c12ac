#include <srflxi/transaction.h>

/* The comprehension-required attributes a response may carry: those of RFC 8489, and those that it
 * reserves because RFC 3489 used them. spec: R5389-12.1-03 */
static bool understood_current(const struct srflx_message *m)
{
    static const uint16_t known_required[] = {
        SRFLX_ATTR_MAPPED_ADDRESS,
        SRFLX_ATTR_RESPONSE_ADDRESS,
        SRFLX_ATTR_CHANGE_REQUEST,
        SRFLX_ATTR_SOURCE_ADDRESS,
        SRFLX_ATTR_CHANGED_ADDRESS,
        SRFLX_ATTR_USERNAME,
        SRFLX_ATTR_PASSWORD,
        SRFLX_ATTR_MESSAGE_INTEGRITY,
        SRFLX_ATTR_ERROR_CODE,
        SRFLX_ATTR_UNKNOWN_ATTRIBUTES,
        SRFLX_ATTR_REFLECTED_FROM,
        SRFLX_ATTR_REALM,
        SRFLX_ATTR_NONCE,
        SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256,
        SRFLX_ATTR_PASSWORD_ALGORITHM,
        SRFLX_ATTR_USERHASH,
        SRFLX_ATTR_XOR_MAPPED_ADDRESS,
    };
    struct srflx_known known = {0};
    size_t i;

    for (i = 0; i < sizeof known_required / sizeof known_required[0]; i++)
        srflx_known_add(&known, known_required[i]);
    return srflx_message_understood(m, &known);
}

/* RFC 3489's own, and XOR-MAPPED-ADDRESS: it means nothing here, but we know what it is, and stund,
 * the server that most others come from, puts it into every answer. */
static bool is_known_to_classic(uint16_t type)
{
    if (type >= SRFLX_ATTR_FIRST_OPTIONAL || type == SRFLX_ATTR_XOR_MAPPED_ADDRESS) return true;
    return type >= SRFLX_ATTR_MAPPED_ADDRESS && type <= SRFLX_ATTR_REFLECTED_FROM;
}

/* spec: R3489-9.4-12 R3489-9.4-13 */
static bool understood_classic(const struct srflx_message *m)
{
    struct srflx_iter it;
    struct srflx_attr attr;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &attr))
        if (attr.counts && !is_known_to_classic(attr.type)) return false;
    return true;
}

static bool understood(const struct srflx_message *m)
{
    return m->classic ? understood_classic(m) : understood_current(m);
}

/* An address that cannot be read is as good as none, so the other attribute gets its chance. The
 * family is the server's to choose. spec: R8489-6.3.3-02 R8489-6.3.3-03 R8489-6.3.3-04
 * R5389-12.1-02 */
static enum srflxi_verdict judge_success(struct srflxi_response *response)
{
    const struct srflx_message *m = &response->message;

    if (m->method != SRFLX_METHOD_BINDING) return SRFLXI_USABLE;
    if (!srflx_message_get_addr(m, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &response->mapped))
        return SRFLXI_USABLE;
    if (!srflx_message_get_addr(m, SRFLX_ATTR_MAPPED_ADDRESS, &response->mapped))
        return SRFLXI_USABLE;
    return SRFLXI_UNUSABLE;
}

/* Codes below 300 exist in RFC 3489 only, which has a client discard all below 400.
 * spec: R8489-6.3.4-01 R8489-6.3.4-02 R8489-6.3.4-03 R8489-6.3.4-07 R8489-14.8-11 R8489-14.8-16
 * R3489-9.4-10 R3489-9.4-11 */
static enum srflxi_verdict judge_error(struct srflxi_response *response)
{
    const struct srflx_message *m = &response->message;
    struct srflx_error_code error;

    if (srflx_message_get_error(m, &error)) return SRFLXI_UNUSABLE;
    if (m->classic && error.code < 400) return SRFLXI_UNUSABLE;
    response->code = error.code;
    return error.code / 100 == 5 ? SRFLXI_TRY_LATER : SRFLXI_REJECTED;
}

/* spec: R8489-6.3.3-01 R8489-6.3.4-01 */
enum srflxi_verdict srflxi_response_judge(struct srflxi_response *response)
{
    response->mapped = (struct srflx_addr){0};
    response->code = 0;
    if (!understood(&response->message)) return SRFLXI_UNUSABLE;
    return response->message.kind == SRFLX_SUCCESS ? judge_success(response)
                                                   : judge_error(response);
}
