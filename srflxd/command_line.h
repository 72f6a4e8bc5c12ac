/* The words srflxd is started with, and all settings together: defaults, the configuration file over
 * them, the command line over both. */
#ifndef SRFLXD_COMMAND_LINE_H
#define SRFLXD_COMMAND_LINE_H

#include "settings.h"

enum command_line_action {
    COMMAND_LINE_SERVE,
    COMMAND_LINE_CHECK,  /* say whether the settings are right */
    COMMAND_LINE_PRINT,  /* print them */
    COMMAND_LINE_SAMPLE, /* print a configuration file to start from */
    COMMAND_LINE_HELP,
    COMMAND_LINE_VERSION
};

/* Borrowed from main(), whose words live as long as the program. */
struct command_line {
    int argc;
    char **argv;
    enum command_line_action action;
    const char *config; /* the argument of --config, NULL: none */
};

/* Reads `--key value` and `--key=value` as far as they are no settings, and complains about words
 * that mean nothing. --help and --version win over whatever follows. */
void command_line_read(int argc, char **argv, struct complaints *complaints,
                       struct command_line *ret_line);

/* All settings. May be called again, when the file has changed. Clean up `ret_settings` in any case;
 * they mean something if there were no complaints. */
void command_line_settings(const struct command_line *line, struct complaints *complaints,
                           struct settings *ret_settings);

/* Writes what --help says. */
void command_line_help(FILE *out);

#endif
