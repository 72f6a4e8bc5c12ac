/* A kept HMAC key: the hash states behind the inner and the outer pad (RFC 2104 section 4), so that a
 * message costs two compressions less and a table of a million users stays small. Opaque words,
 * worth as much as the secret they come from. Plain values, any thread.
 *
 *     struct srflx_key key; // key.h: one of each
 */
#ifndef SRFLX_HMAC_H
#define SRFLX_HMAC_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_hmac_sha1 {
    uint32_t inner[5];
    uint32_t outer[5];
};

struct srflx_hmac_sha256 {
    uint32_t inner[8];
    uint32_t outer[8];
};

#ifdef __cplusplus
}
#endif
#endif
