/* Files that the settings name, and whether one of them has changed since it was read. */
#ifndef SRFLXD_WATCH_H
#define SRFLXD_WATCH_H

#include <sys/stat.h>

#include "settings.h"

enum { WATCHED = 3 + 2 * SETTINGS_CERTIFICATES_MAX };

struct watch {
    struct stat seen[WATCHED]; /* all zero where there is no file */
};

/* Remembers how the files are now. Call it before they are read. */
void watch_look(struct watch *watch, const struct settings *settings);

/* The first file that is not as it was, NULL if all are. One that is gone or not there does not count: it is being
 * replaced, or about to come. */
const char *watch_find_change(const struct watch *watch, const struct settings *settings);

#endif
