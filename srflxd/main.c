#define _GNU_SOURCE /* sched_getaffinity */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>
#include <srflx/streams.h>

#include "listeners.h"
#include "settings.h"
#include "summary.h"
#include "workers.h"

enum { EXIT_USAGE = 2, EXIT_LOCAL = 4 };

static int refuse_usage(const char *message)
{
    const struct log log = {LOG_ERROR};

    log_line(&log, LOG_ERROR, "%s; try srflxd --help", message);
    return EXIT_USAGE;
}

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

static int start(const struct settings *settings)
{
    const struct log log = {settings->log_level};
    struct srflx_server_config config;
    struct srflx_server *server;
    void *memory;
    int status;

    srflx_server_config_defaults(&config);
    config.software.ptr = (const uint8_t *)settings->software;
    config.software.len = settings->software ? strlen(settings->software) : 0;
    memory = malloc(srflx_server_size(&config));
    if (!memory) {
        log_line(&log, LOG_ERROR, "out of memory");
        return EXIT_LOCAL;
    }
    if (srflx_server_init(memory, srflx_server_size(&config), &config, &server))
        status = refuse_usage("--software: the text is no UTF-8");
    else
        status = serve(server, settings, &log);
    free(memory);
    return status;
}

static int finish_output(void)
{
    if (!fflush(stdout)) return EXIT_SUCCESS;
    perror("srflxd: cannot write the output");
    return EXIT_LOCAL;
}

int main(int argc, char **argv)
{
    const struct log log = {LOG_ERROR};
    struct settings settings;
    char message[SETTINGS_MESSAGE];

    srflx_streams_reserve();
    switch (settings_parse(argc, argv, &settings, message)) {
    case SETTINGS_HELP:
        settings_help(stdout);
        return finish_output();
    case SETTINGS_VERSION:
        puts("srflxd " SRFLXD_VERSION);
        return finish_output();
    case SETTINGS_WRONG:
        return refuse_usage(message);
    case SETTINGS_NO_INTERFACE:
        log_line(&log, LOG_ERROR, "%s", message);
        return EXIT_LOCAL;
    case SETTINGS_START:
        break;
    }
    if (!settings.workers) settings.workers = usable_cores();
    return start(&settings);
}
