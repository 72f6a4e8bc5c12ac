/* How running workers get another service, without a lock where packets are answered.
 *
 * One publisher, the main thread, says which service is current. Each worker looks before every
 * batch, which costs it one load; what it has taken then, it keeps to the end of the batch. The
 * first time it takes the new one, it says so. When all have, nobody can hold the old one, and the
 * publisher frees it.
 *
 *     publisher                                   worker
 *     adoption_publish(&adoption, new);
 *     wake workers that wait for packets          service = adopt(&adopter);
 *     adoption_wait(&adoption, workers);          serve a batch with it
 *     service_destroy(old);
 */
#ifndef SRFLXD_ADOPTION_H
#define SRFLXD_ADOPTION_H

#include <semaphore.h>
#include <stdatomic.h>

#include "service.h"

struct adoption {
    const struct service *_Atomic current;
    sem_t adopted; /* grows by one for each worker that has moved on */
};

/* One per worker, used by its thread alone. */
struct adopter {
    struct adoption *adoption;
    const struct service *service; /* what it holds */
};

/* Returns 0, or SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int adoption_init(struct adoption *adoption, const struct service *first);
void adoption_clean_up(struct adoption *adoption);

/* To be called before the worker's thread exists, and while nothing else is published. */
void adopter_init(struct adopter *adopter, struct adoption *adoption);

/* Makes `service` current. Then wake the workers and wait, before anything else is published. */
void adoption_publish(struct adoption *adoption, const struct service *service);

/* Returns when so many workers have adopted what was published: none holds what was before. */
void adoption_wait(struct adoption *adoption, unsigned workers);

/* The service of the next batch. Never waits. */
const struct service *adopt(struct adopter *adopter);

#endif
