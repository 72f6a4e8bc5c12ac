/* What the workers serve: a server and everything that belongs to it, made of settings as one piece
 * and never changed after. Another configuration is another service (adoption.h). */
#ifndef SRFLXD_SERVICE_H
#define SRFLXD_SERVICE_H

#include <srflx/server.h>

#include "credentials.h"
#include "settings.h"

struct service {
    const struct srflx_server *server;
    void *server_memory;
    struct credentials credentials;
};

/* Makes a service; the settings are only read, and so are the nonce keys, for when no file has others. Returns
 * NULL after having complained about what cannot be. */
struct service *service_new(const struct settings *settings, const struct srflx_nonce_keys *own,
                            struct complaints *complaints);

void service_destroy(struct service *service);

#endif
