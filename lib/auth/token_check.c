#include "guard.h"

#include <string.h>

#include <srflx/wipe.h>

/* A kid is no secret. */
static const struct srflx_token_key *find_key(const struct srflx_guard *guard,
                                              struct srflx_view kid)
{
    unsigned i;

    for (i = 0; i < guard->token_key_count; i++) {
        const struct srflx_token_key *key = &guard->token_keys[i];
        if (key->kid_len == kid.len && memcmp(key->kid, kid.ptr, kid.len) == 0) return key;
    }
    return NULL;
}

static enum srflx_access open_token(const struct srflx_guard *guard, const struct srflx_message *m,
                                    const struct srflx_claim *claim, struct srflx_token *ret_token)
{
    const struct srflx_token_key *key = find_key(guard, claim->username);
    struct srflx_view value;

    if (!key) return SRFLX_ACCESS_UNKNOWN_USER;
    if (srflx_message_get_bytes(m, SRFLX_ATTR_ACCESS_TOKEN, &value)) return SRFLX_ACCESS_TOKEN;
    if (srflx_token_open(key, srflxi_guard_server_name(guard), value, ret_token))
        return SRFLX_ACCESS_TOKEN;
    return SRFLX_ACCESS_GRANTED;
}

/* spec: R7635-6.2-02 R7635-7-01 R7635-7-03 */
enum srflx_access srflxi_token_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, struct srflx_time now,
                                     struct srflx_grant *ret_grant)
{
    struct srflx_token token;
    struct srflx_key key;
    enum srflx_access access = open_token(guard, m, claim, &token);

    if (access) return access;
    if (!srflx_token_is_current(&token, now)) {
        access = SRFLX_ACCESS_EXPIRED;
    } else {
        srflx_key_from_secret((struct srflx_view){token.mac_key, token.mac_key_len}, &key);
        access = srflx_guard_decide(guard, m, claim, &key, ret_grant);
        srflx_key_wipe(&key);
    }
    srflx_wipe(&token, sizeof token);
    return access;
}
