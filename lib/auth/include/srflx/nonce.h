/* Nonces that need no memory: whoever has the key can tell whether one was given out by a server
 * with that key, to this client, when, and with which offer.
 * Sources: RFC 8489 sections 9.2, 9.2.4, 14.10 and 18.1, erratum 6290; RFC 7616 section 5.4.
 *
 * A nonce has 29 characters: the nonce cookie (obMatJos2 and four characters of feature bits) and 16
 * of base64: the time in seconds (30 bits), the key's number (2 bits) and a SipHash tag (64 bits)
 * over the cookie, the time, the client's address and port, and the offered algorithms.
 *
 *     srflx_nonce_write(&keys, &scope, now, nonce);
 *     if (srflx_nonce_check(&keys, &scope, value, now) == SRFLX_NONCE_FRESH) go_on();
 */
#ifndef SRFLX_NONCE_H
#define SRFLX_NONCE_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SRFLX_NONCE_LEN = 29, /* of the nonces written here */
    SRFLX_NONCE_COOKIE_LEN = 13,
    SRFLX_NONCE_KEYS = 4, /* at a time: the number of a key is kept in two bits */
    SRFLX_NONCE_KEY_LEN = 16,
    SRFLX_NONCE_ALGORITHMS = 32 /* bytes of an offer that count */
};

/* Security features, as they are counted since erratum 6290: from the least significant bit. */
enum { SRFLX_FEATURE_ALGORITHMS = 1, SRFLX_FEATURE_ANONYMITY = 2 };

/* What the cookie at the start of a nonce announces, in either of the published bit orders.
 * Returns true if there is one; `ret_features` is then a set of SRFLX_FEATURE_..., with bits that
 * nobody has assigned left out. */
bool srflx_nonce_features(struct srflx_view nonce, unsigned *ret_features);

/* A key of one server or of a fleet. Its number tells it apart: no two that are in use have the same modulo
 * SRFLX_NONCE_KEYS. It makes nonces from `from_unix_s` on, until the next one does; it checks them at any
 * time, as another machine's clock may be ahead. */
struct srflx_nonce_key {
    uint8_t bytes[SRFLX_NONCE_KEY_LEN];
    uint32_t number;
    uint64_t from_unix_s;
};
struct srflx_nonce_keys {
    struct srflx_nonce_key list[SRFLX_NONCE_KEYS];
    uint8_t count; /* 1 to SRFLX_NONCE_KEYS */
};

/* A key out of a secret of any length, which may serve other purposes as well. Sets `bytes` alone. */
void srflx_nonce_key_derive(struct srflx_view secret, struct srflx_nonce_key *ret_key);

/* What a nonce is bound to. */
struct srflx_nonce_scope {
    struct srflx_addr client; /* address and port; family 0 fits nobody */
    struct srflx_view
        algorithms;      /* the value of PASSWORD-ALGORITHMS that is offered; may be empty */
    unsigned features;   /* SRFLX_FEATURE_... */
    uint32_t lifetime_s; /* how long it is good for, 1 to 86400 */
};

/* Writes SRFLX_NONCE_LEN characters, without a NUL. */
void srflx_nonce_write(const struct srflx_nonce_keys *keys, const struct srflx_nonce_scope *scope,
                       struct srflx_time now, uint8_t *ret_nonce);

enum srflx_nonce_state {
    SRFLX_NONCE_FRESH,
    SRFLX_NONCE_STALE, /* made here for this client and offer, but too long ago */
    SRFLX_NONCE_FORGED /* of another client, another offer, another key, or nobody's */
};

/* Ages are counted in whole seconds of the wall clock: fresh are the second in which it was made and
 * the lifetime_s - 1 that follow. As the clocks of a fleet differ, it may also have been made up to five
 * seconds from now. The same time for all nonces that look like one of ours. */
enum srflx_nonce_state srflx_nonce_check(const struct srflx_nonce_keys *keys,
                                         const struct srflx_nonce_scope *scope,
                                         struct srflx_view nonce, struct srflx_time now);

#ifdef __cplusplus
}
#endif
#endif
