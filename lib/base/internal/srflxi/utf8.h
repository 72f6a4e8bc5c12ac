/* Counting characters of UTF-8 text (RFC 3629). */
#ifndef SRFLXI_UTF8_H
#define SRFLXI_UTF8_H

#include <srflx/types.h>

/* The number of characters, or -1 if the text is no well-formed UTF-8. */
long srflxi_utf8_count(struct srflx_view text);

#endif
