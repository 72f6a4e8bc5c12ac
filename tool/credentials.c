#include "credentials.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <srflx/wipe.h>

#include "password.h"
#include "token_file.h"

bool credentials_take(struct credentials *c, int key, const char *value)
{
    switch (key) {
    case KEY_USER:
        c->user = value;
        return true;
    case KEY_PASSWORD:
        c->password = value;
        return true;
    case KEY_PASSWORD_FILE:
        c->password_file = value;
        return true;
    case KEY_REALM:
        c->realm = value;
        return true;
    case KEY_ALGORITHM:
        c->algorithm = value;
        return true;
    case KEY_TOKEN:
        c->token_file = value;
        return true;
    case KEY_SHORT_TERM:
        return c->short_term = true;
    case KEY_USERHASH:
        return c->userhash = true;
    default:
        return false;
    }
}

bool credentials_given(const struct credentials *c)
{
    return c->user || c->password || c->password_file || c->realm || c->algorithm ||
           c->token_file || c->short_term || c->userhash;
}

static const char *check_token(const struct credentials *c)
{
    if (c->user || c->password || c->password_file || c->short_term)
        return "--token stands in the place of --user and --password";
    return c->userhash || c->algorithm ? "--token goes neither with --userhash nor with --algorithm"
                                       : NULL;
}

/* What cannot be meant. NULL if all fits together. */
static const char *check_combination(const struct credentials *c)
{
    if (c->token_file) return check_token(c);
    if (!c->user) return "credentials need --user";
    if (!c->password && !c->password_file) return "--user needs --password or --password-file";
    if (c->password && c->password_file) return "--password and --password-file exclude each other";
    if (c->short_term && (c->realm || c->userhash))
        return "--short-term goes neither with --realm nor with --userhash";
    return NULL;
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

/* RFC 8489's form, and RFC 5389's where that is another one. What only one of them takes is for servers of that
 * kind alone. */
static int prepare(struct srflx_view text, uint8_t *opaque_buf, struct srflx_view *ret_opaque,
                   uint8_t *legacy_buf, struct srflx_view *ret_legacy)
{
    int error = srflx_prepare_opaque(text, opaque_buf, SRFLX_PREPARE_LONGEST, ret_opaque);

    if (error) return error;
    if (srflx_prepare_saslprep(text, SRFLX_PREPARE_QUERY, legacy_buf, SRFLX_PREPARE_LONGEST,
                               ret_legacy))
        *ret_legacy = *ret_opaque;
    return 0;
}

static const char *set_algorithm(struct credentials *c)
{
    const bool sha256 = c->algorithm && !strcmp(c->algorithm, "sha256");

    if (!c->algorithm) return NULL;
    if (c->short_term) {
        if (!sha256 && strcmp(c->algorithm, "sha1") != 0)
            return "--algorithm of short-term credentials is sha1 or sha256";
        c->prepared.integrity = sha256 ? SRFLX_INTEGRITY_SHA256 : SRFLX_INTEGRITY_SHA1;
        return NULL;
    }
    if (!sha256 && strcmp(c->algorithm, "md5") != 0)
        return "--algorithm of long-term credentials is md5 or sha256";
    c->prepared.algorithm = sha256 ? SRFLX_ALGORITHM_SHA256 : SRFLX_ALGORITHM_MD5;
    return NULL;
}

static bool complain(const struct command *command, int *ret_code, const char *option, int error)
{
    usage_error(command, "%s: %s", option, srflx_error_text(error));
    *ret_code = EXIT_USAGE;
    return false;
}

static bool prepare_password_user(struct credentials *c, const struct command *command,
                                  int *ret_code)
{
    struct srflx_credentials *p = &c->prepared;
    int error = prepare(srflx_prepare_unquote(view_of(c->user)), c->username, &p->username,
                        c->legacy_username, &p->legacy_username);

    if (error) return complain(command, ret_code, "--user", error);
    if (c->password_file) c->secret = password_read(c->password_file);
    if (c->password_file && !c->secret) {
        fprintf(stderr, "srflx %s: %s: %s\n", command->name, c->password_file, strerror(errno));
        *ret_code = EXIT_LOCAL;
        return false;
    }
    error = prepare(view_of(c->secret ? c->secret : c->password), c->password_bytes, &p->password,
                    c->legacy_password, &p->legacy_password);
    return error ? complain(command, ret_code, "--password", error) : true;
}

static bool prepare_token(struct credentials *c, const struct command *command, int *ret_code)
{
    char text[TOKEN_FILE_TEXT];
    struct token_file token;

    if (token_file_load(c->token_file, &token, text)) {
        fprintf(stderr, "srflx %s: %s\n", command->name, text);
        *ret_code = EXIT_LOCAL;
        return false;
    }
    memcpy(c->kid, token.kid, token.kid_len);
    memcpy(c->token, token.token, token.token_len);
    memcpy(c->mac_key, token.mac_key, token.mac_key_len);
    c->prepared.kid = (struct srflx_view){c->kid, token.kid_len};
    c->prepared.token = (struct srflx_view){c->token, token.token_len};
    c->prepared.mac_key = (struct srflx_view){c->mac_key, token.mac_key_len};
    srflx_wipe(&token, sizeof token);
    return true;
}

/* spec: R8489-9.1.1-01 R8489-9.2.2-01 R8489-9.2.2-02 R8489-14.3-03 R8489-14.9-03 R5389-15.3-01
 * R5389-15.4-01 R5389-15.4-02 R5389-15.7-01 */
bool credentials_prepare(struct credentials *c, const struct command *command, int *ret_code)
{
    const char *wrong = check_combination(c);
    int error = 0;

    *ret_code = EXIT_USAGE;
    srflx_credentials_defaults(&c->prepared);
    c->prepared.mechanism = c->short_term ? SRFLX_SHORT_TERM : SRFLX_LONG_TERM;
    c->prepared.userhash = c->userhash;
    if (!wrong) wrong = set_algorithm(c);
    if (wrong) {
        usage_error(command, "%s", wrong);
        return false;
    }
    if (c->realm)
        error = srflx_prepare_opaque(srflx_prepare_unquote(view_of(c->realm)), c->realm_bytes,
                                     sizeof c->realm_bytes, &c->prepared.realm);
    if (error) return complain(command, ret_code, "--realm", error);
    if (c->token_file) return prepare_token(c, command, ret_code);
    return prepare_password_user(c, command, ret_code);
}

struct srflx_view credentials_typed_password(const struct credentials *c)
{
    return view_of(c->secret ? c->secret : c->password);
}

void credentials_clean_up(struct credentials *c)
{
    password_free(c->secret);
    srflx_wipe(c, sizeof *c);
}
