#define _GNU_SOURCE /* eventfd, epoll, setpriority of a thread */
#include "stream_threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <srflx/clock.h>

#include "datagram.h"

enum {
    STACK = 512 * 1024, /* OpenSSL wants more than a worker does */
    NICENESS = 10,      /* a tenth of a worker's share, where both want the core */
    BELL = LISTENERS_MAX
};

struct stream_thread {
    pthread_t thread;
    bool runs;
    int bell;  /* an eventfd, rung when there is a new service, or the end */
    int ready; /* an epoll of the bell and the sockets of DTLS */
    const atomic_bool *stop;
    struct answering answering;
    const struct service *in_use; /* what streams and dtls have been told of */
    struct srflx_streams *streams;
    struct srflx_dtls *dtls; /* NULL: no DTLS */
    void *batch;
    unsigned socket_count;
    unsigned socket_in_hand;
    struct srflx_udp_socket sockets[LISTENERS_MAX];
};

struct stream_threads {
    struct adoption adoption;
    atomic_bool stop;
    unsigned count;
    struct stream_thread *list[];
};

static const struct srflx_udp_driver *const driver = &srflx_udp_mmsg;

/* The time of a run; and what is in force from then on. */
static struct srflx_time refresh(void *user)
{
    struct stream_thread *thread = user;
    const struct service *service;

    if (!thread->streams) return srflx_clock_now(); /* they are just being made */
    answering_refresh(&thread->answering);
    service = thread->answering.service;
    if (service == thread->in_use) return thread->answering.now;
    thread->in_use = service;
    srflx_streams_set_security(thread->streams, service->security);
    srflx_streams_set_proxies(thread->streams, service->proxies, service->proxy_count);
    if (thread->dtls) srflx_dtls_set_security(thread->dtls, service->security);
    return thread->answering.now;
}

static void answer(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    struct stream_thread *thread = user;

    answering_message(&thread->answering, packet, reply);
}

/* A datagram of DTLS, perhaps behind a proxy. Its answers leave on their own. */
static void take_datagram(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    struct stream_thread *thread = user;
    struct srflx_packet client = *packet;
    struct srflx_dtls_path path = {.peer = packet->from, .local = packet->to};

    (void)reply;
    if (!answering_unwrap(&thread->answering, &client)) return;
    path.client = client.from;
    path.asked = client.to;
    path.socket = thread->socket_in_hand;
    srflx_dtls_feed(thread->dtls, &path, client.bytes, thread->answering.now);
}

static void send_datagram(void *user, const struct srflx_dtls_path *path, struct srflx_view bytes)
{
    struct stream_thread *thread = user;

    srflx_datagram_send(&thread->sockets[path->socket], &path->local, &path->peer, bytes);
}

/* In this order: what is published while the bell is read rings it again, or is adopted here. */
static void answer_bell(struct stream_thread *thread)
{
    eventfd_t rings;

    (void)eventfd_read(thread->bell, &rings);
    (void)refresh(thread);
}

/* One batch from each socket, so that connections need not wait long. */
static void serve_datagrams(struct stream_thread *thread)
{
    const struct srflx_handler handler = {take_datagram, thread};
    struct epoll_event events[LISTENERS_MAX + 1];
    const int count = epoll_wait(thread->ready, events, LISTENERS_MAX + 1, 0);

    for (int i = 0; i < count; i++) {
        thread->socket_in_hand = events[i].data.u32;
        if (thread->socket_in_hand == BELL)
            answer_bell(thread);
        else
            (void)driver->run(thread->batch, &thread->sockets[thread->socket_in_hand], &handler);
    }
}

static void *work(void *user)
{
    struct stream_thread *thread = user;
    int wait_ms = 0;

    (void)setpriority(PRIO_PROCESS, 0, NICENESS); /* on Linux, of the calling thread */
    while (!atomic_load(thread->stop)) {
        if (srflx_streams_run(thread->streams, wait_ms)) serve_datagrams(thread);
        wait_ms = thread->dtls ? srflx_dtls_tick(thread->dtls, thread->answering.now) : -1;
    }
    return NULL;
}

static void thread_destroy(struct stream_thread *thread)
{
    if (!thread) return;
    srflx_streams_destroy(thread->streams);
    srflx_dtls_destroy(thread->dtls);
    if (thread->ready >= 0) close(thread->ready);
    if (thread->bell >= 0) close(thread->bell);
    answering_clean_up(&thread->answering);
    free(thread->batch);
    free(thread);
}

static unsigned share_of(const struct settings *settings, unsigned threads)
{
    return (settings->connections + threads - 1) / threads;
}

/* The clients of a prefix all meet one thread. No address gets all that there is. */
static unsigned share_of_address(const struct settings *settings, unsigned threads)
{
    if (settings->connections_per_address) return settings->connections_per_address;
    return share_of(settings, threads) * 3 / 4 + 1;
}

static int make_streams(struct stream_thread *thread, const struct settings *settings,
                        unsigned threads)
{
    struct srflx_streams_options options;

    srflx_streams_options_defaults(&options);
    options.connections = share_of(settings, threads);
    options.per_address = share_of_address(settings, threads);
    options.header_ms = settings->message_timeout * 1000;
    options.handshake_ms = settings->handshake_timeout * 1000;
    options.idle_ms = settings->idle_timeout * 1000;
    options.handler = (struct srflx_handler){answer, thread};
    options.now = refresh;
    options.now_user = thread;
    if (srflx_streams_new(&options, &thread->streams)) return SRFLX_ERROR_SYSTEM;
    return srflx_streams_watch(thread->streams, thread->ready) ? SRFLX_ERROR_SYSTEM : 0;
}

static int make_dtls(struct stream_thread *thread, const struct settings *settings,
                     unsigned threads)
{
    struct srflx_dtls_options options;

    srflx_dtls_options_defaults(&options);
    options.associations = share_of(settings, threads);
    options.per_address = share_of_address(settings, threads);
    options.handshake_ms = settings->handshake_timeout * 1000;
    options.idle_ms = settings->idle_timeout * 1000;
    options.handler = (struct srflx_handler){answer, thread};
    options.send = send_datagram;
    options.send_user = thread;
    thread->batch = calloc(1, driver->batch_size);
    if (!thread->batch) return SRFLX_ERROR_SYSTEM;
    driver->prepare(thread->batch);
    return srflx_dtls_new(&options, &thread->dtls);
}

static int wait_for(struct stream_thread *thread, int fd, uint32_t number)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};

    return epoll_ctl(thread->ready, EPOLL_CTL_ADD, fd, &event) ? SRFLX_ERROR_SYSTEM : 0;
}

/* Sockets are copied, so that each thread counts in its own memory. */
static int take_sockets(struct stream_thread *thread, const struct listeners *listeners,
                        unsigned number)
{
    if (wait_for(thread, thread->bell, BELL)) return SRFLX_ERROR_SYSTEM;
    for (unsigned i = 0; i < listeners->count; i++) {
        if (listeners->tcp[i] && srflx_streams_listen(thread->streams, &listeners->tcp[i][number]))
            return SRFLX_ERROR_SYSTEM;
        if (!thread->dtls) continue;
        thread->sockets[i] = listeners->udp[i][listeners->workers + number];
        if (wait_for(thread, thread->sockets[i].fd, i)) return SRFLX_ERROR_SYSTEM;
        thread->socket_count = i + 1;
    }
    return 0;
}

static int make(struct stream_thread *thread, const struct settings *settings,
                const struct listeners *listeners, unsigned number)
{
    thread->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread->ready = epoll_create1(EPOLL_CLOEXEC);
    if (thread->bell < 0 || thread->ready < 0) return SRFLX_ERROR_SYSTEM;
    if (make_streams(thread, settings, listeners->streams)) return SRFLX_ERROR_SYSTEM;
    if (listeners->dtls && make_dtls(thread, settings, listeners->dtls)) return SRFLX_ERROR_SYSTEM;
    return take_sockets(thread, listeners, number);
}

static int start(struct stream_thread *thread)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (!error) {
        error = pthread_attr_setstacksize(&attributes, STACK);
        if (!error) error = pthread_create(&thread->thread, &attributes, work, thread);
        pthread_attr_destroy(&attributes);
    }
    thread->runs = !error;
    errno = error;
    return error ? SRFLX_ERROR_SYSTEM : 0;
}

static int start_all(struct stream_threads *threads, const struct settings *settings,
                     const struct listeners *listeners)
{
    for (unsigned i = 0; i < listeners->streams; i++) {
        struct stream_thread *thread = calloc(1, sizeof *thread);
        if (!thread) return SRFLX_ERROR_SYSTEM;
        threads->list[threads->count++] = thread;
        thread->stop = &threads->stop;
        thread->bell = thread->ready = -1;
        if (answering_init(&thread->answering, &threads->adoption)) return SRFLX_ERROR_SYSTEM;
        if (make(thread, settings, listeners, i) || start(thread)) return SRFLX_ERROR_SYSTEM;
    }
    return 0;
}

struct stream_threads *stream_threads_start(const struct service *service,
                                            const struct settings *settings,
                                            const struct listeners *listeners)
{
    const size_t list = listeners->streams * sizeof(struct stream_thread *);
    struct stream_threads *threads = calloc(1, sizeof *threads + list);
    struct totals nothing = {0};
    int error;

    if (!threads) return NULL;
    if (adoption_init(&threads->adoption, service)) {
        free(threads);
        return NULL;
    }
    if (!start_all(threads, settings, listeners)) return threads;
    error = errno;
    stream_threads_stop(threads, &nothing);
    errno = error;
    return NULL;
}

static void ring(const struct stream_threads *threads)
{
    for (unsigned i = 0; i < threads->count; i++)
        if (threads->list[i]->bell >= 0) (void)eventfd_write(threads->list[i]->bell, 1);
}

void stream_threads_adopt(struct stream_threads *threads, const struct service *service)
{
    adoption_publish(&threads->adoption, service);
    ring(threads);
    adoption_wait(&threads->adoption, threads->count);
}

unsigned stream_threads_sources(const struct stream_threads *threads,
                                const struct sources **ret_list)
{
    for (unsigned i = 0; i < threads->count; i++)
        ret_list[i] = &threads->list[i]->answering.sources;
    return threads->count;
}

static void add(const struct stream_thread *thread, struct totals *totals)
{
    totals_add_answering(totals, &thread->answering);
    totals_add_streams(totals, srflx_streams_counters(thread->streams));
    if (thread->dtls) totals_add_dtls(totals, srflx_dtls_counters(thread->dtls));
    for (unsigned i = 0; i < thread->socket_count; i++)
        totals_add_losses(totals, &thread->sockets[i]);
}

void stream_threads_stop(struct stream_threads *threads, struct totals *totals)
{
    atomic_store(&threads->stop, true);
    ring(threads);
    for (unsigned i = 0; i < threads->count; i++) {
        struct stream_thread *thread = threads->list[i];
        if (thread->runs) {
            pthread_join(thread->thread, NULL);
            add(thread, totals);
        }
        thread_destroy(thread);
    }
    adoption_clean_up(&threads->adoption);
    free(threads);
}
