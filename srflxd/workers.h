/* The threads that serve packets. Each blocks in poll(2) on its own sockets, one of each listener's
 * group, with its own batch and its own srflx_worker; they share the service, which nobody changes.
 */
#ifndef SRFLXD_WORKERS_H
#define SRFLXD_WORKERS_H

#include "adoption.h"
#include "listeners.h"
#include "totals.h"

struct workers;

/* Starts one thread per socket of a group. `service` and `listeners` are borrowed until stop.
 * Returns NULL, with errno, if memory, descriptors or threads are missing. */
struct workers *workers_start(const struct service *service, const struct listeners *listeners);

/* Has all workers serve another service from their next batch on. When it returns, none uses the
 * one before. Nobody waits for it but the caller. */
void workers_adopt(struct workers *workers, const struct service *service);

/* What each thread knows of its clients: at most SETTINGS_WORKERS_MAX pointers, good until stop. */
unsigned workers_sources(const struct workers *workers, const struct sources **ret_list);

/* Ends the threads after the batch in hand, frees everything, and adds what they have done. */
void workers_stop(struct workers *workers, struct totals *totals);

#endif
