#define _POSIX_C_SOURCE 200809L /* sched_yield */
#include <check.h>

#include <pthread.h>
#include <sched.h>

#include <srflx/error.h>

#include "adoption.h"

enum { READERS = 3, SWAPS = 300 };

/* Threads that adopt all the time. What has been left must not be seen again: it is spoilt at once,
 * as freed memory would be. */
struct reader {
    pthread_t thread;
    struct adopter adopter;
    const atomic_bool *stop;
    unsigned spoilt;
};

static const struct srflx_server *sound(const int *object)
{
    return (const struct srflx_server *)(const void *)object;
}

static void *read_always(void *user)
{
    struct reader *reader = user;

    while (!atomic_load(reader->stop)) {
        reader->spoilt += !adopt(&reader->adopter)->server;
        sched_yield();
    }
    return NULL;
}

TEST(what_is_left_is_never_seen_again)
{
    static const int object;
    struct service services[2] = {{.server = sound(&object)}};
    struct reader readers[READERS];
    struct adoption adoption;
    atomic_bool stop = false;

    CHECK_INT(adoption_init(&adoption, &services[0]), 0);
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.stop = &stop};
        adopter_init(&readers[i].adopter, &adoption);
        CHECK_INT(pthread_create(&readers[i].thread, NULL, read_always, &readers[i]), 0);
    }
    for (unsigned i = 1; i <= SWAPS; i++) {
        services[i % 2].server = sound(&object);
        adoption_publish(&adoption, &services[i % 2]);
        adoption_wait(&adoption, READERS);
        services[!(i % 2)].server = NULL;
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        CHECK_INT(readers[i].spoilt, 0);
    }
    adoption_clean_up(&adoption);
}

TEST(a_service_is_adopted_once)
{
    struct service services[2] = {{.server = NULL}};
    struct adoption adoption;
    struct adopter adopter;
    int count = -1;

    CHECK_INT(adoption_init(&adoption, &services[0]), 0);
    adopter_init(&adopter, &adoption);
    CHECK(adopt(&adopter) == &services[0]);
    adoption_publish(&adoption, &services[1]);
    CHECK(adopt(&adopter) == &services[1]);
    CHECK(adopt(&adopter) == &services[1]);
    CHECK_INT(sem_getvalue(&adoption.adopted, &count), 0);
    CHECK_INT(count, 1);
    adoption_clean_up(&adoption);
}

RUN(TEST_OF(what_is_left_is_never_seen_again), TEST_OF(a_service_is_adopted_once))
