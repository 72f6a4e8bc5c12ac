/* Plans of locate.h with the DNS behind them: in one call, or as a piece for any loop.
 * Sources: RFC 8489 section 8, RFC 1035, RFC 6761 section 6.3 (localhost). One thread per resolver; any
 * number of threads may each have one.
 *
 *     srflx_locate_options_defaults(&options);
 *     options.random = srflx_random_fill;
 *     if (srflx_uri_parse(text, &options.uri)) return complain();
 *     if (srflx_resolve(&options, NULL, &found)) return complain(srflx_locate_end_text(found.end));
 *     for (i = 0; i < found.count; i++) try found.list[i].addr
 */
#ifndef SRFLX_RESOLVE_H
#define SRFLX_RESOLVE_H

#include <poll.h>

#include <srflx/error.h>
#include <srflx/locate.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In brackets: range; default. */
struct srflx_resolver_options {
    uint32_t size;   /* set by defaults(); the version of this structure */
    uint32_t try_ms; /* how long a server has for its first answer, doubling (50 to 5000; 1500) */
    uint32_t tries;  /* how often each server is asked (1 to 5; 2) */
    /* "192.0.2.53", "127.0.0.1:5353,[2001:db8::53]:53": DNS servers to ask (NULL: the system's). */
    const char *servers;
};

void srflx_resolver_options_defaults(struct srflx_resolver_options *ret_options);

/* Asks servers of the DNS over UDP, and over TCP if an answer is too long for that. Names in /etc/hosts
 * have the addresses that are there, localhost and what ends in .localhost those of this machine; the DNS
 * is not asked for either. Names are complete as they are: no search list. */
struct srflx_resolver;

/* Allocates; `options` may be NULL for the defaults. Returns 0, SRFLX_ERROR_ARGUMENT (an option outside its
 * range, or text that names no servers) or SRFLX_ERROR_SYSTEM. */
SRFLX_MUST_USE int srflx_resolver_new(const struct srflx_resolver_options *options,
                                      struct srflx_resolver **ret_resolver);

/* Ends what is running, and frees it. NULL is nothing. */
void srflx_resolver_destroy(struct srflx_resolver *resolver);

/* Begins to answer the questions of a plan, until that is done or stop() is called; up to then the plan is
 * kept, and must not go away. Its candidates are the caller's to take. Returns 0 or SRFLX_ERROR_STATE
 * (another plan is being answered). */
SRFLX_MUST_USE int srflx_resolver_start(struct srflx_resolver *resolver,
                                        struct srflx_locate *locate);
void srflx_resolver_stop(struct srflx_resolver *resolver);

/* A loop waits for these, at most for wait_ms(), and then calls process() with what poll() says of them.
 * All three may change with each call of process() and start(). */
enum { SRFLX_RESOLVER_FDS = 32 };

/* Writes up to SRFLX_RESOLVER_FDS of them. Returns how many. */
size_t srflx_resolver_fds(const struct srflx_resolver *resolver, struct pollfd *ret_fds);

/* Milliseconds, rounded up; UINT32_MAX when there is no plan. */
uint32_t srflx_resolver_wait_ms(const struct srflx_resolver *resolver);

/* `fds` may be fewer than were written, or none when the time is over. */
void srflx_resolver_process(struct srflx_resolver *resolver, const struct pollfd *fds,
                            size_t count);

/* All candidates of a plan, and how it ended. */
struct srflx_candidates {
    enum srflx_locate_end end;
    size_t count;
    struct srflx_candidate list[SRFLX_LOCATE_CANDIDATES];
};

/* Blocks until the plan is done, at most as long as that says. Returns 0 or SRFLX_ERROR_NAME (there is no
 * candidate; `ret_candidates->end` says why), or SRFLX_ERROR_STATE, as start(). */
SRFLX_MUST_USE int srflx_resolver_run(struct srflx_resolver *resolver, struct srflx_locate *locate,
                                      struct srflx_candidates *ret_candidates);

/* All of it in one call: `dns` may be NULL for the defaults. Returns as the functions that it calls. */
SRFLX_MUST_USE int srflx_resolve(const struct srflx_locate_options *options,
                                 const struct srflx_resolver_options *dns,
                                 struct srflx_candidates *ret_candidates);

#ifdef __cplusplus
}
#endif
#endif
