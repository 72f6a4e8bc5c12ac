#include "login.h"

#include <string.h>

#include <srflxi/bytes.h>
#include <srflx/wipe.h>

void srflx_credentials_defaults(struct srflx_credentials *ret_credentials)
{
    static const struct srflx_credentials defaults = {
        .size = sizeof defaults, .mechanism = SRFLX_LONG_TERM, .sha1 = true, .md5 = true};

    *ret_credentials = defaults;
}

size_t srflx_login_size(void)
{
    return sizeof(struct srflx_login);
}

static void copy_text(struct text *text, struct srflx_view from)
{
    text->len = (uint16_t)from.len;
    srflxi_copy(text->bytes, from.ptr, from.len);
}

/* spec: R8489-14.3-02 R5389-15.3-01 */
static bool lengths_are_sound(const struct srflx_credentials *c)
{
    return c->username.len <= USERNAME_MOST && c->legacy_username.len <= USERNAME_MOST &&
           c->password.len <= TEXT_MOST && c->legacy_password.len <= TEXT_MOST &&
           c->realm.len <= TEXT_MOST && c->token.len <= TEXT_MOST &&
           c->kid.len <= SRFLX_TOKEN_KID_MAX;
}

static bool integrity_is_sound(const struct srflx_credentials *c)
{
    if (c->integrity == SRFLX_INTEGRITY_SHA1) return c->sha1;
    return c->integrity == SRFLX_INTEGRITY_ABSENT || c->integrity == SRFLX_INTEGRITY_SHA256;
}

/* A token comes with its key's id and its session key, or not at all. */
static bool names_somebody(const struct srflx_credentials *c)
{
    if (!c->token.len && !c->kid.len && !c->mac_key.len) return c->username.len != 0;
    return c->mechanism == SRFLX_LONG_TERM && c->token.len && c->kid.len && c->mac_key.len;
}

static bool algorithm_is_sound(uint16_t algorithm)
{
    return !algorithm || algorithm == SRFLX_ALGORITHM_MD5 || algorithm == SRFLX_ALGORITHM_SHA256;
}

static bool is_sound(const struct srflx_credentials *c)
{
    if (c->size != sizeof *c) return false;
    if (c->mechanism != SRFLX_SHORT_TERM && c->mechanism != SRFLX_LONG_TERM) return false;
    return lengths_are_sound(c) && integrity_is_sound(c) && algorithm_is_sound(c->algorithm) &&
           names_somebody(c);
}

int srflx_login_init(void *memory, size_t len, const struct srflx_credentials *credentials,
                     struct srflx_login **ret_login)
{
    struct srflx_login *login = memory;
    const struct srflx_credentials *c = credentials;

    if (len < sizeof *login) return SRFLX_ERROR_SPACE;
    if (!is_sound(c)) return SRFLX_ERROR_ARGUMENT;
    memset(login, 0, sizeof *login);
    login->mechanism = c->mechanism;
    login->sha1 = c->sha1;
    login->md5 = c->md5;
    login->hash_only = c->userhash;
    login->only_algorithm = c->algorithm;
    copy_text(&login->username, c->username);
    copy_text(&login->password, c->password);
    copy_text(&login->legacy_username, c->legacy_username.len ? c->legacy_username : c->username);
    copy_text(&login->legacy_password, c->legacy_password.len ? c->legacy_password : c->password);
    copy_text(&login->only_realm, c->realm);
    copy_text(&login->token, c->token);
    copy_text(&login->kid, c->kid);
    srflx_key_from_secret(c->mac_key, &login->mac_key);
    srflx_key_from_secret(c->password, &login->key);
    login->integrity = c->integrity;
    if (!c->sha1) login->integrity = SRFLX_INTEGRITY_SHA256;
    *ret_login = login;
    return 0;
}

void srflx_login_wipe(struct srflx_login *login)
{
    srflx_wipe(login, sizeof *login);
}

/* What was agreed on before serves again, unless it has just got us nothing: a server whose settings have changed
 * may refuse what it asked for with a 400, which does not count.
 * spec: R8489-9.2.3-02 */
void srflx_login_begin(struct srflx_login *login)
{
    if (login->doubted) login->challenged = false;
    login->doubted = false;
    login->shown = false;
    login->refused_as_stale = false;
    login->realm_changed = false;
    login->refusal = SRFLX_REFUSAL_NONE;
}

/* spec: R8489-9.1.5-02 R8489-9.2.3-01 R5389-10.2.1-01 */
void srflx_login_forget(struct srflx_login *login)
{
    login->challenged = false;
    login->had_offer = false;
    if (login->mechanism == SRFLX_SHORT_TERM && login->sha1)
        login->integrity = SRFLX_INTEGRITY_ABSENT;
    srflx_login_begin(login);
}

/* spec: R8489-9.1.2-01 R8489-9.1.2-02 R8489-9.1.2-03 R8489-9.1.5-01 R5389-10.1.1-01 */
static void put_short_term(struct srflx_login *login, struct srflx_writer *w)
{
    srflx_put_bytes(w, SRFLX_ATTR_USERNAME, view_of(&login->username));
    if (login->integrity != SRFLX_INTEGRITY_SHA256)
        srflx_add_integrity(w, SRFLX_INTEGRITY_SHA1, &login->key);
    if (login->integrity != SRFLX_INTEGRITY_SHA1)
        srflx_add_integrity(w, SRFLX_INTEGRITY_SHA256, &login->key);
    login->shown = true;
}

static bool is_legacy(const struct srflx_login *login)
{
    return !login->challenge.offer_len;
}

/* spec: R8489-9.2.5-04 R8489-9.2.5-05 R8489-9.2.5-06 R8489-14.3-03 R8489-14.4-02 */
static void put_name(const struct srflx_login *login, struct srflx_writer *w)
{
    const struct text *name = is_legacy(login) ? &login->legacy_username : &login->username;
    const struct srflx_identity who = {view_of(&login->username), srflxi_login_realm(login)};
    struct srflx_userhash hash;

    if (!login->challenge.userhash) {
        srflx_put_bytes(w, SRFLX_ATTR_USERNAME, view_of(name));
        return;
    }
    srflx_userhash_compute(&who, &hash);
    srflx_put_bytes(w, SRFLX_ATTR_USERHASH, (struct srflx_view){hash.bytes, sizeof hash.bytes});
}

/* spec: R7635-5-01 R7635-6.2-01 */
static void put_token(const struct srflx_login *login, struct srflx_writer *w)
{
    srflx_put_bytes(w, SRFLX_ATTR_USERNAME, view_of(&login->kid));
    srflx_put_bytes(w, SRFLX_ATTR_ACCESS_TOKEN, view_of(&login->token));
}

/* spec: R8489-9.2.5-09 R8489-9.2.5-10 R8489-14.12-01 R8489-14.12-02 */
static void put_algorithms(const struct srflx_login *login, struct srflx_writer *w)
{
    const struct srflx_algorithm chosen = {{NULL, 0}, login->challenge.algorithm};
    const struct srflx_view offer = {login->challenge.offer, login->challenge.offer_len};

    srflx_put_algorithms(w, SRFLX_ATTR_PASSWORD_ALGORITHM, &chosen, 1);
    srflx_put_bytes(w, SRFLX_ATTR_PASSWORD_ALGORITHMS, offer);
}

/* spec: R8489-9.2.3.1-01 R8489-9.2.3.2-01 R8489-9.2.3.2-02 R8489-9.2.3.2-03 R8489-9.2.5-07
 * R8489-9.2.5-08 R8489-9.2.5-14 R8489-9.2.5-21 R5389-10.2.1.1-01 R5389-10.2.1.2-01 */
static void put_long_term(struct srflx_login *login, struct srflx_writer *w)
{
    const struct challenge *challenge = &login->challenge;

    if (!login->challenged) return;
    if (challenge->token)
        put_token(login, w);
    else
        put_name(login, w);
    srflx_put_bytes(w, SRFLX_ATTR_REALM, view_of(&challenge->realm));
    srflx_put_bytes(w, SRFLX_ATTR_NONCE, view_of(&challenge->nonce));
    if (!challenge->token && !is_legacy(login)) put_algorithms(login, w);
    srflx_add_integrity(w, (enum srflx_integrity)login->integrity, &login->key);
    login->shown = true;
}

void srflx_login_put(struct srflx_login *login, struct srflx_writer *w)
{
    if (login->mechanism == SRFLX_SHORT_TERM)
        put_short_term(login, w);
    else
        put_long_term(login, w);
}

/* A server that was sent one kind of integrity answers with that kind, and with both it may choose.
 * spec: R8489-9.1.4-01 R8489-9.1.4-02 R8489-9.1.5-01 R8489-9.2.5-17 R8489-9.2.5-21 R5389-10.1.3-01
 * R5389-10.2.3-04 R7635-8-01 */
static bool is_authentic(struct srflx_login *login, const struct srflx_message *response)
{
    enum srflx_integrity found;

    if (login->integrity != SRFLX_INTEGRITY_ABSENT)
        return srflx_integrity_check_one(response, &login->key,
                                         (enum srflx_integrity)login->integrity) ==
               (enum srflx_integrity)login->integrity;
    found = srflx_integrity_check(response, &login->key);
    if (found < SRFLX_INTEGRITY_SHA1) return false;
    login->integrity = (uint8_t)found;
    return true;
}

static uint16_t code_of(const struct srflx_message *response)
{
    struct srflx_error_code error;

    if (response->kind != SRFLX_ERROR || srflx_message_get_error(response, &error)) return 0;
    return error.code;
}

/* An announcement without its list: somebody took the list away.
 * spec: R8489-9.2.5-15 */
static bool is_stripped(const struct srflx_message *response)
{
    struct srflx_view nonce;
    unsigned features = 0;

    if (srflx_message_get_bytes(response, SRFLX_ATTR_NONCE, &nonce)) return false;
    (void)srflx_nonce_features(nonce, &features);
    return (features & SRFLX_FEATURE_ALGORITHMS) &&
           !srflx_message_has(response, SRFLX_ATTR_PASSWORD_ALGORITHMS);
}

/* Once in a question a server may turn out to want the credentials of another realm. */
static bool is_new_realm(const struct srflx_login *login, const struct srflx_message *response)
{
    const struct text *known = &login->challenge.realm;
    struct srflx_view realm;

    if (login->realm_changed || srflx_message_get_bytes(response, SRFLX_ATTR_REALM, &realm))
        return false;
    return realm.len != known->len || memcmp(realm.ptr, known->bytes, realm.len) != 0;
}

/* The same credentials once more would change nothing; a nonce may run out, but not twice in a row.
 * spec: R8489-9.2.5-03 R8489-9.2.5-12 R8489-9.2.5-13 R5389-10.2.3-01 R5389-10.2.3-02
 * R5389-10.2.3-03 */
static enum srflx_login_verdict judge_challenge(struct srflx_login *login, uint16_t code,
                                                const struct srflx_message *response)
{
    enum srflx_refusal refusal;

    if (code == 401 && login->shown && !is_new_realm(login, response)) {
        login->challenged = false;
        login->refusal = SRFLX_REFUSAL_CREDENTIALS;
        return SRFLX_LOGIN_REFUSED;
    }
    if (code == 401 && login->shown) login->realm_changed = true;
    if (code == 438 && login->refused_as_stale) {
        login->refusal = SRFLX_REFUSAL_NONCE;
        return SRFLX_LOGIN_REFUSED;
    }
    refusal = srflxi_login_take_challenge(login, response);
    login->refusal = (uint8_t)refusal;
    if (refusal) return SRFLX_LOGIN_REFUSED;
    if (code == 438) login->refused_as_stale = true;
    return SRFLX_LOGIN_RETRY;
}

/* What came without credentials is answered without integrity, but for a 400, which no server has
 * reason to send then. spec: R8489-9.2.5-15 R8489-9.2.5-16 R8489-9.2.5-18 */
static enum srflx_login_verdict judge_long_term(struct srflx_login *login,
                                                const struct srflx_message *response)
{
    uint16_t code = code_of(response);

    if (code == 401 || code == 438) return judge_challenge(login, code, response);
    if (is_stripped(response)) return SRFLX_LOGIN_IGNORE;
    if (login->shown) {
        login->doubted = !is_authentic(login, response);
        if (login->doubted) return SRFLX_LOGIN_IGNORE;
        login->had_offer |= login->challenge.offer_len != 0;
        return SRFLX_LOGIN_ACCEPT;
    }
    return code == 400 ? SRFLX_LOGIN_IGNORE : SRFLX_LOGIN_ACCEPT;
}

/* spec: R8489-9.1.4-03 R5389-10.1.3-01 */
enum srflx_login_verdict srflx_login_judge(struct srflx_login *login,
                                           const struct srflx_message *response)
{
    if (login->mechanism == SRFLX_LONG_TERM) return judge_long_term(login, response);
    return is_authentic(login, response) ? SRFLX_LOGIN_ACCEPT : SRFLX_LOGIN_IGNORE;
}

enum srflx_refusal srflx_login_refusal(const struct srflx_login *login)
{
    return (enum srflx_refusal)login->refusal;
}

const char *srflx_refusal_text(enum srflx_refusal refusal)
{
    static const char *const texts[SRFLX_REFUSAL_COUNT] = {
#define REFUSAL_TEXT(name, text) [SRFLX_REFUSAL_##name] = text,
        SRFLX_REFUSAL_MAP(REFUSAL_TEXT)
#undef REFUSAL_TEXT
    };

    return (unsigned)refusal < SRFLX_REFUSAL_COUNT ? texts[refusal] : "unknown refusal";
}

void srflx_login_get_state(const struct srflx_login *login, struct srflx_login_state *ret_state)
{
    struct srflx_login_state state = {.integrity = login->integrity};

    if (login->mechanism == SRFLX_LONG_TERM) {
        state.integrity = SRFLX_INTEGRITY_ABSENT;
        if (login->challenged) {
            state.integrity = login->integrity;
            state.realm = view_of(&login->challenge.realm);
            state.algorithm = login->challenge.token ? 0 : login->challenge.algorithm;
            state.userhash = login->challenge.userhash;
            state.token = login->challenge.token;
        }
    }
    *ret_state = state;
}
