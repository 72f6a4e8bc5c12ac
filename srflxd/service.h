/* What the workers serve: a server and everything that belongs to it, made of settings as one piece
 * and never changed after. Another configuration is another service (adoption.h). */
#ifndef SRFLXD_SERVICE_H
#define SRFLXD_SERVICE_H

#include <srflx/server.h>

#include "credentials.h"
#include "prefixes.h"
#include "security.h"
#include "settings.h"

struct service {
    const struct srflx_server *server;
    void *server_memory;
    struct credentials credentials;
    struct srflx_secure_context *security; /* NULL: neither TLS nor DTLS */
    struct srflx_prefix proxies[SETTINGS_LIST_MAX];
    unsigned proxy_count;
};

/* What is drawn when srflxd starts, and stays until it stops, whatever is read again. */
struct own_secrets {
    struct srflx_nonce_keys nonces; /* for when no file has others */
    uint8_t security[SRFLX_SECURE_SECRET];
};

/* Makes a service; the settings are only read, and so are the secrets. Returns NULL after having complained
 * about what cannot be. */
struct service *service_new(const struct settings *settings, const struct own_secrets *own,
                            struct complaints *complaints);

void service_destroy(struct service *service);

#endif
