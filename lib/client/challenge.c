#include "login.h"

#include <string.h>

#include <srflx/prepare.h>

#include <srflxi/bytes.h>

static bool take_text(struct text *text, const struct srflx_message *m, uint16_t attr)
{
    struct srflx_view value;

    if (srflx_message_get_bytes(m, attr, &value) || !value.len || value.len > TEXT_MOST)
        return false;
    text->len = (uint16_t)value.len;
    srflxi_copy(text->bytes, value.ptr, value.len);
    return true;
}

/* Kept as it stands, as it is to be sent back with the same content. spec: R8489-9.2.5-09 */
static bool take_offer(struct challenge *challenge, const struct srflx_message *response)
{
    struct srflx_view value;

    challenge->offer_len = 0;
    if (!srflx_message_has(response, SRFLX_ATTR_PASSWORD_ALGORITHMS)) return true;
    if (srflx_message_get_bytes(response, SRFLX_ATTR_PASSWORD_ALGORITHMS, &value)) return false;
    if (value.len > OFFER_MOST) return false;
    challenge->offer_len = (uint16_t)value.len;
    srflxi_copy(challenge->offer, value.ptr, value.len);
    return true;
}

static bool may_use(const struct srflx_login *login, uint16_t number)
{
    if (login->only_algorithm && number != login->only_algorithm) return false;
    return number == SRFLX_ALGORITHM_SHA256 || (number == SRFLX_ALGORITHM_MD5 && login->md5);
}

/* The first one that we may use; without a list, RFC 5389's. 0: there is none.
 * spec: R8489-9.2.5-10 R8489-9.2.5-11 R8489-18.5.1.1-02 */
static uint16_t choose(const struct srflx_login *login, const struct challenge *challenge)
{
    struct srflx_view offer = {challenge->offer, challenge->offer_len};
    struct srflx_algorithm algorithm;

    if (!offer.len)
        return login->sha1 && may_use(login, SRFLX_ALGORITHM_MD5) ? SRFLX_ALGORITHM_MD5 : 0;
    while (srflx_algorithm_next(&offer, &algorithm))
        if (!algorithm.parameters.len && may_use(login, algorithm.number)) return algorithm.number;
    return 0;
}

static bool is_wanted_realm(const struct srflx_login *login, const struct challenge *challenge)
{
    const struct text *wanted = &login->only_realm, *realm = &challenge->realm;

    return !wanted->len ||
           (wanted->len == realm->len && !memcmp(wanted->bytes, realm->bytes, realm->len));
}

/* A list that is announced and not there, or was there before and is gone. What a real answer has confirmed, no
 * forged refusal makes us forget.
 * spec: R8489-9.2.5-01 R8489-9.2.5-02 R8489-9.2.5-21 */
static bool is_weakened(const struct srflx_login *login, const struct challenge *challenge,
                        unsigned features)
{
    if (challenge->offer_len) return false;
    if (features & SRFLX_FEATURE_ALGORITHMS) return true;
    return login->had_offer || (login->challenged && login->challenge.offer_len);
}

/* spec: R7635-6.1-02 */
static bool token_is_wanted(const struct srflx_login *login, const struct srflx_message *response)
{
    if (!login->token.len) return false;
    return (login->challenged && login->challenge.token) ||
           srflx_message_has(response, SRFLX_ATTR_THIRD_PARTY_AUTHORIZATION);
}

/* A server may send its realm in quotes, and wants it back so; nothing is made of them.
 * spec: R8489-9.2.2-02 */
struct srflx_view srflxi_login_realm(const struct srflx_login *login)
{
    return srflx_prepare_unquote(view_of(&login->challenge.realm));
}

/* spec: R8489-9.2.2-01 R8489-9.2.2-02 R8489-9.2.2-03 R7635-5-01 */
static void make_key(struct srflx_login *login)
{
    const struct challenge *challenge = &login->challenge;
    bool legacy = !challenge->offer_len;
    const struct srflx_identity who = {view_of(legacy ? &login->legacy_username : &login->username),
                                       srflxi_login_realm(login)};
    struct srflx_view password = view_of(legacy ? &login->legacy_password : &login->password);

    login->integrity = legacy ? SRFLX_INTEGRITY_SHA1 : SRFLX_INTEGRITY_SHA256;
    if (challenge->token) {
        /* RFC 7635 knows no other than SHA-1. */
        login->integrity = login->sha1 ? SRFLX_INTEGRITY_SHA1 : SRFLX_INTEGRITY_SHA256;
        login->key = login->mac_key;
    } else if (srflx_key_long_term(challenge->algorithm, &who, password, &login->key)) {
        login->challenged = false; /* cannot be: choose() knows what there is */
    }
}

/* Realm, nonce and list, as they came. */
static bool read_challenge(const struct srflx_message *response, struct challenge *challenge)
{
    return take_text(&challenge->realm, response, SRFLX_ATTR_REALM) &&
           take_text(&challenge->nonce, response, SRFLX_ATTR_NONCE) &&
           take_offer(challenge, response);
}

/* Can name and password be shown to this server, in a form that we may use?
 * spec: R8489-9.2.5-05 R8489-9.2.5-11 */
static enum srflx_refusal check_password_login(const struct srflx_login *login,
                                               const struct challenge *challenge)
{
    if (!challenge->algorithm) return SRFLX_REFUSAL_ALGORITHM;
    if (login->hash_only && !challenge->userhash) return SRFLX_REFUSAL_ANONYMITY;
    return login->username.len ? SRFLX_REFUSAL_NONE : SRFLX_REFUSAL_CREDENTIALS;
}

enum srflx_refusal srflxi_login_take_challenge(struct srflx_login *login,
                                               const struct srflx_message *response)
{
    struct challenge challenge = {.offer_len = 0};
    enum srflx_refusal refusal = SRFLX_REFUSAL_NONE;
    unsigned features = 0;

    if (!read_challenge(response, &challenge)) return SRFLX_REFUSAL_CHALLENGE;
    (void)srflx_nonce_features(view_of(&challenge.nonce), &features);
    if (is_weakened(login, &challenge, features)) return SRFLX_REFUSAL_BID_DOWN;
    if (!is_wanted_realm(login, &challenge)) return SRFLX_REFUSAL_REALM;
    challenge.token = token_is_wanted(login, response);
    challenge.userhash = features & SRFLX_FEATURE_ANONYMITY && !challenge.token;
    challenge.algorithm = choose(login, &challenge);
    if (!challenge.token) refusal = check_password_login(login, &challenge);
    if (refusal) return refusal;
    login->challenge = challenge;
    login->challenged = true;
    make_key(login);
    return SRFLX_REFUSAL_NONE;
}
