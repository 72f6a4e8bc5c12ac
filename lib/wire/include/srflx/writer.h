/* Writing a message into the caller's array. The first mistake sticks; finish() reports it, so that
 * the calls between need no check.
 * Sources: RFC 8489 sections 5, 6.1, 7 and 14; RFC 3489 section 11 (messages without the cookie).
 *
 *     uint8_t buf[64];
 *     struct srflx_writer w;
 *     struct srflx_view request;
 *     srflx_writer_begin(&w, buf, sizeof buf, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST),
 * &id); srflx_add_fingerprint(&w); if (srflx_writer_finish(&w, &request)) return;
 */
#ifndef SRFLX_WRITER_H
#define SRFLX_WRITER_H

#include <srflx/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's memory; begin() sets every field, read none of them. Keeps `buf` until finish(). */
struct srflx_writer {
    uint8_t *buf;
    size_t cap; /* bytes of buf */
    size_t len; /* bytes written, a multiple of 4 */
    int error;  /* the first one */
    bool classic;
    uint8_t hidden; /* what may still follow, behind integrity or FINGERPRINT */
};

/* Starts a message. `id` is 16 bytes; if they begin with the magic cookie the message is a current
 * one, else it is written in RFC 3489's form, where nothing stands outside of values. `cap` up to SRFLX_MESSAGE_MAX is used. */
void srflx_writer_begin(struct srflx_writer *w, uint8_t *buf, size_t cap, uint16_t type,
                        const struct srflx_id *id);

/* Starts the answer to a request: its method, its id, its form. `kind` is SRFLX_SUCCESS or
 * SRFLX_ERROR. */
void srflx_writer_reply(struct srflx_writer *w, uint8_t *buf, size_t cap,
                        const struct srflx_message *request, uint8_t kind);

/* An address; XOR is applied if the table says so for `attr`, which must have one of the two
 * shapes. */
void srflx_put_addr(struct srflx_writer *w, uint16_t attr, const struct srflx_addr *addr);
void srflx_put_u32(struct srflx_writer *w, uint16_t attr, uint32_t value);
void srflx_put_u64(struct srflx_writer *w, uint16_t attr, uint64_t value);
/* Any value, at most 65535 bytes; copies it and pads with zeros. In RFC 3489's form its length must be a
 * multiple of 4, else SRFLX_ERROR_ARGUMENT. */
void srflx_put_bytes(struct srflx_writer *w, uint16_t attr, struct srflx_view value);
/* Text as an agent may send it: UTF-8, at most 127 characters and 509 bytes, USERNAME 508 bytes; a
 * domain name: 1 to 255 printable ASCII characters. `attr` has shape TEXT or NAME. */
void srflx_put_text(struct srflx_writer *w, uint16_t attr, struct srflx_view text);
/* An attribute without a value, of shape EMPTY. */
void srflx_put_flag(struct srflx_writer *w, uint16_t attr);
/* RESPONSE-PORT, with the two bytes of padding inside its length. */
void srflx_put_port(struct srflx_writer *w, uint16_t attr, uint16_t port);
/* PASSWORD-ALGORITHMS, or with one entry PASSWORD-ALGORITHM. Parameters are padded with zeros. */
void srflx_put_algorithms(struct srflx_writer *w, uint16_t attr,
                          const struct srflx_algorithm *algorithms, size_t count);
/* Prepared attributes with header and padding; `bytes.len` is a multiple of 4. Copied as they are.
 */
void srflx_put_prepared(struct srflx_writer *w, struct srflx_view bytes);
/* ERROR-CODE. `code` 300 to 699, in RFC 3489's form 100 to 699; at most 509 bytes of UTF-8 phrase,
 * which RFC 3489's form fills with spaces to a multiple of 4. */
void srflx_put_error(struct srflx_writer *w, uint16_t code, struct srflx_view phrase);
/* UNKNOWN-ATTRIBUTES; RFC 3489's form repeats the last of an odd number. */
void srflx_put_types(struct srflx_writer *w, const uint16_t *types, size_t count);
/* UNKNOWN-ATTRIBUTES with every comprehension-required type of `request` that is not in `known`,
 * each once, in order of appearance, as many as leave the whole message within `limit` bytes. */
void srflx_put_unknown(struct srflx_writer *w, const struct srflx_message *request,
                       const struct srflx_known *known, size_t limit);

/* FINGERPRINT; nothing can follow it. Not in RFC 3489's form. */
void srflx_add_fingerprint(struct srflx_writer *w);

/* Sets the length field and hands out the message, which lies in `buf`. Returns 0 or the first
 * error: SRFLX_ERROR_SPACE, _ARGUMENT or _ORDER. The writer is then used up. */
SRFLX_MUST_USE int srflx_writer_finish(struct srflx_writer *w, struct srflx_view *ret_bytes);

#ifdef __cplusplus
}
#endif
#endif
