#define _GNU_SOURCE /* sched_getaffinity */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/streams.h>

#include "command_line.h"
#include "listeners.h"
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

/* Blocked before any thread exists: only wait_for_stop() takes them. */
static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads our lines may go away before us */
}

static void wait_for_stop(const sigset_t *signals, const struct log *log)
{
    int caught = 0;

    while (sigwait(signals, &caught))
        continue;
    log_line(log, LOG_INFO, "stopped by %s", caught == SIGINT ? "SIGINT" : "SIGTERM");
}

static void say_ready(const struct listeners *listeners, const struct log *log)
{
    const struct srflx_addr example = listeners_example(listeners);
    char text[SRFLX_ADDR_TEXT];

    log_line(log, LOG_WARN, "this version has no rate limiter: keep it off the open Internet");
    log_line(log, LOG_INFO, "ready with %u worker%s; ask it: srflx query %s", listeners->workers,
             listeners->workers == 1 ? "" : "s", srflx_addr_write(&example, text));
}

static int serve(const struct srflx_server *server, const struct settings *settings,
                 const struct log *log)
{
    struct listeners listeners;
    struct workers_totals totals;
    struct workers *workers;
    sigset_t signals;

    block_signals(&signals);
    if (listeners_open(settings, settings->workers, log, &listeners)) return EXIT_LOCAL;
    workers = workers_start(server, &listeners);
    if (!workers) {
        log_line(log, LOG_ERROR, "cannot start %u workers: %s", settings->workers, strerror(errno));
        listeners_close(&listeners);
        return EXIT_LOCAL;
    }
    say_ready(&listeners, log);
    wait_for_stop(&signals, log);
    workers_stop(workers, &totals);
    listeners_close(&listeners);
    summary_write(log, &totals);
    return EXIT_SUCCESS;
}

static int start(const struct settings *settings, struct complaints *complaints)
{
    const struct log log = {settings->log_level};
    struct srflx_server_config config;
    struct srflx_server *server;
    void *memory;
    int status = EXIT_USAGE;

    srflx_server_config_defaults(&config);
    config.software.ptr = (const uint8_t *)settings->software;
    config.software.len = settings->software ? strlen(settings->software) : 0;
    config.classic = settings->classic;
    memory = malloc(srflx_server_size(&config));
    if (!memory) {
        log_line(&log, LOG_ERROR, "out of memory");
        return EXIT_LOCAL;
    }
    if (srflx_server_init(memory, srflx_server_size(&config), &config, &server))
        settings_complain(settings, SETTINGS_NUMBER_OF_software, complaints, "cannot be sent");
    else
        status = serve(server, settings, &log);
    free(memory);
    return status;
}

static void say_error(void *user, const char *line)
{
    log_line(user, LOG_ERROR, "%s", line);
}

/* Exit status of a start that failed; what only this machine refuses may be right elsewhere. */
static int give_up(const struct complaints *complaints)
{
    const unsigned count = complaints_count(complaints);

    if (count > COMPLAINTS_SAID)
        log_line(complaints->user, LOG_ERROR, "and %u errors more", count - COMPLAINTS_SAID);
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

static int act(const struct command_line *line, struct complaints *complaints)
{
    struct settings settings;
    int status = EXIT_SUCCESS;

    command_line_settings(line, complaints, &settings);
    if (complaints_count(complaints)) {
        status = give_up(complaints);
    } else if (line->action == COMMAND_LINE_PRINT) {
        settings_print(&settings, stdout);
        status = finish_output();
    } else if (line->action == COMMAND_LINE_SERVE) {
        if (!settings.workers) settings.workers = usable_cores();
        status = start(&settings, complaints);
    }
    settings_clean_up(&settings);
    return status;
}

int main(int argc, char **argv)
{
    struct log log = {LOG_ERROR};
    struct complaints complaints = {say_error, &log, 0, 0};
    struct command_line line;

    srflx_streams_reserve();
    command_line_read(argc, argv, &complaints, &line);
    if (line.action >= COMMAND_LINE_SAMPLE && !complaints_count(&complaints))
        return tell(line.action);
    return act(&line, &complaints);
}
