#define _GNU_SOURCE /* sched_getaffinity */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/random.h>
#include <srflx/streams.h>

#include "listeners.h"
#include "reload.h"
#include "settings_print.h"
#include "summary.h"
#include "workers.h"

enum { EXIT_USAGE = 2, EXIT_LOCAL = 4 };

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

/* Does what signals ask for, until one asks to stop; and looks after the files in between. */
static void run(struct running *running, const sigset_t *signals)
{
    const struct timespec a_second = {1, 0};
    int caught;

    for (;;) {
        caught = sigtimedwait(signals, NULL, &a_second);
        if (caught < 0) reload_if_changed(running);
        if (caught == SIGHUP) reload(running);
        if (caught == SIGINT || caught == SIGTERM) break;
    }
    log_line(&running->log, LOG_INFO, "stopped by %s", caught == SIGINT ? "SIGINT" : "SIGTERM");
}

static void say_ready(const struct listeners *listeners, const struct log *log)
{
    const struct srflx_addr example = listeners_example(listeners);
    char text[SRFLX_ADDR_TEXT];

    log_line(log, LOG_WARN, "this version has no rate limiter: keep it off the open Internet");
    log_line(log, LOG_INFO, "ready with %u worker%s; ask it: srflx query %s", listeners->workers,
             listeners->workers == 1 ? "" : "s", srflx_addr_write(&example, text));
}

static int serve(struct running *running)
{
    const struct settings *settings = &running->settings;
    const unsigned count = settings->workers ? settings->workers : usable_cores();
    struct listeners listeners;
    struct workers_totals totals;
    sigset_t signals;

    block_signals(&signals);
    if (listeners_open(settings, count, &running->log, &listeners)) return EXIT_LOCAL;
    running->workers = workers_start(running->service, &listeners);
    if (!running->workers) {
        log_line(&running->log, LOG_ERROR, "cannot start %u workers: %s", count, strerror(errno));
        listeners_close(&listeners);
        return EXIT_LOCAL;
    }
    say_ready(&listeners, &running->log);
    run(running, &signals);
    workers_stop(running->workers, &totals);
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

/* For as long as we run; a fleet has a file of them. */
static void make_nonce_key(struct srflx_nonce_keys *ret_nonces)
{
    ret_nonces->count = 1;
    srflx_random_fill(NULL, ret_nonces->list[0].bytes, sizeof ret_nonces->list[0].bytes);
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
        make_nonce_key(&running.nonces);
        watch_look(&running.watch, &running.settings);
        running.service = service_new(&running.settings, &running.nonces, &errors);
    }
    status = running.service ? act(&running) : give_up(&errors);
    service_destroy(running.service);
    settings_clean_up(&running.settings);
    return status;
}
