#define _GNU_SOURCE /* sched_getaffinity */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <srflx/addr.h>
#include <srflx/random.h>
#include <srflx/streams.h>

#include "listeners.h"
#include "reload.h"
#include "settings_print.h"
#include "summary.h"
#include "stream_threads.h"
#include "workers.h"

enum { EXIT_USAGE = 2, EXIT_LOCAL = 4, DESCRIPTORS_KEPT = 128 };

/* Cores that this process may use, which is what matters inside a container. */
static unsigned usable_cores(void)
{
    cpu_set_t set;
    const int cores = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

    return cores < SETTINGS_WORKERS_MAX ? (unsigned)cores : SETTINGS_WORKERS_MAX;
}

/* Blocked before any thread exists: only run() takes them. */
static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGHUP);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads our lines may go away before us */
}

/* Connections need descriptors; the soft limit is for programs that use select(2). Where even the hard one is too
 * small, accepting pauses when none is left. */
static void raise_descriptor_limit(const struct log *log, unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit)) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY) return;
    if (limit.rlim_cur < connections + DESCRIPTORS_KEPT)
        log_line(log, LOG_WARN,
                 "only %llu files may be open, too few for %u connections: raise the limit (ulimit "
                 "-n, LimitNOFILE)",
                 (unsigned long long)limit.rlim_cur, connections);
}

/* Said once: what somebody in front of the server hides from it, it hides from the clients. */
static void mention_sources(struct running *running)
{
    const struct sources *list[2 * SETTINGS_WORKERS_MAX];
    char text[SRFLX_ADDR_TEXT];
    struct srflx_addr one;
    unsigned count = workers_sources(running->workers, list);

    if (running->sources_said) return;
    if (running->streams) count += stream_threads_sources(running->streams, list + count);
    switch (sources_judge(list, count, &one)) {
    case SOURCES_ONE:
        log_line(
            &running->log, LOG_WARN,
            "the first %d answers all went to the address %s: if a proxy or NAT stands in front, "
            "its address is what they learn (see proxy-from)",
            SOURCES_ENOUGH, srflx_addr_write_ip(&one, text));
        break;
    case SOURCES_PRIVATE:
        log_line(
            &running->log, LOG_WARN,
            "the first %d answers all went to private addresses: outside of a private network, a "
            "proxy or NAT stands in front, and its address is what they learn (see proxy-from)",
            SOURCES_ENOUGH);
        break;
    case SOURCES_VARIED:
        break;
    case SOURCES_UNKNOWN:
        return;
    }
    running->sources_said = true;
}

/* Does what signals ask for, until one asks to stop; and looks after the files in between. */
static void run(struct running *running, const sigset_t *signals)
{
    const struct timespec a_second = {1, 0};
    int caught;

    for (;;) {
        caught = sigtimedwait(signals, NULL, &a_second);
        if (caught < 0) {
            reload_if_changed(running);
            mention_sources(running);
        }
        if (caught == SIGHUP) reload(running);
        if (caught == SIGINT || caught == SIGTERM) break;
    }
    log_line(&running->log, LOG_INFO, "stopped by %s", caught == SIGINT ? "SIGINT" : "SIGTERM");
}

static void say_ready(const struct listeners *listeners, bool legacy, const struct log *log)
{
    const struct srflx_addr example = listeners_example(listeners);
    char text[SRFLX_ADDR_TEXT];

    log_line(log, LOG_WARN, "this version has no rate limiter: keep it off the open Internet");
    if (legacy)
        log_line(log, LOG_WARN,
                 "tls-legacy is on: TLS 1.0, 1.1 and old cipher suites protect nobody; for clients "
                 "of RFC 3489 only");
    log_line(log, LOG_INFO, "ready with %u worker%s; ask it: srflx query %s", listeners->workers,
             listeners->workers == 1 ? "" : "s", srflx_addr_write(&example, text));
}

/* One for two workers, as streams cost more a message, and come less often; none where nothing would use it. */
static unsigned stream_thread_count(const struct settings *settings, unsigned workers)
{
    if (!settings->tcp && !(settings->certificate.count && settings->dtls)) return 0;
    return settings->stream_threads ? settings->stream_threads : (workers + 1) / 2;
}

/* Returns 0, or SRFLX_ERROR_SYSTEM with errno, and then nothing runs. */
static int start_threads(struct running *running, const struct listeners *listeners,
                         struct totals *totals)
{
    running->workers = workers_start(running->service, listeners);
    if (!running->workers) return SRFLX_ERROR_SYSTEM;
    if (!listeners->streams) return 0;
    running->streams = stream_threads_start(running->service, &running->settings, listeners);
    if (running->streams) return 0;
    workers_stop(running->workers, totals);
    return SRFLX_ERROR_SYSTEM;
}

static int serve(struct running *running)
{
    const struct settings *settings = &running->settings;
    const unsigned count = settings->workers ? settings->workers : usable_cores();
    const unsigned streams = stream_thread_count(settings, count);
    struct totals totals = {0};
    struct listeners listeners;
    sigset_t signals;

    block_signals(&signals);
    if (settings->tcp) raise_descriptor_limit(&running->log, settings->connections);
    if (listeners_open(settings, count, streams, &running->log, &listeners)) return EXIT_LOCAL;
    if (start_threads(running, &listeners, &totals)) {
        log_line(&running->log, LOG_ERROR, "cannot start %u threads: %s", count + streams,
                 strerror(errno));
        listeners_close(&listeners);
        return EXIT_LOCAL;
    }
    say_ready(&listeners, settings->tls_legacy, &running->log);
    run(running, &signals);
    workers_stop(running->workers, &totals);
    if (running->streams) stream_threads_stop(running->streams, &totals);
    listeners_close(&listeners);
    summary_write(&running->log, &totals);
    return EXIT_SUCCESS;
}

/* Exit status of a start that failed; what only this machine refuses may be right elsewhere. */
static int give_up(const struct complaints *complaints)
{
    complaints_end(complaints);
    return complaints->wrong ? EXIT_USAGE : EXIT_LOCAL;
}

static int finish_output(void)
{
    if (!fflush(stdout)) return EXIT_SUCCESS;
    perror("srflxd: cannot write the output");
    return EXIT_LOCAL;
}

/* What needs no settings. */
static int tell(enum command_line_action action)
{
    if (action == COMMAND_LINE_HELP) command_line_help(stdout);
    if (action == COMMAND_LINE_VERSION) puts("srflxd " SRFLXD_VERSION);
    if (action == COMMAND_LINE_SAMPLE) settings_print_sample(stdout);
    return finish_output();
}

/* What needs settings, and the service that is made of them. */
static int act(struct running *running)
{
    switch (running->line->action) {
    case COMMAND_LINE_SERVE:
        running->log.finest = running->settings.log_level;
        return serve(running);
    case COMMAND_LINE_PRINT:
        settings_print(&running->settings, stdout);
        return finish_output();
    default:
        return EXIT_SUCCESS; /* to be checked, which has been done */
    }
}

static void draw_secrets(struct own_secrets *ret_own)
{
    ret_own->nonces.count = 1;
    srflx_random_fill(NULL, ret_own->nonces.list[0].bytes, sizeof ret_own->nonces.list[0].bytes);
    srflx_random_fill(NULL, ret_own->security, sizeof ret_own->security);
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct running running = {.line = &line, .log = {LOG_ERROR}};
    struct complaints errors = complaints_to_log(&running.log, LOG_ERROR);
    int status;

    srflx_streams_reserve();
    command_line_read(argc, argv, &errors, &line);
    if (line.action >= COMMAND_LINE_SAMPLE && !complaints_count(&errors)) return tell(line.action);
    command_line_settings(&line, &errors, &running.settings);
    if (!complaints_count(&errors)) {
        draw_secrets(&running.own);
        watch_look(&running.watch, &running.settings);
        running.service = service_new(&running.settings, &running.own, &errors);
    }
    status = running.service ? act(&running) : give_up(&errors);
    service_destroy(running.service);
    settings_clean_up(&running.settings);
    return status;
}
