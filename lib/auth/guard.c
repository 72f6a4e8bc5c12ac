#include "guard.h"

#include <string.h>

#include <srflxi/bytes.h>
#include <srflxi/digest.h>
#include <srflxi/utf8.h>

enum { NAME_CHARACTERS = 127, LIFETIME_MOST_S = 86400 };

/* Of the attributes of a challenge: with header, bare ERROR-CODE and FINGERPRINT they fit into the smallest datagram
 * that is sent (544 bytes). */
enum { CHALLENGE_MOST = 544 - 20 - 8 - 8 };

void srflx_guard_config_defaults(struct srflx_guard_config *ret_config)
{
    static const struct srflx_guard_config defaults = {
        .size = sizeof defaults,
        .mechanism = SRFLX_LONG_TERM,
        .algorithms = {SRFLX_ALGORITHM_SHA256, SRFLX_ALGORITHM_MD5},
        .algorithm_count = 2,
        .legacy = true,
        .sha1 = true,
        .nonce_lifetime_s = 600,
    };

    *ret_config = defaults;
}

size_t srflx_guard_size(void)
{
    return sizeof(struct srflx_guard);
}

/* spec: R8489-14.9-02 R5389-15.7-01 */
static bool is_name(struct srflx_view text)
{
    long characters = srflxi_utf8_count(text);

    return characters >= 1 && characters <= NAME_CHARACTERS;
}

static bool nonces_are_sound(const struct srflx_nonce_keys *nonces)
{
    unsigned i, seen = 0;

    if (!nonces || !nonces->count || nonces->count > SRFLX_NONCE_KEYS) return false;
    for (i = 0; i < nonces->count; i++) {
        unsigned bit = 1u << (nonces->list[i].number & 3);
        if (seen & bit) return false;
        seen |= bit;
    }
    return true;
}

static bool algorithms_are_sound(const struct srflx_guard_config *config)
{
    unsigned i;

    if (config->algorithm_count > ALGORITHMS_MOST) return false;
    for (i = 0; i < config->algorithm_count; i++) {
        uint16_t number = config->algorithms[i];
        if (number != SRFLX_ALGORITHM_MD5 && number != SRFLX_ALGORITHM_SHA256) return false;
        if (i && number == config->algorithms[0]) return false;
    }
    return config->algorithm_count || (config->legacy && config->sha1);
}

/* A name that is only known by its hash cannot be split into date and rest. */
static bool timed_users_are_sound(const struct srflx_guard_config *config)
{
    return config->secret_count <= SRFLX_GUARD_SECRETS &&
           !(config->secret_count && config->userhash);
}

static bool tokens_are_sound(const struct srflx_guard_config *config)
{
    unsigned i;

    if (config->token_key_count > SRFLX_GUARD_TOKEN_KEYS) return false;
    for (i = 0; i < config->token_key_count; i++) {
        uint8_t len = config->token_keys[i].kid_len;
        if (!len || len > SRFLX_TOKEN_KID_MAX) return false;
    }
    if (!config->server_name.len) return !config->token_key_count;
    return config->token_key_count && is_name(config->server_name);
}

static size_t attribute_size(size_t len)
{
    return len ? 4 + srflxi_pad4(len) : 0;
}

/* spec: R8489-6.1-06 R8489-6.1-09 R8489-6.1-10 */
static bool challenge_fits(const struct srflx_guard_config *config)
{
    return attribute_size(config->realm.len) + attribute_size(SRFLX_NONCE_LEN) +
               attribute_size((size_t)4 * config->algorithm_count) +
               attribute_size(config->server_name.len) <=
           CHALLENGE_MOST;
}

static bool long_term_is_sound(const struct srflx_guard_config *config)
{
    return is_name(config->realm) && nonces_are_sound(config->nonces) &&
           algorithms_are_sound(config) && config->nonce_lifetime_s &&
           config->nonce_lifetime_s <= LIFETIME_MOST_S && timed_users_are_sound(config) &&
           tokens_are_sound(config) && challenge_fits(config);
}

/* Short-term credentials have nothing but users. */
static bool short_term_is_sound(const struct srflx_guard_config *config)
{
    return config->users && !config->secret_count && !config->server_name.len &&
           !config->token_key_count && !config->userhash;
}

static bool is_sound(const struct srflx_guard_config *config)
{
    if (config->size != sizeof *config) return false;
    if (config->mechanism == SRFLX_SHORT_TERM) return short_term_is_sound(config);
    return config->mechanism == SRFLX_LONG_TERM && long_term_is_sound(config);
}

/* spec: R8489-9.2.1-01 R8489-9.2.4-06 R8489-9.2.4-07 R8489-9.2.4-08 R8489-9.2.4-09 R8489-14.11-01 */
static void prepare_offer(struct srflx_guard *guard, const struct srflx_guard_config *config)
{
    size_t i;

    guard->algorithm_count = config->algorithm_count;
    for (i = 0; i < config->algorithm_count; i++) {
        guard->algorithms[i] = config->algorithms[i];
        srflxi_put16(guard->offer + 4 * i, config->algorithms[i]);
    }
    if (config->algorithm_count) guard->features |= SRFLX_FEATURE_ALGORITHMS;
    if (config->userhash) guard->features |= SRFLX_FEATURE_ANONYMITY;
}

static void copy_secrets(struct srflx_guard *guard, const struct srflx_guard_config *config)
{
    unsigned i;

    guard->secret_count = config->secret_count;
    for (i = 0; i < config->secret_count; i++)
        srflxi_hmac_sha1_init(&guard->secrets[i], config->secrets[i]);
    guard->token_key_count = config->token_key_count;
    for (i = 0; i < config->token_key_count; i++)
        guard->token_keys[i] = config->token_keys[i];
}

static void prepare_long_term(struct srflx_guard *guard, const struct srflx_guard_config *config)
{
    guard->legacy = config->legacy;
    guard->nonce_lifetime_s = config->nonce_lifetime_s;
    guard->nonces = *config->nonces;
    guard->realm_len = config->realm.len;
    srflxi_copy(guard->realm, config->realm.ptr, config->realm.len);
    guard->server_name_len = config->server_name.len;
    srflxi_copy(guard->server_name, config->server_name.ptr, config->server_name.len);
    prepare_offer(guard, config);
    copy_secrets(guard, config);
}

int srflx_guard_init(void *memory, size_t len, const struct srflx_guard_config *config,
                     struct srflx_guard **ret_guard)
{
    struct srflx_guard *guard = memory;

    if (len < sizeof *guard) return SRFLX_ERROR_SPACE;
    if (!is_sound(config)) return SRFLX_ERROR_ARGUMENT;
    memset(guard, 0, sizeof *guard);
    guard->mechanism = config->mechanism;
    guard->sha1 = config->sha1;
    guard->users = config->users;
    srflx_key_from_secret((struct srflx_view){NULL, 0}, &guard->nobody);
    if (config->mechanism == SRFLX_LONG_TERM) prepare_long_term(guard, config);
    *ret_guard = guard;
    return 0;
}

bool srflx_guard_takes_tokens(const struct srflx_guard *guard)
{
    return guard->token_key_count != 0;
}

struct srflx_nonce_scope srflxi_guard_scope(const struct srflx_guard *guard,
                                            const struct srflx_addr *client)
{
    struct srflx_nonce_scope scope = {.client = *client,
                                      .algorithms = srflxi_guard_offer(guard),
                                      .features = guard->features,
                                      .lifetime_s = guard->nonce_lifetime_s};
    return scope;
}
