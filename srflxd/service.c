#include "service.h"

#include <stdlib.h>
#include <string.h>

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, text ? strlen(text) : 0};
}

static struct srflx_server_config config_of(const struct settings *settings)
{
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    config.software = view_of(settings->software);
    config.classic = settings->classic;
    return config;
}

struct service *service_new(const struct settings *settings, struct complaints *complaints)
{
    const struct srflx_server_config config = config_of(settings);
    const size_t size = srflx_server_size(&config);
    struct service *service = calloc(1, sizeof *service);
    struct srflx_server *server;

    if (service) service->server_memory = malloc(size);
    if (!service || !service->server_memory) {
        complain(complaints, COMPLAINT_REFUSED, "out of memory");
    } else if (srflx_server_init(service->server_memory, size, &config, &server)) {
        settings_complain(settings, SETTINGS_NUMBER_OF_software, complaints, "cannot be sent");
    } else {
        service->server = server;
        return service;
    }
    service_destroy(service);
    return NULL;
}

void service_destroy(struct service *service)
{
    if (!service) return;
    free(service->server_memory);
    free(service);
}
