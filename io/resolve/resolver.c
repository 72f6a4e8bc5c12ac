#include <srflx/resolve.h>

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <srflx/clock.h>

#include "hosts.h"

enum { TRY_MS = 1500, TRY_LEAST_MS = 50, TRY_MOST_MS = 5000, TRIES = 2, TRIES_MOST = 5 };
enum { CLASS_IN = 1, DATAGRAM = 1232 };

/* A question that c-ares is asking. */
struct pending {
    struct srflx_resolver *resolver;
    struct srflx_dns_question question;
    bool busy;
};

struct srflx_resolver {
    ares_channel channel;
    struct srflx_locate *locate; /* NULL: nothing is running */
    struct pending pending[SRFLX_LOCATE_OUTSTANDING];
    struct pollfd fds[SRFLX_RESOLVER_FDS];
    size_t fd_count;
};

void srflx_resolver_options_defaults(struct srflx_resolver_options *ret_options)
{
    memset(ret_options, 0, sizeof *ret_options);
    ret_options->size = sizeof *ret_options;
    ret_options->try_ms = TRY_MS;
    ret_options->tries = TRIES;
}

static bool is_in_range(const struct srflx_resolver_options *options)
{
    return options->size == sizeof *options && options->try_ms >= TRY_LEAST_MS &&
           options->try_ms <= TRY_MOST_MS && options->tries >= 1 && options->tries <= TRIES_MOST;
}

static void drop_fd(struct srflx_resolver *resolver, size_t at)
{
    resolver->fds[at] = resolver->fds[--resolver->fd_count];
}

/* c-ares opened, closed, or waits for something else. One socket too many is not waited for: its
 * questions time out. */
static void on_socket(void *user, ares_socket_t fd, int readable, int writable)
{
    struct srflx_resolver *resolver = user;
    const short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
    size_t at = 0;

    while (at < resolver->fd_count && resolver->fds[at].fd != fd)
        at++;
    if (at < resolver->fd_count) {
        resolver->fds[at].events = events;
        if (!events) drop_fd(resolver, at);
    } else if (events && at < SRFLX_RESOLVER_FDS) {
        resolver->fds[at] = (struct pollfd){.fd = fd, .events = events};
        resolver->fd_count++;
    }
}

static int open_channel(struct srflx_resolver *resolver,
                        const struct srflx_resolver_options *options, int more_flags)
{
    struct ares_options own = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS | more_flags,
        .timeout = (int)options->try_ms,
        .tries = (int)options->tries,
        .ednspsz = DATAGRAM,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = resolver,
    };
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                     ARES_OPT_SOCK_STATE_CB;

    if (ares_init_options(&resolver->channel, &own, mask) != ARES_SUCCESS)
        return SRFLX_ERROR_SYSTEM;
    if (!options->servers ||
        (*options->servers &&
         ares_set_servers_ports_csv(resolver->channel, options->servers) == ARES_SUCCESS))
        return 0;
    ares_destroy(resolver->channel);
    return SRFLX_ERROR_ARGUMENT;
}

static bool has_one_server(const struct srflx_resolver *resolver)
{
    struct ares_addr_port_node *servers = NULL;
    bool one = false;

    if (ares_get_servers_ports(resolver->channel, &servers) == ARES_SUCCESS && servers)
        one = !servers->next;
    ares_free_data(servers);
    return one;
}

/* Of several servers the next one is asked when one fails. Of a single one c-ares would ask again and
 * then say no more than that it did not work: better to see its answer. */
static int open_best_channel(struct srflx_resolver *resolver,
                             const struct srflx_resolver_options *options)
{
    int error = open_channel(resolver, options, 0);

    if (error || !has_one_server(resolver)) return error;
    ares_destroy(resolver->channel);
    return open_channel(resolver, options, ARES_FLAG_NOCHECKRESP);
}

int srflx_resolver_new(const struct srflx_resolver_options *options,
                       struct srflx_resolver **ret_resolver)
{
    struct srflx_resolver_options defaults;
    struct srflx_resolver *resolver;
    int error;

    srflx_resolver_options_defaults(&defaults);
    if (!options) options = &defaults;
    if (!is_in_range(options)) return SRFLX_ERROR_ARGUMENT;
    resolver = calloc(1, sizeof *resolver);
    if (!resolver) return SRFLX_ERROR_SYSTEM;
    error = open_best_channel(resolver, options);
    if (error) {
        free(resolver);
        return error;
    }
    *ret_resolver = resolver;
    return 0;
}

void srflx_resolver_destroy(struct srflx_resolver *resolver)
{
    if (!resolver) return;
    srflx_resolver_stop(resolver);
    ares_destroy(resolver->channel);
    free(resolver);
}

void srflx_resolver_stop(struct srflx_resolver *resolver)
{
    resolver->locate = NULL;
    ares_cancel(resolver->channel);
}

/* What came of a question that has no message. */
static enum srflx_dns_outcome outcome_of(int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
        return SRFLX_DNS_TIMEOUT;
    case ARES_ECONNREFUSED:
        return SRFLX_DNS_UNREACHABLE;
    case ARES_EREFUSED:
        return SRFLX_DNS_REFUSED;
    case ARES_EBADRESP:
    case ARES_EFORMERR:
        return SRFLX_DNS_BROKEN;
    default:
        return SRFLX_DNS_FAILED;
    }
}

/* c-ares hands out messages that match the question and come from the server that was asked. */
static void on_answer(void *user, int status, int timeouts, unsigned char *bytes, int len)
{
    struct pending *pending = user;
    struct srflx_locate *locate = pending->resolver->locate;
    struct srflx_dns_answer answer;

    (void)timeouts;
    pending->busy = false;
    if (!locate || status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) return;
    memset(&answer, 0, sizeof answer);
    if (bytes && len > 0)
        srflx_dns_read((struct srflx_view){bytes, (size_t)len}, &pending->question, &answer);
    else
        answer.outcome = (uint8_t)outcome_of(status);
    srflx_locate_feed(locate, pending->question.id, &answer, srflx_clock_now());
}

/* The plan has no more questions outstanding than there are places. */
static struct pending *free_place(struct srflx_resolver *resolver)
{
    size_t i;

    for (i = 0; i < SRFLX_LOCATE_OUTSTANDING; i++)
        if (!resolver->pending[i].busy) return &resolver->pending[i];
    return NULL;
}

/* An answer may come within the call, which takes the place free again. */
static void ask(struct srflx_resolver *resolver, const struct srflx_dns_question *question)
{
    struct pending *pending = free_place(resolver);
    struct srflx_dns_answer answer;

    if (!pending) return;
    if (srflxi_hosts_know(resolver->channel, question, &answer)) {
        srflx_locate_feed(resolver->locate, question->id, &answer, srflx_clock_now());
        return;
    }
    *pending = (struct pending){resolver, *question, true};
    ares_query(resolver->channel, question->name, CLASS_IN, question->type, on_answer, pending);
}

/* Asks whatever is to be asked now; ends when there is nothing left to find out. */
static void go_on(struct srflx_resolver *resolver)
{
    struct srflx_dns_question question;

    while (srflx_locate_next_question(resolver->locate, srflx_clock_now(), &question))
        ask(resolver, &question);
    if (srflx_locate_is_done(resolver->locate)) srflx_resolver_stop(resolver);
}

int srflx_resolver_start(struct srflx_resolver *resolver, struct srflx_locate *locate)
{
    if (resolver->locate) return SRFLX_ERROR_STATE;
    resolver->locate = locate;
    go_on(resolver);
    return 0;
}

size_t srflx_resolver_fds(const struct srflx_resolver *resolver, struct pollfd *ret_fds)
{
    if (resolver->fd_count) memcpy(ret_fds, resolver->fds, resolver->fd_count * sizeof *ret_fds);
    return resolver->fd_count;
}

uint32_t srflx_resolver_wait_ms(const struct srflx_resolver *resolver)
{
    const uint64_t now = srflx_clock_now().mono_ns;
    uint64_t deadline, wait_ms;
    struct timeval space, *until;

    if (!resolver->locate) return UINT32_MAX;
    deadline = srflx_locate_next_deadline(resolver->locate);
    if (deadline == UINT64_MAX) return 0;
    wait_ms = deadline > now ? (deadline - now + 999999) / 1000000 : 0;
    until = ares_timeout(resolver->channel, NULL, &space);
    if (until) {
        const uint64_t own_ms =
            (uint64_t)until->tv_sec * 1000 + ((uint64_t)until->tv_usec + 999) / 1000;
        if (own_ms < wait_ms) wait_ms = own_ms;
    }
    return (uint32_t)wait_ms;
}

void srflx_resolver_process(struct srflx_resolver *resolver, const struct pollfd *fds, size_t count)
{
    const short readable = POLLIN | POLLERR | POLLHUP;
    size_t i;

    for (i = 0; i < count; i++)
        if (fds[i].revents)
            ares_process_fd(resolver->channel,
                            fds[i].revents & readable ? fds[i].fd : ARES_SOCKET_BAD,
                            fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    if (resolver->locate) go_on(resolver);
}
