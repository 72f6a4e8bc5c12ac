/* Who may ask: the settings about credentials, and the files that they name, made into a guard. */
#ifndef SRFLXD_CREDENTIALS_H
#define SRFLXD_CREDENTIALS_H

#include <srflx/verdict.h>

#include "settings.h"

/* All zero: nobody is asked for credentials. Holds secrets. */
struct credentials {
    const struct srflx_guard *guard;
    void *guard_memory;
    struct srflx_users *users;
};

/* `own` are the nonce keys to use where no key file is set. Returns false after having complained about all that cannot
 * be. */
bool credentials_make(const struct settings *settings, const struct srflx_nonce_keys *own,
                      struct complaints *complaints, struct credentials *ret_credentials);

/* Wipes and frees. */
void credentials_clean_up(struct credentials *credentials);

#endif
