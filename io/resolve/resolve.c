/* The blocking calls: a loop of poll() around a resolver. */
#include <srflx/resolve.h>

#include <stdlib.h>
#include <string.h>

#include <srflx/clock.h>

static void take_candidates(struct srflx_locate *locate, struct srflx_candidates *candidates)
{
    struct srflx_candidate *next = &candidates->list[candidates->count];

    while (candidates->count < SRFLX_LOCATE_CANDIDATES &&
           srflx_locate_next_candidate(locate, srflx_clock_now(), next)) {
        candidates->count++;
        next++;
    }
}

static void wait_and_process(struct srflx_resolver *resolver)
{
    struct pollfd fds[SRFLX_RESOLVER_FDS];
    const size_t count = srflx_resolver_fds(resolver, fds);

    if (poll(fds, (nfds_t)count, (int)srflx_resolver_wait_ms(resolver)) <= 0)
        srflx_resolver_process(resolver, NULL, 0);
    else
        srflx_resolver_process(resolver, fds, count);
}

int srflx_resolver_run(struct srflx_resolver *resolver, struct srflx_locate *locate,
                       struct srflx_candidates *ret_candidates)
{
    const int error = srflx_resolver_start(resolver, locate);

    if (error) return error;
    memset(ret_candidates, 0, sizeof *ret_candidates);
    take_candidates(locate, ret_candidates);
    while (!srflx_locate_is_done(locate)) {
        wait_and_process(resolver);
        take_candidates(locate, ret_candidates);
    }
    srflx_resolver_stop(resolver);
    ret_candidates->end = srflx_locate_end(locate);
    return ret_candidates->count ? 0 : SRFLX_ERROR_NAME;
}

static int run(const struct srflx_locate_options *options, struct srflx_resolver *resolver,
               struct srflx_candidates *ret_candidates)
{
    void *memory = malloc(srflx_locate_size());
    struct srflx_locate *locate;
    int error = SRFLX_ERROR_SYSTEM;

    if (memory)
        error = srflx_locate_init(memory, srflx_locate_size(), options, srflx_clock_now(), &locate);
    if (!error) error = srflx_resolver_run(resolver, locate, ret_candidates);
    free(memory);
    return error;
}

int srflx_resolve(const struct srflx_locate_options *options,
                  const struct srflx_resolver_options *dns, struct srflx_candidates *ret_candidates)
{
    struct srflx_resolver *resolver;
    int error;

    memset(ret_candidates, 0, sizeof *ret_candidates);
    error = srflx_resolver_new(dns, &resolver);
    if (error) return error;
    error = run(options, resolver, ret_candidates);
    srflx_resolver_destroy(resolver);
    return error;
}
