#include <srflx/verdict.h>

#include <string.h>

#include <srflxi/raw.h>

#include "guard.h"
#include "users.h"

/* Whom it comes from. False if no name can be read. */
static bool read_name(const struct srflx_guard *guard, const struct srflx_message *m,
                      struct srflx_claim *claim)
{
    struct srflx_identity who = {.realm = srflxi_guard_realm(guard)};

    if (srflx_message_get_bytes(m, SRFLX_ATTR_USERNAME, &claim->username)) return false;
    who.username = claim->username;
    srflx_userhash_compute(&who, &claim->userhash);
    return true;
}

/* Long-term credentials may have the hash of a name in its place. spec: R8489-9.2.4-11 R8489-14.4-01 */
static bool read_name_or_hash(const struct srflx_guard *guard, const struct srflx_message *m,
                              struct srflx_claim *claim)
{
    struct srflx_view hash;

    if (srflx_message_get_bytes(m, SRFLX_ATTR_USERHASH, &hash)) return read_name(guard, m, claim);
    memcpy(claim->userhash.bytes, hash.ptr, sizeof claim->userhash.bytes);
    return true;
}

/* Parameters are compared, padding is not, and neither are lists of another length equal.
 * spec: R8489-9.2.4-16 R8489-14.12-03 */
static bool is_our_offer(const struct srflx_guard *guard, struct srflx_view list)
{
    struct srflx_algorithm algorithm;
    unsigned count = 0;

    for (; srflx_algorithm_next(&list, &algorithm); count++) {
        if (count == guard->algorithm_count || algorithm.parameters.len) return false;
        if (algorithm.number != guard->algorithms[count]) return false;
    }
    return !list.len && count == guard->algorithm_count;
}

static bool is_offered(const struct srflx_guard *guard, uint16_t number)
{
    unsigned i;

    for (i = 0; i < guard->algorithm_count; i++)
        if (guard->algorithms[i] == number) return true;
    return false;
}

/* A client of RFC 5389 sends neither attribute, one of RFC 8489 both if the nonce told it to.
 * spec: R8489-9.2.4-14 R8489-9.2.4-15 R8489-9.2.4-16 R8489-9.2.4-33 R8489-9.2.2-03 */
static enum srflx_access read_algorithm(const struct srflx_guard *guard,
                                        const struct srflx_message *m, struct srflx_view nonce,
                                        struct srflx_claim *claim)
{
    bool one = srflx_message_has(m, SRFLX_ATTR_PASSWORD_ALGORITHM);
    bool list = srflx_message_has(m, SRFLX_ATTR_PASSWORD_ALGORITHMS);
    struct srflx_algorithm chosen;
    struct srflx_view value;
    unsigned features = 0;

    claim->algorithm = SRFLX_ALGORITHM_MD5;
    claim->answer = SRFLX_INTEGRITY_SHA1;
    if (!one && !list) return guard->legacy ? SRFLX_ACCESS_GRANTED : SRFLX_ACCESS_FORBIDDEN;
    (void)srflx_nonce_features(nonce, &features);
    if (features & SRFLX_FEATURE_ALGORITHMS) {
        if (srflx_message_get_bytes(m, SRFLX_ATTR_PASSWORD_ALGORITHMS, &value))
            return SRFLX_ACCESS_ALGORITHM;
        if (!is_our_offer(guard, value)) return SRFLX_ACCESS_ALGORITHM;
    }
    if (srflx_message_get_bytes(m, SRFLX_ATTR_PASSWORD_ALGORITHM, &value))
        return SRFLX_ACCESS_ALGORITHM;
    if (!srflx_algorithm_next(&value, &chosen) || chosen.parameters.len)
        return SRFLX_ACCESS_ALGORITHM;
    if (!is_offered(guard, chosen.number)) return SRFLX_ACCESS_ALGORITHM;
    claim->algorithm = chosen.number;
    claim->answer = SRFLX_INTEGRITY_SHA256;
    return SRFLX_ACCESS_GRANTED;
}

/* A token brings its key along, so there is no algorithm to choose, and no realm.
 * spec: R7635-5-01 R7635-7-03 */
static enum srflx_access claim_token(struct srflx_claim *claim)
{
    claim->has_token = true;
    claim->answer = claim->integrity;
    return claim->username.ptr ? SRFLX_ACCESS_GRANTED : SRFLX_ACCESS_INCOMPLETE;
}

/* Checks 1 to 3 of RFC 8489 section 9.2.4; the nonce is looked at here, and judged last. Whatever it holds, it is one of ours
 * or it is not, and the realm is part of what users are found by.
 * spec: R8489-9.2.4-02 R8489-9.2.4-11 R5389-10.2.2-01 R8489-14.9-04 */
static enum srflx_access claim_long_term(const struct srflx_guard *guard,
                                         const struct srflx_message *m,
                                         const struct srflx_addr *from, struct srflx_time now,
                                         struct srflx_claim *claim)
{
    struct srflx_nonce_scope scope = srflxi_guard_scope(guard, from);
    bool token = guard->token_key_count && srflx_message_has(m, SRFLX_ATTR_ACCESS_TOKEN);
    struct srflx_view nonce;

    if (claim->integrity == SRFLX_INTEGRITY_ABSENT) return SRFLX_ACCESS_NONE;
    if (!read_name_or_hash(guard, m, claim)) return SRFLX_ACCESS_INCOMPLETE;
    if (!srflxi_raw(m, SRFLX_ATTR_NONCE, &nonce)) return SRFLX_ACCESS_INCOMPLETE;
    claim->has_nonce = true;
    claim->nonce = (uint8_t)srflx_nonce_check(&guard->nonces, &scope, nonce, now);
    if (token) return claim_token(claim);
    if (!srflx_message_has(m, SRFLX_ATTR_REALM)) return SRFLX_ACCESS_INCOMPLETE;
    return read_algorithm(guard, m, nonce, claim);
}

/* spec: R8489-9.1.3-01 R8489-9.1.3-05 R8489-9.1.3-08 R8489-9.1.3-09 R5389-10.1.2-01 */
static enum srflx_access claim_short_term(const struct srflx_guard *guard,
                                          const struct srflx_message *m, struct srflx_claim *claim)
{
    claim->answer = claim->integrity;
    if (claim->integrity == SRFLX_INTEGRITY_ABSENT) return SRFLX_ACCESS_INCOMPLETE;
    return read_name(guard, m, claim) ? SRFLX_ACCESS_GRANTED : SRFLX_ACCESS_INCOMPLETE;
}

/* RFC 3489 knows one kind of credentials, which work like short-term ones.
 * spec: R3489-8.1-06 R3489-8.1-07 */
static enum srflx_access claim_classic(const struct srflx_guard *guard,
                                       const struct srflx_message *m, struct srflx_claim *claim)
{
    claim->answer = SRFLX_INTEGRITY_SHA1;
    if (claim->integrity == SRFLX_INTEGRITY_ABSENT) return SRFLX_ACCESS_NONE;
    return read_name(guard, m, claim) ? SRFLX_ACCESS_GRANTED : SRFLX_ACCESS_INCOMPLETE;
}

enum srflx_access srflx_guard_claim(const struct srflx_guard *guard, const struct srflx_message *m,
                                    const struct srflx_addr *from, struct srflx_time now,
                                    struct srflx_claim *ret_claim)
{
    struct srflx_claim claim = {.integrity = (uint8_t)srflx_integrity_claimed(m),
                                .nonce = SRFLX_NONCE_FRESH};
    enum srflx_access access;

    if (m->classic)
        access = claim_classic(guard, m, &claim);
    else if (guard->mechanism == SRFLX_SHORT_TERM)
        access = claim_short_term(guard, m, &claim);
    else
        access = claim_long_term(guard, m, from, now, &claim);
    if (!access && !guard->sha1 && claim.integrity == SRFLX_INTEGRITY_SHA1)
        access = SRFLX_ACCESS_FORBIDDEN;
    *ret_claim = claim;
    return access;
}

/* Checks 4 to 6. Whether the user is known, only the end tells.
 * spec: R8489-9.1.3-03 R8489-9.1.3-05 R8489-9.1.3-06 R8489-9.2.4-17 R8489-9.2.4-23 R8489-9.2.4-26
 * R5389-10.1.2-01 R3489-8.1-09 R3489-8.1-10 */
static enum srflx_access decide(const struct srflx_message *m, const struct srflx_claim *claim,
                                const struct srflx_key *key, bool known,
                                struct srflx_grant *ret_grant)
{
    /* by: the user is known, the integrity is right, the nonce is fresh */
    static const uint8_t verdicts[2][2][2] = {
        {{SRFLX_ACCESS_UNKNOWN_USER, SRFLX_ACCESS_UNKNOWN_USER},
         {SRFLX_ACCESS_UNKNOWN_USER, SRFLX_ACCESS_UNKNOWN_USER}},
        {{SRFLX_ACCESS_WRONG_INTEGRITY, SRFLX_ACCESS_WRONG_INTEGRITY},
         {SRFLX_ACCESS_STALE_NONCE, SRFLX_ACCESS_GRANTED}},
    };
    bool right = srflx_integrity_check(m, key) >= SRFLX_INTEGRITY_SHA1;
    uint8_t verdict = verdicts[known][right][claim->nonce == SRFLX_NONCE_FRESH];

    if (verdict == SRFLX_ACCESS_GRANTED) {
        ret_grant->key = *key;
        ret_grant->answer = claim->answer;
    }
    return (enum srflx_access)verdict;
}

enum srflx_access srflx_guard_decide(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, const struct srflx_key *key,
                                     struct srflx_grant *ret_grant)
{
    return decide(m, claim, key ? key : &guard->nobody, key != NULL, ret_grant);
}

static bool is_timed(const struct srflx_guard *guard, const struct srflx_message *m,
                     const struct srflx_claim *claim)
{
    uint64_t expiry;

    return guard->secret_count && !m->classic && claim->username.ptr &&
           srflxi_timed_expiry(claim->username, &expiry);
}

enum srflx_access srflx_guard_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                    const struct srflx_addr *from, struct srflx_time now,
                                    struct srflx_claim *ret_claim, struct srflx_grant *ret_grant)
{
    enum srflx_access access = srflx_guard_claim(guard, m, from, now, ret_claim);
    const struct srflx_key *key = &guard->nobody;
    bool known = false;

    if (access) return access;
    if (ret_claim->has_token) return srflxi_token_check(guard, m, ret_claim, now, ret_grant);
    if (guard->users)
        key = srflxi_users_choose(guard->users, &ret_claim->userhash, ret_claim->algorithm, &known);
    if (is_timed(guard, m, ret_claim) && !known)
        return srflxi_timed_check(guard, m, ret_claim, now, ret_grant);
    return decide(m, ret_claim, key, known, ret_grant);
}
