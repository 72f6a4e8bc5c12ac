/* What the command line says about credentials: the options that `query` and `decode` share. */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <srflx/login.h>
#include <srflx/prepare.h>

#include "options.h"

enum {
    KEY_USER = OPTION_LONG + 100,
    KEY_PASSWORD,
    KEY_PASSWORD_FILE,
    KEY_REALM,
    KEY_SHORT_TERM,
    KEY_ALGORITHM,
    KEY_USERHASH,
    KEY_TOKEN
};

/* Rows for a table of options; a command says what it wants a name and a realm for. */
#define CREDENTIAL_ROWS(user, realm)                                                               \
    {KEY_USER, "user", "NAME", user},                                                              \
        {KEY_PASSWORD, "password", "TEXT",                                                         \
         "with this password, which others may see in a list of processes"},                       \
        {KEY_PASSWORD_FILE, "password-file", "FILE",                                               \
         "with the password in the first line of FILE; -: of standard input"},                     \
        {KEY_REALM, "realm", "TEXT", realm},                                                       \
    {                                                                                              \
        KEY_SHORT_TERM, "short-term", NULL, "the credentials are short-term ones, as ICE has them" \
    }

enum { TOKEN_MOST = 1024 };

struct credentials {
    /* as on the command line; NULL: not given */
    const char *user, *password, *password_file, *realm, *algorithm, *token_file;
    bool short_term, userhash;

    /* what was made of it; views lie in the buffers below */
    struct srflx_credentials prepared;
    char *secret; /* the first line of a file */
    uint8_t username[SRFLX_PREPARE_LONGEST], legacy_username[SRFLX_PREPARE_LONGEST];
    uint8_t password_bytes[SRFLX_PREPARE_LONGEST], legacy_password[SRFLX_PREPARE_LONGEST];
    uint8_t realm_bytes[SRFLX_PREPARE_LONGEST];
    uint8_t kid[TOKEN_MOST], token[TOKEN_MOST], mac_key[TOKEN_MOST];
};

/* Takes one of the options above. False if `key` is none of them. */
bool credentials_take(struct credentials *c, int key, const char *value);

/* True if there are any. */
bool credentials_given(const struct credentials *c);

/* Prepares them. Returns false, with what is wrong printed as a usage error, or as a local one with `*ret_code`
 * EXIT_LOCAL if a file is to blame. */
bool credentials_prepare(struct credentials *c, const struct command *command, int *ret_code);

/* The password as it was typed or read, which is what RFC 3489 makes its key of. */
struct srflx_view credentials_typed_password(const struct credentials *c);

/* Wipes what is secret. */
void credentials_clean_up(struct credentials *c);

#endif
