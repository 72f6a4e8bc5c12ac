#include "adoption.h"

#include <srflx/error.h>

int adoption_init(struct adoption *adoption, const struct service *first)
{
    atomic_init(&adoption->current, first);
    return sem_init(&adoption->adopted, 0, 0) ? SRFLX_ERROR_SYSTEM : 0;
}

void adoption_clean_up(struct adoption *adoption)
{
    sem_destroy(&adoption->adopted);
}

void adopter_init(struct adopter *adopter, struct adoption *adoption)
{
    adopter->adoption = adoption;
    adopter->service = atomic_load(&adoption->current);
}

/* Release: who sees the pointer sees what it points to. */
void adoption_publish(struct adoption *adoption, const struct service *service)
{
    atomic_store_explicit(&adoption->current, service, memory_order_release);
}

void adoption_wait(struct adoption *adoption, unsigned workers)
{
    while (workers)
        if (!sem_wait(&adoption->adopted)) workers--;
}

/* Two services never share an address while it matters: the old one is freed after everybody has
 * left it. The semaphore also orders the last use of the old one before its end. */
const struct service *adopt(struct adopter *adopter)
{
    const struct service *current =
        atomic_load_explicit(&adopter->adoption->current, memory_order_acquire);

    if (current == adopter->service) return current;
    adopter->service = current;
    (void)sem_post(&adopter->adoption->adopted);
    return current;
}
