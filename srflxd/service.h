/* What the workers serve: a server and everything that belongs to it, made of settings as one piece
 * and never changed after. Another configuration is another service (adoption.h). */
#ifndef SRFLXD_SERVICE_H
#define SRFLXD_SERVICE_H

#include <srflx/server.h>

#include "settings.h"

struct service {
    const struct srflx_server *server;
    void *server_memory;
};

/* Makes a service; the settings are only read. Returns NULL after having complained about what
 * cannot be. */
struct service *service_new(const struct settings *settings, struct complaints *complaints);

void service_destroy(struct service *service);

#endif
