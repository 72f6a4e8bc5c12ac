/* What an operator can set, as config.def describes it, and the command line that sets it. */
#ifndef SRFLXD_SETTINGS_H
#define SRFLXD_SETTINGS_H

#include <stdio.h>

#include <srflx/types.h>

#include "log.h"

enum { SETTINGS_LISTEN_MAX = 32, SETTINGS_WORKERS_MAX = 64, SETTINGS_MESSAGE = 256 };

/* Addresses with port 0 take the port of --port. */
struct settings_addresses {
    struct srflx_addr list[SETTINGS_LISTEN_MAX];
    unsigned count;
};

struct settings {
#define SETTINGS_ADDRESSES struct settings_addresses
#define SETTINGS_NUMBER unsigned
#define SETTINGS_TEXT const char *
#define SETTINGS_LEVEL enum log_level
#define X(key, field, type, min, max, fallback, argument, text) SETTINGS_##type field;
#include "config.def"
#undef X
#undef SETTINGS_LEVEL
#undef SETTINGS_TEXT
#undef SETTINGS_NUMBER
#undef SETTINGS_ADDRESSES
};

enum settings_action {
    SETTINGS_START,
    SETTINGS_HELP,
    SETTINGS_VERSION,
    SETTINGS_WRONG,       /* the command line is wrong */
    SETTINGS_NO_INTERFACE /* it names a network interface that does not exist */
};

/* Reads `--key value` and `--key=value`. Texts in `ret_settings` are borrowed from `argv`. For the
 * last two actions `ret_message`, SETTINGS_MESSAGE bytes, says what is wrong, and the settings mean
 * nothing. */
enum settings_action settings_parse(int argc, char **argv, struct settings *ret_settings,
                                    char *ret_message);

/* Writes what --help says. */
void settings_help(FILE *out);

#endif
