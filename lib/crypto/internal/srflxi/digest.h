/* Digests and HMAC (RFC 2104) as STUN needs them: MD5 for keys of RFC 5389, SHA-1 and SHA-256. No
 * heap; any thread, on anything. Where bytes come in parts, the parts are one text, in order. */
#ifndef SRFLXI_DIGEST_H
#define SRFLXI_DIGEST_H

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

/* A kept key: the hash states behind the inner and the outer pad, so that a message costs two
 * compressions less and a table of a million users stays small. It is worth as much as the secret:
 * srflxi_wipe() it when it has served. */
struct srflxi_hmac_sha1 {
    uint32_t inner[5];
    uint32_t outer[5];
};

struct srflxi_hmac_sha256 {
    uint32_t inner[8];
    uint32_t outer[8];
};

/* Secrets of any length. */
void srflxi_hmac_sha1_init(struct srflxi_hmac_sha1 *ret_key, struct srflx_view secret);
void srflxi_hmac_sha256_init(struct srflxi_hmac_sha256 *ret_key, struct srflx_view secret);

/* Writes 20 or 32 bytes. Nothing that would let anyone make another MAC stays on the stack. */
void srflxi_hmac_sha1(const struct srflxi_hmac_sha1 *key, const struct srflx_view *parts,
                      size_t count, uint8_t *ret_mac);
void srflxi_hmac_sha256(const struct srflxi_hmac_sha256 *key, const struct srflx_view *parts,
                        size_t count, uint8_t *ret_mac);

#endif
