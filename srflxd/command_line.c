#include "command_line.h"

#include <string.h>

#include "config_file.h"
#include "values.h"

/* Options that are no settings. X(KEY, ARGUMENT, ACTION, TEXT) */
#define OPTIONS(X)                                                                                 \
    X("config", "FILE", SERVE, "read this configuration file (YAML); options win over it")         \
    X("check-config", "", CHECK,                                                                   \
      "say what is wrong with the configuration, if anything, and stop")                           \
    X("print-config", "", PRINT, "show the configuration, with the place of each value, and stop") \
    X("print-sample", "", SAMPLE, "show a configuration file with every key, and stop")            \
    X("help", "", HELP, "show this and stop")                                                      \
    X("version", "", VERSION, "show the version and stop")

struct option {
    const char *key, *argument;
    enum command_line_action action;
    const char *text;
};

static const struct option options[] = {
#define X(key, argument, action, text) {key, argument, COMMAND_LINE_##action, text},
    OPTIONS(X)
#undef X
};

enum { OPTION_COUNT = sizeof options / sizeof *options };

/* One option with its value, as it stands on the command line: either a setting or another. */
struct word {
    const char *text; /* "--key" or "--key=value" */
    size_t key_len;
    const struct settings_row *row;
    const struct option *option;
    const char *value; /* NULL: none */
};

static const struct option *find_option(const char *key, size_t len)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (strlen(options[i].key) == len && !memcmp(options[i].key, key, len)) return &options[i];
    return NULL;
}

/* Takes the option at `*at`, and its value from the next word if it needs that. */
static struct word next_word(const struct command_line *line, int *at)
{
    const char *text = line->argv[(*at)++];
    struct word word = {.text = text};
    const char *equals;

    if (strncmp(text, "--", 2)) return word;
    word.key_len = strcspn(text + 2, "=");
    word.row = settings_find(text + 2, word.key_len);
    word.option = find_option(text + 2, word.key_len);
    equals = text[2 + word.key_len] ? text + 2 + word.key_len : NULL;
    if (equals)
        word.value = equals + 1;
    else if ((word.row || (word.option && *word.option->argument)) && *at < line->argc)
        word.value = line->argv[(*at)++];
    return word;
}

static void complain_unknown(const struct word *word, struct complaints *complaints)
{
    const char *meant = word->key_len ? settings_suggest(word->text + 2, word->key_len) : NULL;

    if (meant)
        complain(complaints, COMPLAINT_WRONG, "%s: no such option; did you mean --%s?", word->text,
                 meant);
    else
        complain(complaints, COMPLAINT_WRONG, "%s: no such option; try srflxd --help", word->text);
}

/* Complains about a word that cannot be; what is wrong with a value, its type knows. */
static bool makes_sense(const struct word *word, struct complaints *complaints)
{
    const char *argument = "";

    if (!word->row && !word->option) {
        complain_unknown(word, complaints);
        return false;
    }
    argument = word->row ? word->row->argument : word->option->argument;
    if (*argument && !word->value)
        complain(complaints, COMPLAINT_WRONG, "%s: %s is missing; try srflxd --help", word->text,
                 argument);
    else if (!*argument && word->value)
        complain(complaints, COMPLAINT_WRONG, "%s: takes no value; try srflxd --help", word->text);
    else
        return true;
    return false;
}

static void take_option(const struct word *word, struct complaints *complaints,
                        struct command_line *line)
{
    if (word->option->action != COMMAND_LINE_SERVE) {
        line->action = word->option->action;
    } else if (line->config) {
        complain(complaints, COMPLAINT_WRONG,
                 "--config %s: there is --config %s already; try srflxd --help", word->value,
                 line->config);
    } else {
        line->config = word->value;
    }
}

void command_line_read(int argc, char **argv, struct complaints *complaints,
                       struct command_line *ret_line)
{
    struct command_line line = {argc, argv, COMMAND_LINE_SERVE, NULL};

    for (int at = 1; at < argc;) {
        const struct word word = next_word(&line, &at);
        if (!makes_sense(&word, complaints) || !word.option) continue;
        take_option(&word, complaints, &line);
        if (line.action >= COMMAND_LINE_HELP) break;
    }
    *ret_line = line;
}

void command_line_settings(const struct command_line *line, struct complaints *complaints,
                           struct settings *ret_settings)
{
    static const struct settings_place here = {SETTINGS_ON_COMMAND_LINE, NULL, 0, 0};

    settings_init(ret_settings, line->config);
    if (line->config) config_file_read(ret_settings, complaints);
    for (int at = 1; at < line->argc;) {
        const struct word word = next_word(line, &at);
        if (word.row && word.value)
            settings_set(ret_settings, word.row, word.value, &here, complaints);
    }
}

static void describe(const char *key, const char *argument, const char *text, FILE *out)
{
    char usage[60];

    snprintf(usage, sizeof usage, "--%s%s%s", key, *argument ? " " : "", argument);
    if (strlen(usage) > 21) {
        fprintf(out, "  %s\n%25s%s", usage, "", text);
        return;
    }
    fprintf(out, "  %-22s %s", usage, text);
}

void command_line_help(FILE *out)
{
    fputs("Usage: srflxd [OPTION]...\n"
          "Answers STUN requests over UDP (RFC 8489, RFC 5389, RFC 3489). Needs no options.\n\n",
          out);
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        if (value_is_secret(row)) continue;
        describe(row->key, row->argument, row->text, out);
        value_write_limits(row, out);
        if (*row->fallback) fprintf(out, "; default %s", row->fallback);
        fputc('\n', out);
    }
    fputc('\n', out);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        describe(options[i].key, options[i].argument, options[i].text, out);
        fputc('\n', out);
    }
    fputs(
        "\nSIGHUP makes the server read its configuration file again.\n"
        "SIGINT or SIGTERM stop the server, which then says what it has done.\n"
        "Exit status: 0 stopped as asked, 2 wrong usage or configuration, 4 the system refused.\n",
        out);
}
