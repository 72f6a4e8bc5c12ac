#include "guard.h"

#include <srflx/base64.h>
#include <srflxi/digest.h>
#include <srflx/wipe.h>

enum { DIGITS_MOST = 12, PASSWORD = SRFLX_BASE64_LETTERS(SRFLXI_SHA1_SIZE) };

bool srflxi_timed_expiry(struct srflx_view username, uint64_t *ret_unix_s)
{
    uint64_t seconds = 0;
    size_t i;

    for (i = 0; i < username.len && i <= DIGITS_MOST; i++) {
        uint8_t byte = username.ptr[i];
        if (byte == ':' && i) {
            *ret_unix_s = seconds;
            return true;
        }
        if (byte < '0' || byte > '9') return false;
        seconds = seconds * 10 + (uint64_t)(byte - '0');
    }
    return false;
}

/* The password is the base64 of the name's HMAC, and from there on it is long-term credentials as
 * any other. */
static void derive(const struct srflx_guard *guard, unsigned secret,
                   const struct srflx_claim *claim, struct srflx_key *ret_key)
{
    const struct srflx_identity who = {claim->username, srflxi_guard_realm(guard)};
    uint8_t mac[SRFLXI_SHA1_SIZE], password[PASSWORD];
    struct srflx_view text = {password, 0};

    srflxi_hmac_sha1(&guard->secrets[secret], &claim->username, 1, mac);
    text.len =
        srflx_base64_encode(SRFLX_BASE64_PADDED, (struct srflx_view){mac, sizeof mac}, password);
    if (srflx_key_long_term(claim->algorithm, &who, text, ret_key)) /* cannot be: it was offered */
        srflx_key_from_secret(text, ret_key);
    srflx_wipe(mac, sizeof mac);
    srflx_wipe(password, sizeof password);
}

enum srflx_access srflxi_timed_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, struct srflx_time now,
                                     struct srflx_grant *ret_grant)
{
    enum srflx_access access = SRFLX_ACCESS_WRONG_INTEGRITY;
    struct srflx_key key;
    uint64_t expiry;
    unsigned i;

    if (!srflxi_timed_expiry(claim->username, &expiry)) return SRFLX_ACCESS_UNKNOWN_USER;
    if (expiry <= now.unix_ms / 1000) return SRFLX_ACCESS_EXPIRED;
    for (i = 0; i < guard->secret_count && access == SRFLX_ACCESS_WRONG_INTEGRITY; i++) {
        derive(guard, i, claim, &key);
        access = srflx_guard_decide(guard, m, claim, &key, ret_grant);
    }
    srflx_key_wipe(&key);
    return access;
}
