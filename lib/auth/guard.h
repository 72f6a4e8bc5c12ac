/* What a guard holds: private to this layer. */
#ifndef SRFLXI_GUARD_H
#define SRFLXI_GUARD_H

#include <srflx/verdict.h>

enum { ALGORITHMS_MOST = 2 };

struct srflx_guard {
    uint8_t mechanism;
    bool legacy, sha1;
    uint8_t secret_count, token_key_count, algorithm_count;
    uint16_t algorithms[ALGORITHMS_MOST];
    uint8_t offer[4 * ALGORITHMS_MOST]; /* the value of PASSWORD-ALGORITHMS */
    unsigned features;                  /* SRFLX_FEATURE_... */
    uint32_t nonce_lifetime_s;
    struct srflx_nonce_keys nonces;
    const struct srflx_users *users;
    struct srflx_key nobody; /* what unknown users are checked with */
    struct srflx_hmac_sha1 secrets[SRFLX_GUARD_SECRETS];
    struct srflx_token_key token_keys[SRFLX_GUARD_TOKEN_KEYS];
    size_t realm_len, server_name_len;
    uint8_t realm[SRFLX_REALM_MAX];
    uint8_t server_name[SRFLX_REALM_MAX];
};

static inline struct srflx_view srflxi_guard_realm(const struct srflx_guard *guard)
{
    return (struct srflx_view){guard->realm, guard->realm_len};
}

static inline struct srflx_view srflxi_guard_server_name(const struct srflx_guard *guard)
{
    return (struct srflx_view){guard->server_name, guard->server_name_len};
}

static inline struct srflx_view srflxi_guard_offer(const struct srflx_guard *guard)
{
    return (struct srflx_view){guard->offer, (size_t)guard->algorithm_count * 4};
}

/* What a nonce for this client is bound to. */
struct srflx_nonce_scope srflxi_guard_scope(const struct srflx_guard *guard,
                                            const struct srflx_addr *client);

/* A user whose name is "<expiry>:<name>" and whose password is the HMAC of it under a shared secret. False if
 * the name has another form. */
bool srflxi_timed_expiry(struct srflx_view username, uint64_t *ret_unix_s);

/* Long-term only. Tries the secrets in turn. */
enum srflx_access srflxi_timed_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, struct srflx_time now,
                                     struct srflx_grant *ret_grant);

/* `claim->has_token` is set. */
enum srflx_access srflxi_token_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, struct srflx_time now,
                                     struct srflx_grant *ret_grant);

#endif
