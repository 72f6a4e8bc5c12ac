#include "reload.h"

static void serve_from_now_on(struct running *running, struct service *service)
{
    workers_adopt(running->workers, service);
    if (running->streams) stream_threads_adopt(running->streams, service);
    service_destroy(running->service);
    running->service = service;
}

/* What is in force and what has been read trade places; the caller cleans up the rest. */
static void take(struct running *running, struct settings *settings, struct service *service)
{
    const struct settings before = running->settings;

    serve_from_now_on(running, service);
    running->settings = *settings;
    running->log.finest = running->settings.log_level;
    *settings = before;
}

/* Values that need a new start trade places before the service is made, so that it is made of what
 * will be true; and again if it cannot be made. */
static bool try(struct running *running, struct settings *settings, struct complaints *errors)
{
    struct complaints warnings = complaints_to_log(&running->log, LOG_WARN);
    struct service *service;
    struct watch watch;

    if (complaints_count(errors)) return false;
    settings_exchange_fixed(settings, &running->settings, &warnings);
    watch_look(&watch, settings);
    service = service_new(settings, &running->own, errors);
    if (service) {
        running->watch = watch;
        take(running, settings, service);
        return true;
    }
    settings_exchange_fixed(settings, &running->settings, NULL);
    return false;
}

static void say(const struct running *running, bool done, struct complaints *errors,
                const char *because_of)
{
    if (done) {
        log_line(&running->log, LOG_INFO, "reload: %s is in force", because_of);
        return;
    }
    complaints_end(errors);
    log_line(&running->log, LOG_ERROR, "reload: kept the old configuration");
}

static void read_again(struct running *running, const char *because_of)
{
    struct complaints errors = complaints_to_log(&running->log, LOG_ERROR);
    struct settings settings;

    /* If anything is wrong: one complaint about a change is enough. Before the files are read, so that
     * a change that comes then is another one. */
    watch_look(&running->watch, &running->settings);
    command_line_settings(running->line, &errors, &settings);
    say(running, try(running, &settings, &errors), &errors, because_of);
    settings_clean_up(&settings);
}

static bool names_a_file(const struct settings *settings)
{
    return settings->user_file || settings->key_file || settings->token_key_file ||
           settings->certificate.count;
}

void reload(struct running *running)
{
    const char *file = running->line->config;

    if (file || names_a_file(&running->settings))
        read_again(running, file ? file : "what the files say now");
    else
        log_line(&running->log, LOG_WARN, "reload: there is no --config FILE to read again");
}

/* With the settings in force: what somebody may be writing into the configuration file waits for SIGHUP. */
void reload_if_changed(struct running *running)
{
    const char *changed = watch_find_change(&running->watch, &running->settings);
    struct complaints errors = complaints_to_log(&running->log, LOG_ERROR);
    struct service *service;

    if (!changed) return;
    watch_look(&running->watch, &running->settings);
    service = service_new(&running->settings, &running->own, &errors);
    if (service) serve_from_now_on(running, service);
    say(running, service != NULL, &errors, changed);
}
