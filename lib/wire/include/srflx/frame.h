/* Cutting a stream of bytes (TCP, TLS) into messages: nothing stands between them, the length in
 * each header says where the next begins. Sources: RFC 8489 section 6.2.2, RFC 7983 section 3.
 * Caller's memory, no clean-up. One thread per framer.
 *
 *     srflx_framer_init(&f, buf, sizeof buf);
 *     for each piece read from the stream, in any split:
 *         struct srflx_view input = {piece, len}, message;
 *         while ((got = srflx_framer_next(&f, &input, &message)) == 1)
 *             use(message);
 *         if (got < 0) close the connection
 */
#ifndef SRFLX_FRAME_H
#define SRFLX_FRAME_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Read `skipped` and `have`; leave the rest to the functions. */
struct srflx_framer {
    uint8_t *buf;
    size_t cap;       /* the longest message that is handed out */
    size_t have;      /* bytes of a message that has begun; 0: none, `buf` is not in use */
    size_t skip;      /* bytes of a message too long, still to come */
    uint64_t skipped; /* messages dropped for being longer than `cap` */
};

/* `cap` is at least 20. Keeps `buf`, which is only written while a message is incomplete: with
 * `have` 0 it may be exchanged for another by calling init again. */
void srflx_framer_init(struct srflx_framer *framer, uint8_t *buf, size_t cap);

/* Takes bytes off the front of `input`. Returns 1 with a whole message, which lies in `input`'s
 * bytes or in the buffer and lives until the next call; 0 when `input` is used up;
 * SRFLX_ERROR_TOP_BITS or SRFLX_ERROR_LENGTH_ALIGN where no message begins: the boundary is lost,
 * the stream is of no more use, and later calls say the same. Messages longer than `cap` are
 * skipped by their length. A message handed out may still be refused by srflx_message_parse(). */
SRFLX_MUST_USE int srflx_framer_next(struct srflx_framer *framer, struct srflx_view *input,
                                     struct srflx_view *ret_message);

#ifdef __cplusplus
}
#endif
#endif
