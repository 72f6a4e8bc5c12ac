/* srflx cert: a certificate for a first try. */
#define _XOPEN_SOURCE 700 /* realpath */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <srflx/secret_file.h>

#include "command.h"
#include "options.h"
#include "output.h"
#include "self_signed.h"

enum { NAMES_MOST = 32, DAYS = 365, DAYS_MOST = 3650, DATE = 32, PUBLIC = 0644 };

enum { KEY_NAME = OPTION_LONG, KEY_DAYS, KEY_OUT, KEY_CERTIFICATE, KEY_KEY, KEY_FORCE, KEY_JSON };

static const struct option_row rows[] = {
    {KEY_NAME, "name", "NAME",
     "a host name or IP address; may be repeated; this machine's host name if there is none"},
    {KEY_DAYS, "days", "N", "how long it is good; 365 if not given, 3650 at most"},
    {KEY_OUT, "out", "PREFIX", "write PREFIX.crt and PREFIX.key; srflx if not given"},
    {KEY_CERTIFICATE, "certificate", "FILE", "write the certificate to FILE instead"},
    {KEY_KEY, "key", "FILE", "write the key to FILE instead"},
    {KEY_FORCE, "force", NULL, "replace files that are there already"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct cert {
    const struct command *command;
    const char *names[NAMES_MOST];
    size_t name_count;
    uint32_t days;
    const char *prefix, *certificate, *key;
    bool force, json;

    char host[SELF_SIGNED_NAME_MOST + 1];
    char certificate_path[SRFLX_FILE_TEXT], key_path[SRFLX_FILE_TEXT];
};

static int complain(const struct cert *c, const char *text)
{
    fprintf(stderr, "srflx %s: %s\n", c->command->name, text);
    return EXIT_LOCAL;
}

static bool take_name(struct cert *c, const char *name)
{
    if (!self_signed_takes_name(name))
        usage_error(c->command,
                    "--name wants a host name in ASCII (*.example.org too) or an IP address, not "
                    "'%s'",
                    name);
    else if (c->name_count == NAMES_MOST)
        usage_error(c->command, "--name may be given %d times", NAMES_MOST);
    else
        return (c->names[c->name_count++] = name) != NULL;
    return false;
}

/* False if the mistake has been printed. */
static bool take_option(struct cert *c, const struct options *o, int option)
{
    switch (option) {
    case KEY_NAME:
        return take_name(c, o->value);
    case KEY_DAYS:
        return options_number(o, 1, DAYS_MOST, &c->days);
    case KEY_OUT:
        c->prefix = o->value;
        return true;
    case KEY_CERTIFICATE:
        c->certificate = o->value;
        return true;
    case KEY_KEY:
        c->key = o->value;
        return true;
    case KEY_FORCE:
        return c->force = true;
    default:
        return c->json = true;
    }
}

static int read_command_line(struct cert *c, int argc, char **argv)
{
    struct options o;
    int option;

    options_begin(&o, c->command, argc, argv);
    while ((option = options_next(&o)) != OPTION_END) {
        if (option == OPTION_HELP || option == OPTION_WRONG) return option;
        if (!take_option(c, &o, option)) return OPTION_WRONG;
    }
    if (argc != optind) {
        usage_error(c->command, "what is %s? there are options only", argv[optind]);
        return OPTION_WRONG;
    }
    if (!c->certificate == !c->key && !(c->prefix && c->key)) return OPTION_END;
    usage_error(c->command, c->prefix && c->key ? "--out and --key exclude each other"
                                                : "--certificate and --key belong together");
    return OPTION_WRONG;
}

/* Where there is none, the name that this machine has. */
static int find_name(struct cert *c)
{
    if (c->name_count) return EXIT_AS_ASKED;
    if (gethostname(c->host, sizeof c->host - 1) || !self_signed_takes_name(c->host))
        return complain(c, "this machine's host name cannot be used: give --name");
    c->names[c->name_count++] = c->host;
    return EXIT_AS_ASKED;
}

static int find_path(const struct cert *c, const char *given, const char *ending, char *ret_path)
{
    const char *prefix = c->prefix ? c->prefix : "srflx";
    const int len = given ? snprintf(ret_path, SRFLX_FILE_TEXT, "%s", given)
                          : snprintf(ret_path, SRFLX_FILE_TEXT, "%s%s", prefix, ending);

    if (len < 0 || len >= SRFLX_FILE_TEXT) return complain(c, "the name of a file is too long");
    if (c->force || access(ret_path, F_OK)) return EXIT_AS_ASKED;
    fprintf(stderr, "srflx cert: %s: is there already; --force replaces it\n", ret_path);
    return EXIT_LOCAL;
}

static int write_file(const struct cert *c, const char *path, const char *text)
{
    const struct srflx_view bytes = {(const uint8_t *)text, strlen(text)};
    char why[SRFLX_FILE_TEXT];

    return srflx_secret_file_replace(path, bytes, why) ? complain(c, why) : EXIT_AS_ASKED;
}

/* The key first: a server that looks in between finds a pair that does not fit, and keeps the old one. */
static int write_files(const struct cert *c, const struct self_signed *made)
{
    int code = write_file(c, c->key_path, made->key);

    if (code == EXIT_AS_ASKED) code = write_file(c, c->certificate_path, made->certificate);
    if (code != EXIT_AS_ASKED || !chmod(c->certificate_path, PUBLIC)) return code;
    fprintf(stderr, "srflx cert: %s: cannot make it readable: %s\n", c->certificate_path,
            strerror(errno));
    return EXIT_LOCAL;
}

static const char *date_text(int64_t unix_s, char *ret_text)
{
    const time_t when = (time_t)unix_s;
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(ret_text, DATE, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return ret_text;
}

static void report_json(const struct cert *c, const struct self_signed *made,
                        const char *certificate, const char *key)
{
    json_t *names = json_array();
    char date[DATE];

    for (size_t i = 0; i < c->name_count; i++)
        json_array_append_new(names, json_string(c->names[i]));
    print_json(json_pack("{s:b, s:s, s:s, s:s, s:s, s:o}", "ok", 1, "certificate", certificate,
                         "certificate_key", key, "pin", made->pin, "until",
                         date_text(made->until_unix_s, date), "names", names));
}

static void report(const struct cert *c, const struct self_signed *made)
{
    char *certificate = realpath(c->certificate_path, NULL), *key = realpath(c->key_path, NULL);
    char date[DATE];

    if (c->json) {
        report_json(c, made, certificate ? certificate : c->certificate_path,
                    key ? key : c->key_path);
    } else {
        printf("a self-signed certificate for");
        for (size_t i = 0; i < c->name_count; i++)
            printf("%s %s", i ? "," : "", c->names[i]);
        printf(", good until %s\npin %s\n", date_text(made->until_unix_s, date), made->pin);
        printf("For srflxd --config:\ncertificate: %s\ncertificate-key: %s\n",
               certificate ? certificate : c->certificate_path, key ? key : c->key_path);
    }
    free(certificate);
    free(key);
}

static int make(struct cert *c)
{
    struct self_signed made;
    int code;

    if (!self_signed_make(c->names, c->name_count, c->days, &made))
        return complain(c, "OpenSSL cannot make a certificate");
    code = write_files(c, &made);
    if (code == EXIT_AS_ASKED) report(c, &made);
    self_signed_drop(&made);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct cert c = {.command = self, .days = DAYS};
    int option = read_command_line(&c, argc, argv), code;

    if (option != OPTION_END) return option == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    code = find_name(&c);
    if (code == EXIT_AS_ASKED) code = find_path(&c, c.certificate, ".crt", c.certificate_path);
    if (code == EXIT_AS_ASKED) code = find_path(&c, c.key, ".key", c.key_path);
    return code == EXIT_AS_ASKED ? make(&c) : code;
}

const struct command command_cert = {
    .name = "cert",
    .summary = "make a self-signed certificate, for a first try of TLS",
    .arguments = "",
    .about = "Clients trust such a certificate if they are given it, or its pin: the hash of its "
             "key. The key\n"
             "is ECDSA on P-256, and its file is readable for its owner alone.",
    .options = rows,
    .run = run,
};
