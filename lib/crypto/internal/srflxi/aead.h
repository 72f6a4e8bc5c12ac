/* AES-GCM with a 12-byte nonce and a 16-byte tag (RFC 5116 section 5), for the self-contained tokens
 * of RFC 7635. No heap; any thread, on anything. */
#ifndef SRFLXI_AEAD_H
#define SRFLXI_AEAD_H

#include <srflx/types.h>

enum { SRFLXI_AEAD_NONCE = 12, SRFLXI_AEAD_TAG = 16, SRFLXI_AEAD_KEY_MAX = 32 };

/* The length of the key chooses the cipher. Holds the secret itself: srflx_wipe() it when it has
 * served. */
struct srflxi_aead_key {
    uint8_t bytes[SRFLXI_AEAD_KEY_MAX];
    size_t len; /* 16: AES-128, 32: AES-256 */
};

/* Copies the secret. SRFLX_ERROR_ARGUMENT if it has neither 16 nor 32 bytes. */
int srflxi_aead_key_init(struct srflxi_aead_key *ret_key, struct srflx_view secret) SRFLX_MUST_USE;

/* Writes the ciphertext of `text` and behind it the tag: text.len + 16 bytes. `nonce` is 12 bytes,
 * never the same ones twice with one key. `ret_sealed` may be where `text` is. */
void srflxi_aead_seal(const struct srflxi_aead_key *key, const uint8_t *nonce,
                      struct srflx_view associated, struct srflx_view text, uint8_t *ret_sealed);

/* Undoes it: writes sealed.len - 16 bytes. `ret_text` may be where `sealed` is. SRFLX_ERROR_VALUE if
 * the tag is not that of this key, nonce, associated data and ciphertext, or there is no room for a
 * tag; then the bytes of `ret_text` are zero, as they have held what nobody vouches for. */
int srflxi_aead_open(const struct srflxi_aead_key *key, const uint8_t *nonce,
                     struct srflx_view associated, struct srflx_view sealed,
                     uint8_t *ret_text) SRFLX_MUST_USE;

#endif
