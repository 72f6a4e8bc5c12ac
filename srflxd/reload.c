#include "reload.h"

/* What is in force and what has been read trade places; the caller cleans up the rest. */
static void take(struct running *running, struct settings *settings, struct service *service)
{
    const struct settings before = running->settings;

    workers_adopt(running->workers, service);
    service_destroy(running->service);
    running->service = service;
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

    if (complaints_count(errors)) return false;
    settings_exchange_fixed(settings, &running->settings, &warnings);
    service = service_new(settings, errors);
    if (service)
        take(running, settings, service);
    else
        settings_exchange_fixed(settings, &running->settings, NULL);
    return service != NULL;
}

void reload(struct running *running)
{
    struct complaints errors = complaints_to_log(&running->log, LOG_ERROR);
    const char *file = running->line->config;
    struct settings settings;

    if (!file) {
        log_line(&running->log, LOG_WARN, "reload: there is no --config FILE to read again");
        return;
    }
    command_line_settings(running->line, &errors, &settings);
    if (try(running, &settings, &errors)) {
        log_line(&running->log, LOG_INFO, "reload: %s is in force", file);
    } else {
        complaints_end(&errors);
        log_line(&running->log, LOG_ERROR, "reload: kept the old configuration");
    }
    settings_clean_up(&settings);
}
