/* The bytes of a message out of what people have at hand: hex, base64, or the bytes themselves. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <srflx/types.h>

enum input_format { FORMAT_AUTO, FORMAT_HEX, FORMAT_BASE64, FORMAT_BINARY, FORMAT_PCAP };

/* "hex", "base64", "binary" or "pcap". */
bool input_format_parse(const char *name, enum input_format *ret_format);

/* Decodes in place, all formats but FORMAT_PCAP, which is many messages (capture.h): `bytes` holds
 * `*len` bytes of text or of the message, afterwards the message. FORMAT_AUTO: digits of hex only
 * are hex, letters of base64 only are base64, all else is binary; no STUN message consists of such
 * letters, for its first byte is 0 to 63 and its second no letter. Returns NULL, or what is wrong
 * with the text. */
const char *input_decode(enum input_format format, uint8_t *bytes, size_t *len);

/* True if it holds digits of hex and what may stand between them, and no more. */
bool input_is_hex(struct srflx_view text);

#endif
