#include "guard.h"

/* Who may try again is told how; a 400 says nothing of the kind, and short-term credentials need
 * nothing to be told. */
static bool is_challenge(const struct srflx_guard *guard, enum srflx_access access)
{
    uint16_t code = srflx_access_code(access);

    return guard->mechanism == SRFLX_LONG_TERM && (code == 401 || code == 438);
}

/* spec: R8489-9.1.3-12 R8489-9.2.4-03 R8489-9.2.4-04 R8489-9.2.4-05 R8489-9.2.4-06 R8489-9.2.4-07
 * R8489-9.2.4-10 R8489-9.2.4-12 R8489-9.2.4-18 R8489-9.2.4-19 R8489-9.2.4-20 R8489-9.2.4-21
 * R8489-9.2.4-24 R8489-9.2.4-25 R8489-9.2.4-27 R8489-9.2.4-28 R8489-9.2.4-29 R5389-10.2.2-02
 * R7635-4-01 R8489-9.2.4-13 */
void srflx_guard_put_challenge(struct srflx_writer *w, const struct srflx_guard *guard,
                               enum srflx_access access, const struct srflx_addr *to,
                               struct srflx_time now)
{
    struct srflx_nonce_scope scope = srflxi_guard_scope(guard, to);
    uint8_t nonce[SRFLX_NONCE_LEN];

    if (w->classic || !is_challenge(guard, access)) return;
    srflx_nonce_write(&guard->nonces, &scope, now, nonce);
    srflx_put_bytes(w, SRFLX_ATTR_REALM, srflxi_guard_realm(guard));
    srflx_put_bytes(w, SRFLX_ATTR_NONCE, (struct srflx_view){nonce, sizeof nonce});
    if (guard->algorithm_count)
        srflx_put_bytes(w, SRFLX_ATTR_PASSWORD_ALGORITHMS, srflxi_guard_offer(guard));
    if (guard->token_key_count && access != SRFLX_ACCESS_STALE_NONCE)
        srflx_put_bytes(w, SRFLX_ATTR_THIRD_PARTY_AUTHORIZATION, srflxi_guard_server_name(guard));
}
