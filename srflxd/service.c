#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, text ? strlen(text) : 0};
}

/* The name goes to clients as it stands, who compare it with a certificate's: in ASCII. */
static bool take_domain(const struct settings *settings, struct complaints *complaints,
                        struct srflx_alternate *ret_alternate)
{
    const struct srflx_view domain = view_of(settings->alternate_domain);

    for (size_t i = 0; i < domain.len; i++) {
        if (domain.ptr[i] > ' ' && domain.ptr[i] <= '~') continue;
        settings_complain(settings, SETTINGS_NUMBER_OF_alternate_domain, complaints,
                          "want a name in ASCII, as certificates have it");
        return false;
    }
    if (domain.len && !settings->alternate.count) {
        settings_complain(settings, SETTINGS_NUMBER_OF_alternate_domain, complaints,
                          "is the name of an alternate server, and there is none: set alternate");
        return false;
    }
    ret_alternate->domain = domain;
    return true;
}

/* One address of each family; the port is that of the key `port` where none is given. */
static bool take_alternate(const struct settings *settings, struct complaints *complaints,
                           struct srflx_alternate *ret_alternate)
{
    for (unsigned i = 0; i < settings->alternate.count; i++) {
        struct srflx_addr addr = settings->alternate.list[i];
        struct srflx_addr *place =
            addr.family == SRFLX_IPV6 ? &ret_alternate->ipv6 : &ret_alternate->ipv4;
        if (!addr.port) addr.port = (uint16_t)settings->port;
        if (place->family || addr.scope || srflx_addr_is_unspecified(&addr)) {
            settings_complain(settings, SETTINGS_NUMBER_OF_alternate, complaints,
                              "want one address of each family, that clients can reach");
            return false;
        }
        *place = addr;
    }
    if (!settings->alternate.count || settings->auth) return true;
    settings_complain(settings, SETTINGS_NUMBER_OF_alternate, complaints,
                      "only clients with credentials are sent on: set auth");
    return false;
}

static struct srflx_server_config config_of(const struct settings *settings,
                                            const struct srflx_guard *guard)
{
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    config.software = view_of(settings->software);
    config.classic = settings->classic;
    config.guard = guard;
    config.guess_burst = (uint16_t)settings->guesses;
    config.guesses_per_minute = (uint16_t)settings->guesses_per_minute;
    return config;
}

static bool make_server(struct service *service, const struct settings *settings,
                        const struct srflx_nonce_keys *own, struct complaints *complaints)
{
    struct srflx_alternate alternate = {.domain = {NULL, 0}};
    const bool has_domain = take_domain(settings, complaints, &alternate);
    const bool sound = take_alternate(settings, complaints, &alternate) && has_domain;
    struct srflx_server_config config;
    struct srflx_server *server;
    size_t size;

    if (!credentials_make(settings, own, complaints, &service->credentials) || !sound) return false;
    config = config_of(settings, service->credentials.guard);
    config.alternate = alternate;
    size = srflx_server_size(&config);
    service->server_memory = malloc(size);
    if (!service->server_memory) {
        complain(complaints, COMPLAINT_REFUSED, "out of memory");
        return false;
    }
    if (srflx_server_init(service->server_memory, size, &config, &server)) {
        settings_complain(settings, SETTINGS_NUMBER_OF_software, complaints, "cannot be sent");
        return false;
    }
    service->server = server;
    return true;
}

static bool take_proxies(struct service *service, const struct settings *settings,
                         struct complaints *complaints)
{
    const unsigned before = complaints_count(complaints);
    char what[COMPLAINTS_LINE];

    for (unsigned i = 0; i < settings->proxy_from.count; i++) {
        const char *text = settings->proxy_from.list[i];
        const char *wrong = srflx_prefix_parse(text, &service->proxies[service->proxy_count]);
        service->proxy_count += !wrong;
        if (!wrong) continue;
        snprintf(what, sizeof what, "%s: %s", text, wrong);
        settings_complain(settings, SETTINGS_NUMBER_OF_proxy_from, complaints, what);
    }
    return complaints_count(complaints) == before;
}

/* Every part is tried, so that everything that is wrong is said. */
static bool make(struct service *service, const struct settings *settings,
                 const struct own_secrets *own, struct complaints *complaints)
{
    const bool server = make_server(service, settings, &own->nonces, complaints);
    const bool security = security_make(settings, own->security, complaints, &service->security);

    return take_proxies(service, settings, complaints) && server && security;
}

struct service *service_new(const struct settings *settings, const struct own_secrets *own,
                            struct complaints *complaints)
{
    struct service *service = calloc(1, sizeof *service);

    if (!service) {
        complain(complaints, COMPLAINT_REFUSED, "out of memory");
        return NULL;
    }
    if (make(service, settings, own, complaints)) return service;
    service_destroy(service);
    return NULL;
}

void service_destroy(struct service *service)
{
    if (!service) return;
    credentials_clean_up(&service->credentials);
    free(service->server_memory);
    srflx_secure_context_destroy(service->security);
    free(service);
}
