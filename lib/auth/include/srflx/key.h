/* Keys for message integrity, and the hash that stands for a username.
 * Sources: RFC 8489 sections 9.1.1, 9.2.2, 14.4 and 18.5.1; RFC 5389 section 15.4; RFC 7635 section 5.
 * Names and passwords are *prepared* bytes (prepare.h): what is hashed here is taken as it stands.
 * Nothing here allocates; any thread.
 *
 *     struct srflx_key key;
 *     srflx_key_from_secret(password, &key);                               // short-term
 *     srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &names, password, &key); // long-term
 */
#ifndef SRFLX_KEY_H
#define SRFLX_KEY_H

#include <srflx/error.h>
#include <srflx/hmac.h>
#include <srflx/types.h>
#include <srflx/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key, ready for both HMACs.
 * As secret as the password it comes from; wipe it when it is no longer needed. */
struct srflx_key {
    struct srflx_hmac_sha1 sha1;
    struct srflx_hmac_sha256 sha256;
};

/* Who somebody is: the name, and the realm that it belongs to. Both borrowed. */
struct srflx_identity {
    struct srflx_view username;
    struct srflx_view realm; /* empty with short-term credentials */
};

enum { SRFLX_SECRET_MAX = 32 };

/* The secret of long-term credentials: MD5 or SHA-256 over username ":" realm ":" password. It is
 * what a server may keep in place of the password. */
struct srflx_secret {
    uint8_t bytes[SRFLX_SECRET_MAX];
    uint8_t len; /* 16 or 32 */
};

/* `algorithm` is SRFLX_ALGORITHM_MD5 or _SHA256. Returns 0 or SRFLX_ERROR_ARGUMENT (another one). */
SRFLX_MUST_USE int srflx_secret_long_term(uint16_t algorithm, const struct srflx_identity *who,
                                          struct srflx_view password,
                                          struct srflx_secret *ret_secret);

/* A key of any bytes: the password of short-term credentials, a kept secret, the mac_key of a
 * token, the PASSWORD of RFC 3489. */
void srflx_key_from_secret(struct srflx_view secret, struct srflx_key *ret_key);

/* srflx_secret_long_term(), then srflx_key_from_secret(). */
SRFLX_MUST_USE int srflx_key_long_term(uint16_t algorithm, const struct srflx_identity *who,
                                       struct srflx_view password, struct srflx_key *ret_key);

/* Overwrites the key with zeros, whatever the compiler thinks of it. */
void srflx_key_wipe(struct srflx_key *key);

/* USERHASH: SHA-256 of username ":" realm. */
struct srflx_userhash {
    uint8_t bytes[32];
};
void srflx_userhash_compute(const struct srflx_identity *who, struct srflx_userhash *ret_hash);

#ifdef __cplusplus
}
#endif
#endif
