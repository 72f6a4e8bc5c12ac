/* One way to read options: a table of rows drives getopt_long() and the text of --help. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "command.h"

struct option_row {
    int key;              /* the short option's letter, or a number from OPTION_LONG on */
    const char *name;     /* the long option, or NULL */
    const char *argument; /* name of its value in the help, or NULL if it takes none */
    const char *help;
};

enum {
    OPTION_LONG = 256, /* where keys without a letter start */
    OPTION_HELP = 255, /* --help, which every command has */
    OPTION_END = -1,
    OPTION_WRONG = -2 /* the mistake has been printed */
};

enum { OPTIONS_MOST = 48 };

struct options {
    const struct command *command;
    int argc;
    char **argv;
    const char *value; /* of the option just returned */
    struct option longs[OPTIONS_MOST + 2];
    char shorts[2 * OPTIONS_MOST + 2];
};

/* argv[0] is the command's name. */
void options_begin(struct options *o, const struct command *command, int argc, char **argv);

/* The key of the next option, OPTION_HELP, OPTION_END or OPTION_WRONG. After OPTION_END, `optind`
 * is the index of the first argument. */
int options_next(struct options *o);

/* Each reads the value of the option just returned, or prints what is wrong with it. */
bool options_number(const struct options *o, uint32_t least, uint32_t most, uint32_t *ret_number);
bool options_seconds(const struct options *o, uint32_t least_ms, uint32_t most_s, uint32_t *ret_ms);

/* Prints "srflx COMMAND: ..." and where to find help. Returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text of `srflx COMMAND --help`, on stdout. */
void print_command_help(const struct command *command);

#endif
