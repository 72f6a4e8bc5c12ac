/* Random bytes of the operating system, for every srflx_random_fn of libsrflx.
 * Source: getentropy(), POSIX.1-2024; RFC 8489 section 5 (ids must be unpredictable).
 * Any thread may call it.
 *
 *     srflx_id_draw(srflx_random_fill, NULL, false, &id);
 */
#ifndef SRFLX_RANDOM_H
#define SRFLX_RANDOM_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills `len` bytes, cryptographically secure; `user` is ignored. Waits for the system to gather
 * entropy in its first seconds. If the system has no randomness at all, says so on stderr and
 * aborts: a predictable transaction id would be a hole, and there is nothing a caller could do. */
void srflx_random_fill(void *user, uint8_t *ret_bytes, size_t len);

#ifdef __cplusplus
}
#endif
#endif
