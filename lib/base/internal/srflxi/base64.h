/* Base64 of RFC 4648 section 4 (+ and /), with padding or without. */
#ifndef SRFLXI_BASE64_H
#define SRFLXI_BASE64_H

#include <srflx/types.h>

/* Is the last group filled up with `=`? */
enum srflxi_base64 { SRFLXI_BASE64_BARE, SRFLXI_BASE64_PADDED };

/* The letters that padded form has for so many bytes, the bare one at most; and back, at most. */
#define SRFLXI_BASE64_LETTERS(bytes) (((bytes) + 2) / 3 * 4)
#define SRFLXI_BASE64_BYTES(letters) (((letters) + 3) / 4 * 3)

/* Writes at most SRFLXI_BASE64_LETTERS(bytes.len) letters, without a NUL, and returns how many. */
size_t srflxi_base64_encode(enum srflxi_base64 form, struct srflx_view bytes, uint8_t *ret_letters);

/* Takes exactly what encode makes of some bytes: no white space, no line ends, no other form, no bits
 * behind the last byte, else SRFLX_ERROR_VALUE. SRFLX_ERROR_SPACE if they are more than `size`. */
int srflxi_base64_decode(enum srflxi_base64 form, struct srflx_view letters, uint8_t *ret_bytes,
                         size_t size, size_t *ret_len) SRFLX_MUST_USE;

#endif
