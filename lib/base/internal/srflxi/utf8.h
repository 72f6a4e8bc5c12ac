/* Characters of UTF-8 text (RFC 3629). */
#ifndef SRFLXI_UTF8_H
#define SRFLXI_UTF8_H

#include <srflx/types.h>

/* The number of characters, or -1 if the text is no well-formed UTF-8. */
long srflxi_utf8_count(struct srflx_view text);

/* The first character of the text; returns how many bytes it takes, or 0 if there is none or it is
 * not well formed. */
size_t srflxi_utf8_get(struct srflx_view text, uint32_t *ret_point);

/* The longest form of a character. */
enum { SRFLXI_UTF8_LONGEST = 4 };

/* Writes a character, which is no surrogate and at most U+10FFFF; returns how many bytes it takes. */
size_t srflxi_utf8_put(uint32_t point, uint8_t *ret_bytes);

#endif
