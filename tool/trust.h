/* Whom `srflx query` believes to be who they say: --ca, --pin, --insecure, --name. */
#ifndef TRUST_H
#define TRUST_H

#include <srflx/secure.h>

#include "options.h"

enum { TRUST_PINS = 16 };

struct trust {
    const char *ca, *name;
    const char *pins[TRUST_PINS];
    size_t pin_count;
    bool insecure;
};

enum { KEY_CA = OPTION_LONG + 200, KEY_PIN, KEY_INSECURE, KEY_NAME };

#define TRUST_ROWS                                                                                 \
    {KEY_CA, "ca", "FILE", "stuns: trust the issuers in this file (PEM) or folder alone"},         \
        {KEY_PIN, "pin", "PIN", "stuns: only a server with this key, sha256/BASE64; up to 16"},    \
        {KEY_INSECURE, "insecure", NULL,                                                           \
         "stuns: take any certificate; whoever is in between reads along"},                        \
    {                                                                                              \
        KEY_NAME, "name", "NAME", "stuns: the certificate must have this name, not the URI's host" \
    }

/* True if the option is one of these; *ret_wrong: the mistake has been printed. */
bool trust_take(struct trust *trust, const struct options *o, int key, bool *ret_wrong);

/* Any of them given? */
bool trust_given(const struct trust *trust);

/* Returns 0, or an exit code: the mistake has been printed. Says aloud that nothing is verified. */
int trust_make(const struct trust *trust, const struct command *command,
               struct srflx_secure_context **ret_context);

#endif
