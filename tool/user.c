/* srflx user: the user file of a server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/base64.h>
#include <srflx/prepare.h>
#include <srflx/random.h>
#include <srflx/user_file.h>
#include <srflx/wipe.h>

#include "command.h"
#include "file_lock.h"
#include "options.h"
#include "output.h"
#include "password.h"
#include "user_lines.h"

enum { GENERATED = 18 }; /* bytes: 144 bits. spec: R8489-9.2-06 */

enum {
    KEY_REALM = OPTION_LONG,
    KEY_SHORT_TERM,
    KEY_PASSWORD_FILE,
    KEY_GENERATE,
    KEY_NO_MD5,
    KEY_JSON
};

static const struct option_row rows[] = {
    {KEY_REALM, "realm", "TEXT", "the realm of long-term credentials"},
    {KEY_SHORT_TERM, "short-term", NULL, "short-term credentials, which have no realm"},
    {KEY_PASSWORD_FILE, "password-file", "FILE",
     "add: the password is the first line of FILE; -: of standard input"},
    {KEY_GENERATE, "generate", NULL, "add: draw a password of 144 random bits, and print it"},
    {KEY_NO_MD5, "no-md5", NULL, "add: no MD5 key, so clients of RFC 5389 cannot log in"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct user {
    const struct command *command;
    const char *verb, *path, *name, *realm, *password_file;
    bool short_term, generate, no_md5, json;

    char *password;                        /* as typed, read or drawn */
    struct srflx_user_entry entry, legacy; /* the second for SASLprep's form of the name */
    bool has_legacy;
    uint8_t name_bytes[SRFLX_PREPARE_LONGEST], legacy_bytes[SRFLX_PREPARE_LONGEST];
    uint8_t realm_bytes[SRFLX_PREPARE_LONGEST];
};

static bool take_option(struct user *u, const struct options *o, int key)
{
    switch (key) {
    case KEY_REALM:
        u->realm = o->value;
        return true;
    case KEY_SHORT_TERM:
        return u->short_term = true;
    case KEY_PASSWORD_FILE:
        u->password_file = o->value;
        return true;
    case KEY_GENERATE:
        return u->generate = true;
    case KEY_NO_MD5:
        return u->no_md5 = true;
    default:
        return u->json = true;
    }
}

static const char *check_password_options(const struct user *u)
{
    if (u->password_file && u->generate) return "--password-file and --generate exclude each other";
    if (u->short_term && u->no_md5) return "--short-term and --no-md5 exclude each other";
    return NULL;
}

static bool has_password_options(const struct user *u)
{
    return u->password_file || u->generate || u->no_md5;
}

static bool has_options(const struct user *u)
{
    return has_password_options(u) || u->realm || u->short_term;
}

/* What is wrong with the words for this verb. NULL if nothing is. */
static const char *check_words(const struct user *u, int words)
{
    if (words < 2) return "want what to do, add, remove or list, and FILE";
    if (!strcmp(u->verb, "list"))
        return words == 2 && !has_options(u) ? NULL : "list wants FILE alone";
    if (words != 3) return "want add, remove or list, and FILE and NAME";
    if (!u->realm == !u->short_term) return "want --realm or --short-term, one of them";
    if (!strcmp(u->verb, "add")) return check_password_options(u);
    if (strcmp(u->verb, "remove") != 0) return "want add, remove or list";
    return has_password_options(u) ? "remove needs no password" : NULL;
}

static int read_command_line(struct user *u, int argc, char **argv)
{
    struct options o;
    const char *wrong;
    int key, words;

    options_begin(&o, u->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_HELP || key == OPTION_WRONG) return key;
        (void)take_option(u, &o, key);
    }
    words = argc - optind;
    if (words > 0) u->verb = argv[optind];
    if (words > 1) u->path = argv[optind + 1];
    if (words > 2) u->name = argv[optind + 2];
    wrong = check_words(u, words);
    if (wrong) usage_error(u->command, "%s", wrong);
    return wrong ? OPTION_WRONG : OPTION_END;
}

static int complain(const struct user *u, const char *where, const char *what)
{
    fprintf(stderr, "srflx %s: %s: %s\n", u->command->name, where, what);
    return EXIT_LOCAL;
}

/* What a function has said of the file. */
static int complain_file(const struct user *u, const char *text)
{
    fprintf(stderr, "srflx %s: %s\n", u->command->name, text);
    return EXIT_LOCAL;
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

static int complain_text(const struct user *u, const char *what, int error)
{
    return usage_error(u->command, "%s: %s", what, srflx_error_text(error));
}

static int check_names(const struct user *u, const struct srflx_user_entry *entry)
{
    if (srflx_user_entry_has_names(entry)) return EXIT_AS_ASKED;
    return usage_error(
        u->command,
        "no line of a user file can hold these: NAME and --realm have at most %d bytes, NAME "
        "does not begin with #, and --realm is not -",
        SRFLX_USER_NAME_MAX);
}

/* spec: R8489-9.2.2-02 R8489-14.3-03 R8489-14.9-03 R5389-15.3-01 */
static int prepare_names(struct user *u)
{
    const struct srflx_view name = srflx_prepare_unquote(view_of(u->name));
    int error = srflx_prepare_opaque(name, u->name_bytes, sizeof u->name_bytes, &u->entry.name);

    if (error) return complain_text(u, "NAME", error);
    if (u->entry.name.len > SRFLX_USER_NAME_MAX)
        return usage_error(u->command, "NAME has more than %d bytes", SRFLX_USER_NAME_MAX);
    if (u->short_term) return check_names(u, &u->entry);
    error = srflx_prepare_opaque(srflx_prepare_unquote(view_of(u->realm)), u->realm_bytes,
                                 sizeof u->realm_bytes, &u->entry.realm);
    if (error) return complain_text(u, "--realm", error);
    u->legacy.realm = u->entry.realm;
    if (srflx_prepare_saslprep(name, SRFLX_PREPARE_STORED, u->legacy_bytes, sizeof u->legacy_bytes,
                               &u->legacy.name))
        u->legacy.name = u->entry.name;
    error = check_names(u, &u->entry);
    return error ? error : check_names(u, &u->legacy);
}

static void generate(struct user *u)
{
    uint8_t bytes[GENERATED];

    srflx_random_fill(NULL, bytes, sizeof bytes);
    u->password = calloc(1, SRFLX_BASE64_LETTERS(GENERATED) + 1);
    if (!u->password) abort();
    srflx_base64_encode(SRFLX_BASE64_BARE, (struct srflx_view){bytes, sizeof bytes},
                        (uint8_t *)u->password);
    srflx_wipe(bytes, sizeof bytes);
}

static int get_password(struct user *u)
{
    if (u->generate) {
        generate(u);
        return EXIT_AS_ASKED;
    }
    u->password = u->password_file ? password_read(u->password_file) : password_ask();
    if (u->password) return EXIT_AS_ASKED;
    if (u->password_file) return complain(u, u->password_file, strerror(errno));
    if (!errno) return complain(u, "password", "the two are not the same");
    if (errno == ENODATA) return complain(u, "password", "there was none");
    return complain(u, "no terminal to ask for the password on",
                    "use --password-file or --generate");
}

static bool same(struct srflx_view a, struct srflx_view b)
{
    return a.len == b.len && !memcmp(a.ptr, b.ptr, a.len);
}

static void set_secret(uint16_t algorithm, struct srflx_user_entry *entry,
                       struct srflx_view password)
{
    const struct srflx_identity who = {entry->name, entry->realm};
    struct srflx_secret secret;

    if (srflx_secret_long_term(algorithm, &who, password, &secret)) abort();
    if (algorithm == SRFLX_ALGORITHM_MD5) {
        entry->has_md5 = true;
        memcpy(entry->md5, secret.bytes, sizeof entry->md5);
    } else {
        entry->has_sha256 = true;
        memcpy(entry->sha256, secret.bytes, sizeof entry->sha256);
    }
    srflx_wipe(&secret, sizeof secret);
}

/* Clients of RFC 5389 prepare name and password with SASLprep. Where that makes another name of it, they have a
 * line of their own.
 * spec: R8489-9.1.1-01 R8489-9.2.2-01 R8489-18.5.1.1-01 R8489-18.5.1.2-01 R5389-15.4-01 */
static void set_secrets(struct user *u, struct srflx_view opaque, struct srflx_view legacy)
{
    if (u->short_term) {
        u->entry.password_len = opaque.len;
        memcpy(u->entry.password, opaque.ptr, opaque.len);
        return;
    }
    set_secret(SRFLX_ALGORITHM_SHA256, &u->entry, opaque);
    u->has_legacy = !u->no_md5 && !same(u->legacy.name, u->entry.name);
    if (!u->no_md5) set_secret(SRFLX_ALGORITHM_MD5, u->has_legacy ? &u->legacy : &u->entry, legacy);
}

static int make_secrets(struct user *u)
{
    uint8_t opaque_bytes[SRFLX_PREPARE_LONGEST], legacy_bytes[SRFLX_PREPARE_LONGEST];
    struct srflx_view opaque, legacy;
    int error =
        srflx_prepare_opaque(view_of(u->password), opaque_bytes, sizeof opaque_bytes, &opaque);

    if (!error && srflx_prepare_saslprep(view_of(u->password), SRFLX_PREPARE_STORED, legacy_bytes,
                                         sizeof legacy_bytes, &legacy))
        legacy = opaque;
    if (error == SRFLX_ERROR_SPACE || (!error && opaque.len > sizeof u->entry.password))
        error = SRFLX_ERROR_LONG;
    if (!error) set_secrets(u, opaque, legacy);
    srflx_wipe(opaque_bytes, sizeof opaque_bytes);
    srflx_wipe(legacy_bytes, sizeof legacy_bytes);
    return error ? complain_text(u, "the password", error) : EXIT_AS_ASKED;
}

/* A line that is there for SASLprep's form of a name alone has no SHA-256 key: with one it is a user's own. */
static bool is_somebody_else(const struct user *u, const struct user_lines *lines)
{
    struct srflx_user_entry entry = {.has_md5 = false};
    bool found = false;
    size_t at = 0;

    if (u->short_term || same(u->legacy.name, u->entry.name)) return false;
    while (!found && user_lines_next(lines, &at, &entry))
        found = entry.has_sha256 && same(entry.name, u->legacy.name) &&
                same(entry.realm, u->legacy.realm);
    srflx_wipe(&entry, sizeof entry);
    return found;
}

static bool becomes(struct srflx_view name, struct srflx_view legacy)
{
    uint8_t bytes[SRFLX_PREPARE_LONGEST];
    struct srflx_view prepared;

    return !srflx_prepare_saslprep(name, SRFLX_PREPARE_STORED, bytes, sizeof bytes, &prepared) &&
           same(prepared, legacy);
}

/* Is the line of this name there for another user, whose name SASLprep makes into it? */
static bool is_form_of_another(const struct user *u, const struct user_lines *lines)
{
    struct srflx_user_entry entry = {.has_md5 = false};
    bool has_legacy_line = false, has_owner = false;
    size_t at = 0;

    if (u->short_term) return false;
    while (user_lines_next(lines, &at, &entry)) {
        if (!same(entry.realm, u->entry.realm)) continue;
        if (same(entry.name, u->entry.name))
            has_legacy_line = !entry.has_sha256;
        else if (entry.has_sha256 && becomes(entry.name, u->entry.name))
            has_owner = true;
    }
    srflx_wipe(&entry, sizeof entry);
    return has_legacy_line && has_owner;
}

/* Why the names of this user and of another, as clients of RFC 5389 have them, do not go together in one file. NULL if they
 * do. */
static const char *check_others(const struct user *u, const struct user_lines *lines)
{
    if (is_form_of_another(u, lines))
        return "NAME is what RFC 5389 makes of another user's name; add that one again with "
               "--no-md5 first";
    if (u->has_legacy && is_somebody_else(u, lines))
        return "another user has the name that RFC 5389 makes of this one; add it with --no-md5";
    return NULL;
}

/* The lines that are the user's own. */
static bool remove_lines(const struct user *u, struct user_lines *lines)
{
    const bool legacy_is_own = !u->short_term && !is_somebody_else(u, lines);
    bool found;

    if (is_form_of_another(u, lines)) return false;
    found = user_lines_remove(lines, &u->entry);
    if (legacy_is_own) found |= user_lines_remove(lines, &u->legacy);
    return found;
}

static int add_lines(const struct user *u, struct user_lines *lines)
{
    const char *wrong = check_others(u, lines);

    if (wrong) return complain(u, u->path, wrong);
    remove_lines(u, lines);
    user_lines_add(lines, &u->entry);
    if (u->has_legacy) user_lines_add(lines, &u->legacy);
    return EXIT_AS_ASKED;
}

/* Writes the file again without the lines of this user, and with the new ones if there are any. */
static int change_file(const struct user *u, bool add)
{
    struct user_lines lines;
    char text[SRFLX_FILE_TEXT];
    int code;

    if (user_lines_load(&lines, u->path, add, text)) return complain_file(u, text);
    if (add)
        code = add_lines(u, &lines);
    else
        code =
            remove_lines(u, &lines) ? EXIT_AS_ASKED : complain(u, u->path, "there is no such user");
    if (code == EXIT_AS_ASKED && user_lines_store(&lines, u->path, text))
        code = complain_file(u, text);
    user_lines_free(&lines);
    return code;
}

static int change_file_in_turn(const struct user *u, bool add)
{
    char text[SRFLX_FILE_TEXT];
    const int lock = file_lock(u->path, text);
    int code;

    if (lock < 0) return complain_file(u, text);
    code = change_file(u, add);
    close(lock);
    return code;
}

static void report_change(const struct user *u)
{
    json_t *object;

    if (!u->json) {
        if (u->generate) puts(u->password);
        return;
    }
    object = json_pack("{s:b, s:o}", "ok", 1, "user", json_text(u->entry.name));
    if (u->generate) json_object_set_new(object, "password", json_string(u->password));
    print_json(object);
}

static int add(struct user *u)
{
    int code = prepare_names(u);

    if (code == EXIT_AS_ASKED) code = get_password(u);
    if (code == EXIT_AS_ASKED) code = make_secrets(u);
    if (code == EXIT_AS_ASKED) code = change_file_in_turn(u, true);
    if (code == EXIT_AS_ASKED) report_change(u);
    return code;
}

static int remove_user(struct user *u)
{
    int code = prepare_names(u);

    if (code == EXIT_AS_ASKED) code = change_file_in_turn(u, false);
    if (code == EXIT_AS_ASKED) report_change(u);
    return code;
}

static json_t *entry_json(const struct srflx_user_entry *entry)
{
    json_t *kinds = json_array();

    if (entry->has_md5) json_array_append_new(kinds, json_string("md5"));
    if (entry->has_sha256) json_array_append_new(kinds, json_string("sha256"));
    if (entry->password_len) json_array_append_new(kinds, json_string("password"));
    return json_pack("{s:o, s:o, s:o}", "name", json_text(entry->name), "realm",
                     entry->realm.len ? json_text(entry->realm) : json_null(), "keys", kinds);
}

static void print_entry(const struct srflx_user_entry *entry)
{
    char *name = escape_text(entry->name), *realm = escape_text(entry->realm);

    printf("%s  %s%s%s%s\n", name, entry->realm.len ? "at " : "short-term", realm,
           entry->has_md5 ? "  md5" : "", entry->has_sha256 ? "  sha256" : "");
    free(name);
    free(realm);
}

static int list(const struct user *u)
{
    json_t *users = json_array();
    struct srflx_user_entry entry;
    struct user_lines lines;
    char text[SRFLX_FILE_TEXT];
    size_t at = 0;

    if (user_lines_load(&lines, u->path, false, text)) {
        json_decref(users);
        return complain_file(u, text);
    }
    while (user_lines_next(&lines, &at, &entry)) {
        if (!u->json) print_entry(&entry);
        json_array_append_new(users, entry_json(&entry));
    }
    srflx_wipe(&entry, sizeof entry);
    user_lines_free(&lines);
    if (u->json)
        print_json(json_pack("{s:b, s:o}", "ok", 1, "users", users));
    else
        json_decref(users);
    return EXIT_AS_ASKED;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct user u = {.command = self, .verb = "", .name = ""};
    int key = read_command_line(&u, argc, argv), code;

    if (key != OPTION_END) return key == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    if (!strcmp(u.verb, "add"))
        code = add(&u);
    else
        code = strcmp(u.verb, "list") ? remove_user(&u) : list(&u);
    password_free(u.password);
    srflx_wipe(&u, sizeof u);
    return code;
}

const struct command command_user = {
    .name = "user",
    .summary = "keep the user file of a server",
    .arguments = "add|remove FILE NAME | list FILE",
    .about =
        "FILE holds keys made of passwords, not passwords (but for short-term credentials, whose "
        "key\n"
        "the password is). add asks for the password on the terminal; a user who is there already\n"
        "gets the new one.",
    .options = rows,
    .run = run,
};
