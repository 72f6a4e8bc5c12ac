/* Access tokens that carry their key with them: third-party authorization.
 * Sources: RFC 7635 sections 4.1.1, 6.2 and 7; RFC 5116 (AES-256-GCM).
 * An authorization server seals a session key into a token, under a key that it shares with the STUN server;
 * the client, who cannot read it, shows it with a request that is signed with the session key.
 *
 *     if (srflx_token_open(&key, server_name, value, &token)) return refuse();
 *     if (!srflx_token_is_current(&token, now)) return refuse();
 */
#ifndef SRFLX_TOKEN_H
#define SRFLX_TOKEN_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SRFLX_TOKEN_KEY_LEN = 32, /* AES-256-GCM */
    SRFLX_TOKEN_KID_MAX = 64, /* bytes of a key id */
    SRFLX_TOKEN_NONCE_LEN = 12,
    SRFLX_TOKEN_MAC_KEY_MAX = 64,
    SRFLX_TOKEN_MAX = 2 + SRFLX_TOKEN_NONCE_LEN + 2 + SRFLX_TOKEN_MAC_KEY_MAX + 8 + 4 + 16
};

/* A key shared with an authorization server. `kid` names it; it comes as the USERNAME. */
struct srflx_token_key {
    uint8_t bytes[SRFLX_TOKEN_KEY_LEN];
    uint8_t kid[SRFLX_TOKEN_KID_MAX];
    uint8_t kid_len; /* 1 to SRFLX_TOKEN_KID_MAX */
};

/* What a token says. */
struct srflx_token {
    uint8_t mac_key[SRFLX_TOKEN_MAC_KEY_MAX]; /* of the session; 20 bytes for SHA-1 */
    uint8_t mac_key_len;                      /* 1 to SRFLX_TOKEN_MAC_KEY_MAX */
    uint64_t issued_unix_ms;
    uint32_t lifetime_s;
};

/* Seals `token` for the STUN server of that name. `nonce` has 12 bytes, never the same twice with
 * one key. `ret_token` has room for SRFLX_TOKEN_MAX bytes. Returns 0 or SRFLX_ERROR_ARGUMENT. */
SRFLX_MUST_USE int srflx_token_seal(const struct srflx_token_key *key,
                                    struct srflx_view server_name, const uint8_t *nonce,
                                    const struct srflx_token *token, uint8_t *ret_token,
                                    size_t *ret_len);

/* Opens the value of ACCESS-TOKEN. Returns 0, SRFLX_ERROR_VALUE (it breaks off, or lengths are out of
 * range) or SRFLX_ERROR_INTEGRITY (another key, another server, or tampered with). Whether it is still good,
 * srflx_token_is_current() says. */
SRFLX_MUST_USE int srflx_token_open(const struct srflx_token_key *key,
                                    struct srflx_view server_name, struct srflx_view value,
                                    struct srflx_token *ret_token);

/* True while lifetime + 5 s > |now - issued|. */
bool srflx_token_is_current(const struct srflx_token *token, struct srflx_time now);

#ifdef __cplusplus
}
#endif
#endif
