/* What a login holds: private to this layer. */
#ifndef LOGIN_H
#define LOGIN_H

#include <srflx/login.h>

enum { USERNAME_MOST = 508, TEXT_MOST = 763, OFFER_MOST = 256 };

/* Bytes that a login owns. */
struct text {
    uint16_t len;
    uint8_t bytes[TEXT_MOST];
};

/* What a server of long-term credentials asked for. */
struct challenge {
    struct text realm, nonce;
    uint16_t offer_len; /* of PASSWORD-ALGORITHMS; 0: there was none */
    uint8_t offer[OFFER_MOST];
    uint16_t algorithm; /* ours out of it, or MD5 */
    bool userhash;
    bool token; /* the server takes ours */
};

struct srflx_login {
    uint8_t mechanism;
    bool sha1, md5, hash_only;
    uint16_t only_algorithm; /* 0: any */
    struct text username, password, legacy_username, legacy_password, only_realm, kid, token;
    struct srflx_key mac_key;

    /* what is known of the server */
    bool challenged;
    bool
        had_offer; /* a list of algorithms, and then an answer that showed that it was the server's */
    struct challenge challenge;
    struct srflx_key key;
    uint8_t
        integrity; /* enum srflx_integrity: short-term, what it answers with; ABSENT: not known yet */

    /* the question in hand */
    bool shown;            /* the last request had credentials */
    bool refused_as_stale; /* 438 came already */
    bool realm_changed;    /* a second realm was asked for already */
    bool doubted;          /* with them, only answers came that could be anybody's */
    uint8_t refusal;       /* enum srflx_refusal */
};

static inline struct srflx_view view_of(const struct text *text)
{
    return (struct srflx_view){text->bytes, text->len};
}

/* The realm as it goes into keys and hashes. */
struct srflx_view srflxi_login_realm(const struct srflx_login *login);

/* Reads the challenge of a 401 or 438 into the login. Says why not, NONE if it can be met. */
enum srflx_refusal srflxi_login_take_challenge(struct srflx_login *login,
                                               const struct srflx_message *response);

#endif
