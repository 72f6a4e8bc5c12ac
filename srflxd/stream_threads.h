/* The threads that serve TCP, TLS and DTLS. They yield to the workers: a handshake costs as much as a hundred plain
 * answers, and must not delay them. */
#ifndef SRFLXD_STREAM_THREADS_H
#define SRFLXD_STREAM_THREADS_H

#include "listeners.h"
#include "service.h"
#include "totals.h"

struct stream_threads;

/* Starts one thread for each socket of a group. `service`, `settings` and `listeners` are borrowed until stop.
 * Returns NULL, with errno, if memory, descriptors or threads are missing. */
struct stream_threads *stream_threads_start(const struct service *service,
                                            const struct settings *settings,
                                            const struct listeners *listeners);

/* As the workers' functions of these names (workers.h). Connections keep the certificate that they began with. */
void stream_threads_adopt(struct stream_threads *threads, const struct service *service);
unsigned stream_threads_sources(const struct stream_threads *threads,
                                const struct sources **ret_list);
void stream_threads_stop(struct stream_threads *threads, struct totals *totals);

#endif
