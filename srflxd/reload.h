/* SIGHUP, or a file that has changed: everything is read again, and what came of it takes the place of what was, as
 * a whole or not at all. */
#ifndef SRFLXD_RELOAD_H
#define SRFLXD_RELOAD_H

#include "command_line.h"
#include "stream_threads.h"
#include "watch.h"
#include "workers.h"

/* The state of the main thread while it serves. */
struct running {
    const struct command_line *line;
    struct settings settings; /* in force; workers' number included */
    struct service *service;  /* in force */
    struct own_secrets own;
    struct watch watch; /* of the files that the service was made of */
    struct workers *workers;
    struct stream_threads *streams; /* NULL: neither TCP nor DTLS is served */
    bool sources_said;              /* what is to be said about the clients' addresses */
    struct log log;
};

/* Reads the settings anew. If all is well, has the workers serve them and says so; else says
 * everything that is wrong, and leaves all as it is. */
void reload(struct running *running);

/* If one of the files that the settings name has changed, has the workers serve the same settings with what it
 * holds now, or says what is wrong with it. */
void reload_if_changed(struct running *running);

#endif
