#define _GNU_SOURCE /* eventfd */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answering.h"

enum {
    STACK = 256 * 1024, /* a worker needs a few pages; the default of 8 MiB is for recursion */
    ROUNDS = 16         /* full batches from one socket before the others have their turn */
};

struct worker {
    pthread_t thread;
    int bell; /* an eventfd, rung when there is a new service, or the end */
    const atomic_bool *stop;
    struct answering answering;
    void *batch;
    unsigned socket_count;
    struct srflx_udp_socket sockets[LISTENERS_MAX];
    struct pollfd polled[LISTENERS_MAX + 1]; /* the last one is the bell */
};

struct workers {
    struct adoption adoption;
    atomic_bool stop;
    unsigned started;
    struct worker *list[];
};

static const struct srflx_udp_driver *const driver = &srflx_udp_mmsg;

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    struct answering *answering = user;
    struct srflx_packet unwrapped;

    if (!answering->service->proxy_count) {
        answering_message(answering, packet, reply);
        return;
    }
    unwrapped = *packet;
    if (answering_unwrap(answering, &unwrapped)) answering_message(answering, &unwrapped, reply);
}

/* A full batch means that more is waiting, which needs no poll to be known. */
static void serve(struct worker *worker, struct srflx_udp_socket *socket)
{
    const struct srflx_handler handler = {handle, &worker->answering};

    for (unsigned round = 0; round < ROUNDS; round++) {
        answering_refresh(&worker->answering);
        if (driver->run(worker->batch, socket, &handler) < SRFLX_UDP_BATCH) return;
    }
}

/* Adopts also where no packets come. False: it is over. */
static bool answer_bell(struct worker *worker)
{
    eventfd_t rings;

    (void)eventfd_read(worker->bell, &rings);
    answering_refresh(&worker->answering);
    return !atomic_load(worker->stop);
}

static void *work(void *user)
{
    struct worker *worker = user;
    const unsigned sockets = worker->socket_count;

    for (;;) {
        if (poll(worker->polled, sockets + 1, -1) < 0) continue;
        if (worker->polled[sockets].revents && !answer_bell(worker)) return NULL;
        for (unsigned i = 0; i < sockets; i++)
            if (worker->polled[i].revents) serve(worker, &worker->sockets[i]);
    }
}

static void worker_destroy(struct worker *worker)
{
    if (!worker) return;
    if (worker->bell >= 0) close(worker->bell);
    answering_clean_up(&worker->answering);
    free(worker->batch);
    free(worker);
}

/* Sockets are copied, so that each worker counts in its own memory. */
static void give_sockets(struct worker *worker, const struct listeners *listeners, unsigned number)
{
    worker->socket_count = listeners->count;
    for (unsigned i = 0; i < listeners->count; i++) {
        worker->sockets[i] = listeners->udp[i][number];
        worker->polled[i] = (struct pollfd){.fd = worker->sockets[i].fd, .events = POLLIN};
    }
    worker->polled[listeners->count] = (struct pollfd){.fd = worker->bell, .events = POLLIN};
}

static struct worker *worker_new(struct workers *workers)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (!worker) return NULL;
    worker->stop = &workers->stop;
    worker->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->batch = calloc(1, driver->batch_size);
    if (worker->bell < 0 || !worker->batch ||
        answering_init(&worker->answering, &workers->adoption)) {
        const int error = errno;
        worker_destroy(worker);
        errno = error;
        return NULL;
    }
    driver->prepare(worker->batch);
    return worker;
}

static int start_thread(struct worker *worker)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (!error) {
        error = pthread_attr_setstacksize(&attributes, STACK);
        if (!error) error = pthread_create(&worker->thread, &attributes, work, worker);
        pthread_attr_destroy(&attributes);
    }
    errno = error;
    return error ? SRFLX_ERROR_SYSTEM : 0;
}

static int start_all(struct workers *workers, const struct listeners *listeners)
{
    for (unsigned i = 0; i < listeners->workers; i++) {
        struct worker *worker = worker_new(workers);
        if (!worker) return SRFLX_ERROR_SYSTEM;
        give_sockets(worker, listeners, i);
        if (start_thread(worker)) {
            worker_destroy(worker);
            return SRFLX_ERROR_SYSTEM;
        }
        workers->list[workers->started++] = worker;
    }
    return 0;
}

struct workers *workers_start(const struct service *service, const struct listeners *listeners)
{
    const size_t size = sizeof(struct workers) + listeners->workers * sizeof(struct worker *);
    struct workers *workers = calloc(1, size);
    struct totals nothing = {0};
    int error;

    if (!workers) return NULL;
    if (adoption_init(&workers->adoption, service)) {
        free(workers);
        return NULL;
    }
    if (!start_all(workers, listeners)) return workers;
    error = errno;
    workers_stop(workers, &nothing);
    errno = error;
    return NULL;
}

static void ring(const struct workers *workers)
{
    for (unsigned i = 0; i < workers->started; i++)
        (void)eventfd_write(workers->list[i]->bell, 1);
}

void workers_adopt(struct workers *workers, const struct service *service)
{
    adoption_publish(&workers->adoption, service);
    ring(workers);
    adoption_wait(&workers->adoption, workers->started);
}

static void add(const struct worker *worker, struct totals *totals)
{
    uint64_t *received = &totals->received_by[totals->workers++];

    totals_add_answering(totals, &worker->answering);
    for (unsigned i = 0; i < worker->socket_count; i++) {
        *received += worker->sockets[i].counters.received;
        totals_add_udp(totals, &worker->sockets[i]);
    }
}

unsigned workers_sources(const struct workers *workers, const struct sources **ret_list)
{
    for (unsigned i = 0; i < workers->started; i++)
        ret_list[i] = &workers->list[i]->answering.sources;
    return workers->started;
}

void workers_stop(struct workers *workers, struct totals *totals)
{
    atomic_store(&workers->stop, true);
    ring(workers);
    for (unsigned i = 0; i < workers->started; i++) {
        pthread_join(workers->list[i]->thread, NULL);
        add(workers->list[i], totals);
        worker_destroy(workers->list[i]);
    }
    adoption_clean_up(&workers->adoption);
    free(workers);
}
