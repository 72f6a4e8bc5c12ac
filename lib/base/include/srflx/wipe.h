/* Taking secrets out of memory: passwords, keys, and what was computed from them. Any thread.
 *
 *     srflx_wipe(password, strlen(password));
 *     free(password);
 */
#ifndef SRFLX_WIPE_H
#define SRFLX_WIPE_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroes `len` bytes, also if nobody will ever read them, where a compiler would leave out memset().
 * `bytes` may be NULL if `len` is 0. */
void srflx_wipe(void *bytes, size_t len);

#ifdef __cplusplus
}
#endif
#endif
