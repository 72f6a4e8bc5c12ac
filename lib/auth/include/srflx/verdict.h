/* Is this request from whom it claims to be? All checks of the two mechanisms, in RFC 8489's order, as one
 * function; and as two, for programs that look their users up themselves.
 * Sources: RFC 8489 sections 9.1.3 and 9.2.4, for clients of RFC 5389 as well; RFC 7635 section 7;
 * RFC 3489 sections 8.1 and 11.2.8.
 * A *guard* is an immutable description that any number of threads use at a time.
 *
 *     verdict = srflx_guard_check(guard, &request, &packet.from, now, &grant);
 *
 * or, with users of one's own:
 *
 *     verdict = srflx_guard_claim(guard, &request, &packet.from, now, &claim);
 *     if (!verdict) {
 *         key = look up claim.username, or claim.userhash, for claim.algorithm; NULL if there is none
 *         verdict = srflx_guard_decide(guard, &request, &claim, key, &grant);
 *     }
 */
#ifndef SRFLX_VERDICT_H
#define SRFLX_VERDICT_H

#include <srflx/integrity.h>
#include <srflx/nonce.h>
#include <srflx/token.h>
#include <srflx/users.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, error code, text). What the answer to each carries, srflx_guard_put_challenge() knows. */
#define SRFLX_ACCESS_MAP(X)                                                                  \
    X(GRANTED, 0, "the credentials are right")                                               \
    X(NONE, 401, "no credentials")                                                           \
    X(INCOMPLETE, 400, "integrity without the attributes that belong to it")                 \
    X(ALGORITHM, 400, "PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS are not what was offered") \
    X(FORBIDDEN, 401, "an algorithm that the policy forbids")                                \
    X(UNKNOWN_USER, 401, "a user that is not known here")                                    \
    X(EXPIRED, 401, "a time-limited user, or a token, whose time is over")                   \
    X(TOKEN, 401, "a token that cannot be opened")                                           \
    X(WRONG_INTEGRITY, 401, "the integrity is wrong")                                        \
    X(STALE_NONCE, 438, "all is right but the nonce")

enum srflx_access {
#define SRFLX_ACCESS_ENUM(name, code, text) SRFLX_ACCESS_##name,
    SRFLX_ACCESS_MAP(SRFLX_ACCESS_ENUM)
#undef SRFLX_ACCESS_ENUM
        SRFLX_ACCESS_COUNT
};

enum srflx_mechanism { SRFLX_NO_CREDENTIALS, SRFLX_SHORT_TERM, SRFLX_LONG_TERM };

enum { SRFLX_GUARD_SECRETS = 4, SRFLX_GUARD_TOKEN_KEYS = 4, SRFLX_REALM_MAX = 508 };

/* In brackets: default. There is room for a realm of 456 bytes, or for realm and server name of 446 together; with more, a
 * challenge may not fit into a datagram any more, and is refused. */
struct srflx_guard_config {
    uint32_t size;
    uint8_t mechanism;       /* SRFLX_SHORT_TERM or _LONG_TERM (the latter) */
    struct srflx_view realm; /* long-term: prepared, 1 to 127 characters; copied */
    uint16_t algorithms[2];  /* long-term: what is offered, by preference (SHA256, MD5) */
    uint8_t
        algorithm_count; /* 0: none; then PASSWORD-ALGORITHMS is not sent, and RFC 5389's MD5 remains */
    bool legacy;         /* long-term: serve clients that know no PASSWORD-ALGORITHM (true) */
    bool sha1;           /* accept MESSAGE-INTEGRITY without the SHA-256 one (true) */
    bool userhash;       /* long-term: announce username anonymity (false); not with `secrets` */
    uint32_t nonce_lifetime_s;             /* 1 to 86400 (600) */
    const struct srflx_nonce_keys *nonces; /* long-term; copied */
    const struct srflx_users *users;       /* borrowed; NULL: none */
    struct srflx_view
        secrets[SRFLX_GUARD_SECRETS]; /* of time-limited users, newest first; copied */
    uint8_t secret_count;
    struct srflx_view server_name;            /* of THIRD-PARTY-AUTHORIZATION; empty: off; copied */
    const struct srflx_token_key *token_keys; /* copied */
    uint8_t token_key_count;
};
void srflx_guard_config_defaults(struct srflx_guard_config *ret_config);

struct srflx_guard;

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_guard_size(void);

/* Checks and copies the configuration into `memory`, which holds secrets: wipe it before it is given
 * back. Returns 0, SRFLX_ERROR_SPACE or SRFLX_ERROR_ARGUMENT (a field outside its range, or nobody could log in:
 * no algorithms, and not both `legacy` and `sha1`). */
SRFLX_MUST_USE int srflx_guard_init(void *memory, size_t len,
                                    const struct srflx_guard_config *config,
                                    struct srflx_guard **ret_guard);

/* True if clients may come with tokens. */
bool srflx_guard_takes_tokens(const struct srflx_guard *guard);

/* Whom a request claims to come from, and how it would prove it: the checks that need no user are done. */
struct srflx_claim {
    struct srflx_view
        username; /* borrowed from the message; ptr NULL: there is `userhash` instead */
    struct srflx_userhash userhash;
    uint16_t algorithm; /* of the password; 0: short-term */
    uint8_t integrity;  /* enum srflx_integrity: which attribute decides */
    uint8_t answer;     /* enum srflx_integrity: which one belongs into the answer */
    uint8_t nonce;      /* enum srflx_nonce_state; FRESH if the mechanism has none */
    bool has_nonce;     /* the mechanism has one, and so has the request */
    bool has_token;     /* ACCESS-TOKEN: `username` is the key's id */
};

/* Who was let in: with what to sign the answer. */
struct srflx_grant {
    struct srflx_key key;
    uint8_t answer; /* enum srflx_integrity */
};

/* The first half. Returns GRANTED if the claim can be looked up, else what is wrong with it. */
enum srflx_access srflx_guard_claim(const struct srflx_guard *guard, const struct srflx_message *m,
                                    const struct srflx_addr *from, struct srflx_time now,
                                    struct srflx_claim *ret_claim);

/* The second half. `key` is NULL if there is no such user, which takes the same time as a wrong key. `ret_grant` is
 * set with GRANTED alone. */
enum srflx_access srflx_guard_decide(const struct srflx_guard *guard, const struct srflx_message *m,
                                     const struct srflx_claim *claim, const struct srflx_key *key,
                                     struct srflx_grant *ret_grant);

/* Both, with the guard's own users, time-limited users and token keys between them. `ret_claim` tells what was claimed
 * once it could be read, whatever came of it. */
enum srflx_access srflx_guard_check(const struct srflx_guard *guard, const struct srflx_message *m,
                                    const struct srflx_addr *from, struct srflx_time now,
                                    struct srflx_claim *ret_claim, struct srflx_grant *ret_grant);

/* REALM, NONCE, PASSWORD-ALGORITHMS and THIRD-PARTY-AUTHORIZATION, as far as the guard has them and the
 * answer to `access` is to carry them: behind ERROR-CODE in an answer to `to`. */
void srflx_guard_put_challenge(struct srflx_writer *w, const struct srflx_guard *guard,
                               enum srflx_access access, const struct srflx_addr *to,
                               struct srflx_time now);

/* Error code (0 for GRANTED), name and sentence of a verdict. Static text. */
uint16_t srflx_access_code(enum srflx_access access);
const char *srflx_access_name(enum srflx_access access);
const char *srflx_access_text(enum srflx_access access);

#ifdef __cplusplus
}
#endif
#endif
