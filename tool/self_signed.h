/* A certificate that nobody but itself has signed, and its key, as PEM. */
#ifndef SELF_SIGNED_H
#define SELF_SIGNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SELF_SIGNED_PIN = 64, SELF_SIGNED_NAME_MOST = 253 };

struct self_signed {
    char *certificate, *key;   /* texts */
    char pin[SELF_SIGNED_PIN]; /* "sha256/..." */
    int64_t until_unix_s;
};

/* A DNS name in ASCII, whose first label may be *, or an IP address? */
bool self_signed_takes_name(const char *name);

/* With a new ECDSA key on P-256, good from now on for so many days. False if OpenSSL failed: memory. */
bool self_signed_make(const char *const *names, size_t count, uint32_t days,
                      struct self_signed *ret_made);

/* Wipes and frees the texts. */
void self_signed_drop(struct self_signed *made);

#endif
