#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int usage_error(const struct command *command, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "srflx %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'srflx %s --help'.\n", command->name);
    return EXIT_USAGE;
}

static void add_long(struct option *to, const char *name, const char *argument, int key)
{
    to->name = name;
    to->has_arg = argument ? required_argument : no_argument;
    to->flag = NULL;
    to->val = key;
}

void options_begin(struct options *o, const struct command *command, int argc, char **argv)
{
    const struct option_row *row;
    size_t longs = 0, shorts = 0;

    memset(o, 0, sizeof *o);
    o->command = command;
    o->argc = argc;
    o->argv = argv;
    o->shorts[shorts++] = ':'; /* tells a missing value from an unknown option */
    for (row = command->options; row->key; row++) {
        if (row->name) add_long(&o->longs[longs++], row->name, row->argument, row->key);
        if (row->key >= OPTION_LONG) continue;
        o->shorts[shorts++] = (char)row->key;
        if (row->argument) o->shorts[shorts++] = ':';
    }
    add_long(&o->longs[longs], "help", NULL, OPTION_HELP);
    opterr = 0;
    optind = 1;
}

static const struct option_row *find_row(const struct options *o, int key)
{
    const struct option_row *row;

    for (row = o->command->options; row->key; row++)
        if (row->key == key) return row;
    return NULL;
}

static const char *row_name(const struct option_row *row, char *space)
{
    if (row->name)
        snprintf(space, 32, "--%s", row->name);
    else
        snprintf(space, 32, "-%c", row->key);
    return space;
}

static int unknown_option(const struct options *o)
{
    const struct option_row *row = find_row(o, optopt);
    const char *typed = o->argv[optind - 1];
    char name[32];

    if (row || optopt == OPTION_HELP)
        usage_error(o->command, "%s takes no value", row ? row_name(row, name) : "--help");
    else if (optopt)
        usage_error(o->command, "unknown option -%c", optopt);
    else
        usage_error(o->command, "unknown option %.*s", (int)strcspn(typed, "="), typed);
    return OPTION_WRONG;
}

int options_next(struct options *o)
{
    int key = getopt_long(o->argc, o->argv, o->shorts, o->longs, NULL);
    char name[32];

    o->value = optarg;
    if (key == '?') return unknown_option(o);
    if (key == ':') {
        const struct option_row *row = find_row(o, optopt);
        usage_error(o->command, "%s wants a value: %s", row_name(row, name), row->argument);
        return OPTION_WRONG;
    }
    if (key == OPTION_HELP) print_command_help(o->command);
    return key;
}

/* The option that getopt_long() has just taken, as it was typed. */
static const char *typed_option(const struct options *o, char *space)
{
    const char *typed = o->argv[optind - 1] == o->value ? o->argv[optind - 2] : o->argv[optind - 1];

    snprintf(space, 32, "%.*s", (int)strcspn(typed, "="), typed);
    return space;
}

bool options_number(const struct options *o, uint32_t least, uint32_t most, uint32_t *ret_number)
{
    unsigned long number = 0;
    char name[32];
    bool digits = *o->value && strspn(o->value, "0123456789") == strlen(o->value);

    if (digits && strlen(o->value) <= 9) number = strtoul(o->value, NULL, 10);
    if (!digits || strlen(o->value) > 9 || number < least || number > most) {
        usage_error(o->command, "%s wants a whole number from %u to %u, not '%s'",
                    typed_option(o, name), least, most, o->value);
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

bool options_seconds(const struct options *o, uint32_t least_ms, uint32_t most_s, uint32_t *ret_ms)
{
    char *end = NULL, name[32];
    bool decimal = *o->value && strspn(o->value, "0123456789.") == strlen(o->value);
    double seconds = decimal ? strtod(o->value, &end) : 0;

    if (!decimal || *end || seconds * 1000 < least_ms || seconds > most_s) {
        usage_error(o->command, "%s wants seconds from %g to %u, not '%s'", typed_option(o, name),
                    least_ms / 1e3, most_s, o->value);
        return false;
    }
    *ret_ms = (uint32_t)(seconds * 1000 + 0.5);
    return true;
}

static void print_option(int key, const char *name, const char *argument, const char *help)
{
    char left[64];
    int len = 0;

    if (key < OPTION_HELP) len = snprintf(left, sizeof left, "-%c", key);
    if (name)
        len += snprintf(left + len, sizeof left - (size_t)len, "%s--%s", len ? ", " : "", name);
    if (argument) snprintf(left + len, sizeof left - (size_t)len, " %s", argument);
    printf("  %-22s %s\n", left, help);
}

void print_command_help(const struct command *command)
{
    const struct option_row *row;

    printf("Usage: srflx %s [options] %s\n\n%s\n\nOptions:\n", command->name, command->arguments,
           command->about);
    for (row = command->options; row->key; row++)
        print_option(row->key, row->name, row->argument, row->help);
    print_option(OPTION_HELP, "help", NULL, "print this");
}
