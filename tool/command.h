/* What a subcommand is, and the exit codes that all of them share. */
#ifndef COMMAND_H
#define COMMAND_H

enum exit_code {
    EXIT_AS_ASKED = 0,
    EXIT_NO_ANSWER = 1,
    EXIT_USAGE = 2,
    EXIT_ERROR_ANSWER = 3,
    EXIT_LOCAL = 4,     /* this machine or a name failed */
    EXIT_INTEGRITY = 5, /* integrity or certificate failure */
    EXIT_VERDICT = 6    /* what was examined is bad */
};

struct option_row;

struct command {
    const char *name;
    const char *summary;              /* one line for the list of commands */
    const char *arguments;            /* what follows the options in the usage line */
    const char *about;                /* the paragraph above the options */
    const struct option_row *options; /* ends with a row whose key is 0 */
    int (*run)(const struct command *self, int argc, char **argv); /* returns an enum exit_code */
};

extern const struct command command_bench;
extern const struct command command_cert;
extern const struct command command_decode;
extern const struct command command_key;
extern const struct command command_locate;
extern const struct command command_query;
extern const struct command command_token;
extern const struct command command_user;

#endif
