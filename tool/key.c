/* srflx key: the key file of a fleet. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <srflx/clock.h>
#include <srflx/keyring.h>
#include <srflx/random.h>

#include "command.h"
#include "file_lock.h"
#include "options.h"
#include "output.h"

enum { ACTIVE_IN_S = 3600, ACTIVE_IN_MOST_S = 31 * 86400, DATE = 32 };

enum { KEY_ACTIVE_IN = OPTION_LONG, KEY_JSON };

static const struct option_row rows[] = {
    {KEY_ACTIVE_IN, "active-in", "S",
     "new: the key comes into force in S seconds; 3600, the first one at once"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct key {
    const struct command *command;
    const char *verb, *path;
    uint32_t active_in_s;
    bool has_active_in, json;
};

static int read_command_line(struct key *k, int argc, char **argv)
{
    struct options o;
    int option;

    options_begin(&o, k->command, argc, argv);
    while ((option = options_next(&o)) != OPTION_END) {
        if (option == OPTION_HELP || option == OPTION_WRONG) return option;
        if (option == KEY_JSON) {
            k->json = true;
            continue;
        }
        k->has_active_in = true;
        if (!options_number(&o, 0, ACTIVE_IN_MOST_S, &k->active_in_s)) return OPTION_WRONG;
    }
    if (argc - optind != 2) {
        usage_error(k->command, "want what to do, new or show, and FILE");
        return OPTION_WRONG;
    }
    k->verb = argv[optind];
    k->path = argv[optind + 1];
    if (!strcmp(k->verb, "new") || (!strcmp(k->verb, "show") && !k->has_active_in))
        return OPTION_END;
    usage_error(k->command,
                k->has_active_in && !strcmp(k->verb, "show")
                    ? "--active-in belongs to new, not to %s"
                    : "what is %s? want new or show",
                k->verb);
    return OPTION_WRONG;
}

static int complain(const struct key *k, const char *text)
{
    fprintf(stderr, "srflx %s: %s\n", k->command->name, text);
    return EXIT_LOCAL;
}

static const char *date_text(uint64_t unix_s, char *ret_text)
{
    const time_t when = (time_t)unix_s;
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(ret_text, DATE, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return ret_text;
}

/* The newest that has come into force. */
static size_t current_key(const struct srflx_keyring *keyring, uint64_t now_s)
{
    size_t i = 0;

    while (i + 1 < keyring->count && keyring->keys[i].from_unix_s > now_s)
        i++;
    return i;
}

static void report(const struct key *k, const struct srflx_keyring *keyring)
{
    const size_t current = current_key(keyring, srflx_clock_now().unix_ms / 1000);
    json_t *list = json_array();
    char date[DATE];

    for (size_t i = 0; i < keyring->count; i++) {
        const struct srflx_keyring_key *key = &keyring->keys[i];
        date_text(key->from_unix_s, date);
        if (!k->json)
            printf("generation %u  from %s%s\n", key->generation, date,
                   i == current  ? "  in force"
                   : i < current ? "  to come"
                                 : "");
        json_array_append_new(list, json_pack("{s:I, s:s, s:b}", "generation",
                                              (json_int_t)key->generation, "from", date, "in_force",
                                              i == current));
    }
    if (k->json)
        print_json(json_pack("{s:b, s:o}", "ok", 1, "keys", list));
    else
        json_decref(list);
}

/* Is the oldest of three the one that signs? Clients hold its nonces, and machines may have no newer key. */
static bool would_drop_current(const struct srflx_keyring *keyring, uint64_t now_s)
{
    return keyring->count == SRFLX_KEYRING_KEYS &&
           current_key(keyring, now_s) == SRFLX_KEYRING_KEYS - 1;
}

static int make_new(const struct key *k, struct srflx_keyring *keyring, char *text)
{
    uint64_t from_s = srflx_clock_now().unix_ms / 1000;

    if (!access(k->path, F_OK) && srflx_keyring_load(k->path, keyring, text))
        return complain(k, text);
    if (keyring->count && keyring->keys[0].generation == UINT32_MAX)
        return complain(k, "there is no generation after the newest one: make a new file");
    if (would_drop_current(keyring, from_s)) {
        fprintf(stderr,
                "srflx key: %s: two keys have not come into force yet; a third would drop the one "
                "that has\n",
                k->path);
        return EXIT_LOCAL;
    }
    if (k->has_active_in)
        from_s += k->active_in_s;
    else if (keyring->count)
        from_s += ACTIVE_IN_S;
    if (keyring->count && keyring->keys[0].from_unix_s > from_s)
        from_s = keyring->keys[0].from_unix_s;
    srflx_keyring_add(keyring, from_s, srflx_random_fill, NULL);
    return srflx_keyring_store(k->path, keyring, text) ? complain(k, text) : EXIT_AS_ASKED;
}

static int make_new_in_turn(const struct key *k, struct srflx_keyring *keyring)
{
    char text[SRFLX_FILE_TEXT];
    const int lock = file_lock(k->path, text);
    int code;

    if (lock < 0) return complain(k, text);
    code = make_new(k, keyring, text);
    close(lock);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct key k = {.command = self};
    struct srflx_keyring keyring = {.count = 0};
    char text[SRFLX_FILE_TEXT];
    int option = read_command_line(&k, argc, argv), code = EXIT_AS_ASKED;

    if (option != OPTION_END) return option == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    if (!strcmp(k.verb, "new"))
        code = make_new_in_turn(&k, &keyring);
    else if (srflx_keyring_load(k.path, &keyring, text))
        code = complain(&k, text);
    if (code == EXIT_AS_ASKED) report(&k, &keyring);
    srflx_keyring_wipe(&keyring);
    return code;
}

const struct command command_key = {
    .name = "key",
    .summary = "make and rotate the key file of a fleet of servers",
    .arguments = "new|show FILE",
    .about = "The servers that share FILE accept each other's nonces. `new` makes it, or adds a "
             "key that\n"
             "comes into force later: copy the file to all machines before it does. The two keys "
             "before\n"
             "it stay good for what they have signed.",
    .options = rows,
    .run = run,
};
