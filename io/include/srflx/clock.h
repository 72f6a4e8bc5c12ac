/* The time, as every function of libsrflx wants it.
 * Source: POSIX clock_gettime(), CLOCK_MONOTONIC for timers and CLOCK_REALTIME for dates.
 * Any thread may call it.
 *
 *     srflx_transaction_tick(transaction, srflx_clock_now());
 */
#ifndef SRFLX_CLOCK_H
#define SRFLX_CLOCK_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both clocks, read one right after the other. Cannot fail. */
struct srflx_time srflx_clock_now(void);

#ifdef __cplusplus
}
#endif
#endif
