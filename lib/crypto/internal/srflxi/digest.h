/* Digests and HMAC (RFC 2104) as STUN needs them: MD5 for keys of RFC 5389, SHA-1 and SHA-256. No
 * heap; any thread, on anything. Where bytes come in parts, the parts are one text, in order. */
#ifndef SRFLXI_DIGEST_H
#define SRFLXI_DIGEST_H

#include <srflx/hmac.h>
#include <srflx/types.h>

enum srflxi_hash { SRFLXI_MD5, SRFLXI_SHA1, SRFLXI_SHA256 };

enum {
    SRFLXI_MD5_SIZE = 16,
    SRFLXI_SHA1_SIZE = 20,
    SRFLXI_SHA256_SIZE = 32,
    SRFLXI_DIGEST_MAX = 32
};

/* Bytes of a digest. */
size_t srflxi_digest_size(enum srflxi_hash hash);

/* Writes srflxi_digest_size(hash) bytes. Keeps no copy of the text, which may be a password. */
void srflxi_digest(enum srflxi_hash hash, const struct srflx_view *parts, size_t count,
                   uint8_t *ret_digest);

/* Secrets of any length. srflx_wipe() the key when it has served. */
void srflxi_hmac_sha1_init(struct srflx_hmac_sha1 *ret_key, struct srflx_view secret);
void srflxi_hmac_sha256_init(struct srflx_hmac_sha256 *ret_key, struct srflx_view secret);

/* Writes 20 or 32 bytes. Nothing that would let anyone make another MAC stays on the stack. */
void srflxi_hmac_sha1(const struct srflx_hmac_sha1 *key, const struct srflx_view *parts,
                      size_t count, uint8_t *ret_mac);
void srflxi_hmac_sha256(const struct srflx_hmac_sha256 *key, const struct srflx_view *parts,
                        size_t count, uint8_t *ret_mac);

#endif
