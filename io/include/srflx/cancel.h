/* A way for one thread, or a signal handler, to end what another one waits for.
 * Source: POSIX pipe(), write() is async-signal-safe.
 *
 *     if (srflx_cancel_init(&cancel)) return complain();
 *     options.cancel = &cancel;      // of srflx_query()
 *     ... another thread: srflx_cancel_trigger(&cancel);
 *     srflx_cancel_clean_up(&cancel);
 */
#ifndef SRFLX_CANCEL_H
#define SRFLX_CANCEL_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `wait_fd` becomes readable when it is triggered, and stays so; leave both to the functions. */
struct srflx_cancel {
    int wait_fd, trigger_fd;
};

/* Returns 0 or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_cancel_init(struct srflx_cancel *ret_cancel);

/* Any thread, any number of times, between init() and clean_up(). Leaves errno as it was. */
void srflx_cancel_trigger(const struct srflx_cancel *cancel);
bool srflx_cancel_is_triggered(const struct srflx_cancel *cancel);

/* When nobody waits any more. */
void srflx_cancel_clean_up(struct srflx_cancel *cancel);

#ifdef __cplusplus
}
#endif
#endif
