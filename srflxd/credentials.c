#include "credentials.h"

#include <stdlib.h>
#include <string.h>

#include <srflx/keyring.h>
#include <srflx/prepare.h>
#include <srflx/token_keys.h>
#include <srflx/user_file.h>
#include <srflx/wipe.h>

enum { REALM_CHARACTERS = 127 };

/* What a guard is made of, while it is made. */
struct making {
    const struct settings *settings;
    struct complaints *complaints;
    struct srflx_guard_config config;
    struct srflx_nonce_keys nonces;
    struct srflx_token_keys tokens;
    uint8_t realm[SRFLX_PREPARE_LONGEST];
};

static void wrong(const struct making *making, enum settings_number number, const char *what)
{
    settings_complain(making->settings, number, making->complaints, what);
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, text ? strlen(text) : 0};
}

static unsigned count_characters(struct srflx_view text)
{
    unsigned count = 0;

    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] & 0xc0) != 0x80) count++;
    return count;
}

/* Preparing takes some characters apart, so that there may be more of them than the key allows.
 * spec: R8489-9.2.4-01 R8489-14.9-03 */
static void take_realm(struct making *making)
{
    const struct settings *settings = making->settings;
    int error;

    if (!settings->realm) {
        wrong(making, SETTINGS_NUMBER_OF_auth, "long-term credentials need a realm: set realm");
        return;
    }
    error = srflx_prepare_opaque(view_of(settings->realm), making->realm, sizeof making->realm,
                                 &making->config.realm);
    if (error)
        wrong(making, SETTINGS_NUMBER_OF_realm, srflx_error_text(error));
    else if (count_characters(making->config.realm) > REALM_CHARACTERS)
        wrong(making, SETTINGS_NUMBER_OF_realm, "has more than 127 characters when it is prepared");
}

/* spec: R8489-9.2.4-06 R8489-18.5.1.1-02 */
static void take_algorithms(struct making *making)
{
    static const struct {
        const char *word;
        uint16_t number;
    } words[] = {{"sha256", SRFLX_ALGORITHM_SHA256}, {"md5", SRFLX_ALGORITHM_MD5}};
    const struct settings_texts *texts = &making->settings->algorithms;
    struct srflx_guard_config *config = &making->config;

    if (settings_is_default(making->settings, SETTINGS_NUMBER_OF_algorithms)) return;
    config->algorithm_count = 0;
    for (unsigned i = 0; i < texts->count; i++) {
        unsigned word = 0;
        while (word < 2 && strcmp(texts->list[i], words[word].word) != 0)
            word++;
        if (word == 2 || (i && config->algorithms[0] == words[word].number)) {
            wrong(making, SETTINGS_NUMBER_OF_algorithms, "want sha256 and md5, each once at most");
            return;
        }
        config->algorithms[config->algorithm_count++] = words[word].number;
    }
    if (!texts->count && !(config->legacy && config->sha1))
        wrong(making, SETTINGS_NUMBER_OF_algorithms,
              "without any, only legacy clients could log in, and they may not");
}

static void take_nonces(struct making *making, const struct srflx_nonce_keys *own)
{
    struct srflx_keyring keyring;
    char text[SRFLX_FILE_TEXT];

    making->nonces = *own;
    making->config.nonces = &making->nonces;
    if (!making->settings->key_file) return;
    if (srflx_keyring_load(making->settings->key_file, &keyring, text)) {
        wrong(making, SETTINGS_NUMBER_OF_key_file, text);
        return;
    }
    srflx_keyring_nonces(&keyring, &making->nonces);
    srflx_keyring_wipe(&keyring);
}

static void take_secrets(struct making *making)
{
    const struct settings_texts *secrets = &making->settings->shared_secrets;

    making->config.secret_count = (uint8_t)secrets->count;
    for (unsigned i = 0; i < secrets->count; i++)
        making->config.secrets[i] = view_of(secrets->list[i]);
    if (secrets->count && making->settings->userhash)
        wrong(making, SETTINGS_NUMBER_OF_userhash,
              "users of shared-secrets are known by their names; want false");
}

static void take_tokens(struct making *making)
{
    const struct settings *settings = making->settings;
    char text[SRFLX_FILE_TEXT];

    if (!settings->token_key_file != !settings->server_name) {
        wrong(making,
              settings->server_name ? SETTINGS_NUMBER_OF_server_name
                                    : SETTINGS_NUMBER_OF_token_key_file,
              "tokens need both server-name and token-key-file");
        return;
    }
    if (!settings->token_key_file) return;
    if (srflx_token_keys_load(settings->token_key_file, &making->tokens, text)) {
        wrong(making, SETTINGS_NUMBER_OF_token_key_file, text);
        return;
    }
    making->config.server_name = view_of(settings->server_name);
    making->config.token_keys = making->tokens.list;
    making->config.token_key_count = (uint8_t)making->tokens.count;
}

static void take_users(struct making *making, struct credentials *credentials)
{
    char text[SRFLX_FILE_TEXT];

    if (!making->settings->user_file) return;
    if (srflx_user_file_load(making->settings->user_file, &credentials->users, text))
        wrong(making, SETTINGS_NUMBER_OF_user_file, text);
    making->config.users = credentials->users;
}

static void take_long_term(struct making *making, const struct srflx_nonce_keys *own)
{
    const struct settings *settings = making->settings;

    making->config.mechanism = SRFLX_LONG_TERM;
    making->config.legacy = settings->legacy;
    making->config.userhash = settings->userhash;
    making->config.nonce_lifetime_s = settings->nonce_lifetime;
    take_realm(making);
    take_algorithms(making);
    take_nonces(making, own);
    take_secrets(making);
    take_tokens(making);
    if (!settings->user_file && !settings->shared_secrets.count && !settings->token_key_file)
        wrong(making, SETTINGS_NUMBER_OF_auth,
              "nobody could log in: set user-file, shared-secrets or token-key-file");
}

/* What only long-term credentials have. */
static const enum settings_number long_term_settings[] = {
    SETTINGS_NUMBER_OF_realm,          SETTINGS_NUMBER_OF_shared_secrets,
    SETTINGS_NUMBER_OF_algorithms,     SETTINGS_NUMBER_OF_legacy,
    SETTINGS_NUMBER_OF_userhash,       SETTINGS_NUMBER_OF_nonce_lifetime,
    SETTINGS_NUMBER_OF_key_file,       SETTINGS_NUMBER_OF_server_name,
    SETTINGS_NUMBER_OF_token_key_file,
};

/* And what all credentials have. */
static const enum settings_number common_settings[] = {SETTINGS_NUMBER_OF_user_file,
                                                       SETTINGS_NUMBER_OF_sha1};

/* Guesses are counted where nonces show who guesses. */
static const enum settings_number guess_settings[] = {SETTINGS_NUMBER_OF_guesses,
                                                      SETTINGS_NUMBER_OF_guesses_per_minute};

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])

/* Who sets one of these believes in a protection that would not be there. */
static void refuse_settings(const struct making *making, const enum settings_number *numbers,
                            size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (!settings_is_default(making->settings, numbers[i])) wrong(making, numbers[i], what);
}

/* `auth: none`, said in so many words, may stand beside what is not in use for now. */
static void take_none(const struct making *making)
{
    static const char what[] = "has no use without credentials: set auth";

    if (!settings_is_default(making->settings, SETTINGS_NUMBER_OF_auth)) return;
    refuse_settings(making, long_term_settings, COUNT_OF(long_term_settings), what);
    refuse_settings(making, common_settings, COUNT_OF(common_settings), what);
    refuse_settings(making, guess_settings, COUNT_OF(guess_settings), what);
}

static void take_short_term(struct making *making)
{
    static const char not_short[] = "is for long-term credentials, not for short-term ones";

    making->config.mechanism = SRFLX_SHORT_TERM;
    refuse_settings(making, long_term_settings, COUNT_OF(long_term_settings), not_short);
    refuse_settings(making, guess_settings, COUNT_OF(guess_settings), not_short);
    if (!making->settings->user_file)
        wrong(making, SETTINGS_NUMBER_OF_auth, "nobody could log in: set user-file");
}

static bool make_guard(struct making *making, struct credentials *credentials)
{
    const size_t size = srflx_guard_size();
    struct srflx_guard *guard;

    credentials->guard_memory = malloc(size);
    if (!credentials->guard_memory) {
        complain(making->complaints, COMPLAINT_REFUSED, "out of memory");
        return false;
    }
    if (srflx_guard_init(credentials->guard_memory, size, &making->config, &guard)) {
        wrong(making, SETTINGS_NUMBER_OF_auth,
              "these settings about credentials do not go together");
        return false;
    }
    credentials->guard = guard;
    return true;
}

/* The words of the key `auth`, in their order in config.def. */
enum { AUTH_NONE, AUTH_SHORT_TERM, AUTH_LONG_TERM };

bool credentials_make(const struct settings *settings, const struct srflx_nonce_keys *own,
                      struct complaints *complaints, struct credentials *ret_credentials)
{
    struct making making = {.settings = settings, .complaints = complaints};
    struct credentials credentials = {NULL, NULL, NULL};
    const unsigned before = complaints_count(complaints);
    bool made;

    *ret_credentials = credentials;
    if (settings->auth == AUTH_NONE) {
        take_none(&making);
        return complaints_count(complaints) == before;
    }
    srflx_guard_config_defaults(&making.config);
    making.config.sha1 = settings->sha1;
    if (settings->auth == AUTH_LONG_TERM)
        take_long_term(&making, own);
    else
        take_short_term(&making);
    take_users(&making, &credentials);
    made = complaints_count(complaints) == before && make_guard(&making, &credentials);
    srflx_wipe(&making, sizeof making);
    if (made)
        *ret_credentials = credentials;
    else
        credentials_clean_up(&credentials);
    return made;
}

void credentials_clean_up(struct credentials *credentials)
{
    if (credentials->guard_memory) srflx_wipe(credentials->guard_memory, srflx_guard_size());
    free(credentials->guard_memory);
    srflx_user_file_free(credentials->users);
    *credentials = (struct credentials){NULL, NULL, NULL};
}
