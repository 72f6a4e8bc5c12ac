/* Base64 of RFC 4648 section 4 (+ and /), with padding or without. Any thread.
 *
 *     len = srflx_base64_encode(SRFLX_BASE64_PADDED, bytes, letters);
 *     if (srflx_base64_decode(SRFLX_BASE64_PADDED, text, buf, sizeof buf, &len)) return refuse();
 */
#ifndef SRFLX_BASE64_H
#define SRFLX_BASE64_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Is the last group filled up with `=`? */
enum srflx_base64 { SRFLX_BASE64_BARE, SRFLX_BASE64_PADDED };

/* The letters that padded form has for so many bytes, the bare one at most; and back, at most. */
#define SRFLX_BASE64_LETTERS(bytes) (((bytes) + 2) / 3 * 4)
#define SRFLX_BASE64_BYTES(letters) (((letters) + 3) / 4 * 3)

/* Writes at most SRFLX_BASE64_LETTERS(bytes.len) letters, without a NUL, and returns how many. */
size_t srflx_base64_encode(enum srflx_base64 form, struct srflx_view bytes, uint8_t *ret_letters);

/* Takes exactly what encode makes of some bytes: no white space, no line ends, no other form, no bits
 * behind the last byte. Returns 0, SRFLX_ERROR_VALUE, or SRFLX_ERROR_SPACE if they are more than
 * `size`. */
SRFLX_MUST_USE int srflx_base64_decode(enum srflx_base64 form, struct srflx_view letters,
                                       uint8_t *ret_bytes, size_t size, size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
