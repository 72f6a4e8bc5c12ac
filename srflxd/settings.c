#define _POSIX_C_SOURCE 200809L /* if_nametoindex */
#include "settings.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <srflx/addr.h>

enum type { ADDRESSES, NUMBER, TEXT, LEVEL };

struct row {
    const char *key;
    size_t offset; /* of the field in struct settings */
    enum type type;
    unsigned min, max;
    const char *fallback, *argument, *text;
};

static const struct row rows[] = {
#define X(key, field, type, min, max, fallback, argument, text) \
    {key, offsetof(struct settings, field), type, min, max, fallback, argument, text},
#include "config.def"
#undef X
};

enum { ROWS = sizeof rows / sizeof *rows };

/* One option with its value, while it is read. */
struct setting {
    const struct row *row;
    const char *value;
    char *message;
};

static enum settings_action wrong(const struct setting *setting, const char *what)
{
    snprintf(setting->message, SETTINGS_MESSAGE, "--%s %s: %s", setting->row->key, setting->value,
             what);
    return SETTINGS_WRONG;
}

static enum settings_action out_of_range(const struct setting *setting, const char *form)
{
    char what[80];

    snprintf(what, sizeof what, form, setting->row->min, setting->row->max);
    return wrong(setting, what);
}

static enum settings_action set_number(const struct setting *setting, unsigned *ret_number)
{
    static const char form[] = "want a number from %u to %u";
    unsigned number = 0;

    for (const char *digit = setting->value; *digit; digit++) {
        if (*digit < '0' || *digit > '9') return out_of_range(setting, form);
        number = number * 10 + (unsigned)(*digit - '0');
        if (number > setting->row->max) return out_of_range(setting, form);
    }
    if (!*setting->value || number < setting->row->min) return out_of_range(setting, form);
    *ret_number = number;
    return SETTINGS_START;
}

/* Characters of UTF-8; whether it is UTF-8 at all, the server says. */
static enum settings_action set_text(const struct setting *setting, const char **ret_text)
{
    unsigned characters = 0;

    for (const char *byte = setting->value; *byte; byte++)
        characters += ((unsigned char)*byte & 0xc0) != 0x80;
    if (characters < setting->row->min || characters > setting->row->max)
        return out_of_range(setting, "want %u to %u characters");
    *ret_text = setting->value;
    return SETTINGS_START;
}

static enum settings_action set_level(const struct setting *setting, enum log_level *ret_level)
{
    for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(setting->value, log_level_text((enum log_level)i))) continue;
        *ret_level = (enum log_level)i;
        return SETTINGS_START;
    }
    return wrong(setting, "want error, warn, info or debug");
}

/* Copies the value with the number of an interface in place of its name: fe80::1%eth0 becomes
 * fe80::1%2. The library reads numeric zones only, as it knows no interfaces. */
static enum settings_action number_zone(const struct setting *setting, char *ret_text, size_t cap)
{
    const char *percent = strchr(setting->value, '%');
    char name[IF_NAMESIZE] = "";
    size_t before, len;
    unsigned index;

    snprintf(ret_text, cap, "%s", setting->value);
    if (!percent) return SETTINGS_START;
    before = (size_t)(percent - setting->value);
    len = strcspn(percent + 1, "]");
    if (strspn(percent + 1, "0123456789") == len) return SETTINGS_START;
    if (len < sizeof name) memcpy(name, percent + 1, len);
    index = if_nametoindex(name);
    if (!index) {
        wrong(setting, "this machine has no network interface of that name");
        return SETTINGS_NO_INTERFACE;
    }
    snprintf(ret_text, cap, "%.*s%%%u%s", (int)before, setting->value, index, percent + 1 + len);
    return SETTINGS_START;
}

static bool is_link_local(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV6 && addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80;
}

static enum settings_action add_address(const struct setting *setting,
                                        struct settings_addresses *addresses)
{
    char text[SRFLX_ADDR_TEXT + IF_NAMESIZE];
    struct srflx_addr addr;
    const enum settings_action action = number_zone(setting, text, sizeof text);

    if (action != SETTINGS_START) return action;
    if (addresses->count == setting->row->max)
        return out_of_range(setting, "want from %u to %u addresses");
    if (srflx_addr_parse(text, &addr))
        return wrong(setting, "want an address such as 192.0.2.1, 192.0.2.1:3478 or "
                              "[2001:db8::1]:3478");
    if (srflx_addr_is_multicast(&addr)) return wrong(setting, "no answer can leave from there");
    if (is_link_local(&addr) && !addr.scope)
        return wrong(setting, "link-local: name its interface, as in fe80::1%eth0");
    addresses->list[addresses->count++] = addr;
    return SETTINGS_START;
}

static enum settings_action set(const struct setting *setting, struct settings *settings)
{
    void *field = (char *)settings + setting->row->offset;

    switch (setting->row->type) {
    case ADDRESSES:
        return add_address(setting, field);
    case NUMBER:
        return set_number(setting, field);
    case TEXT:
        return set_text(setting, field);
    case LEVEL:
        return set_level(setting, field);
    }
    return SETTINGS_WRONG;
}

static void set_defaults(struct settings *ret_settings)
{
    char message[SETTINGS_MESSAGE];

    memset(ret_settings, 0, sizeof *ret_settings);
    for (unsigned i = 0; i < ROWS; i++) {
        const struct setting setting = {&rows[i], rows[i].fallback, message};
        if (*rows[i].fallback) (void)set(&setting, ret_settings);
    }
}

/* The row of "--key" or "--key=value"; NULL if there is none. */
static const struct row *find_row(const char *word)
{
    if (strncmp(word, "--", 2)) return NULL;
    for (unsigned i = 0; i < ROWS; i++) {
        const size_t len = strlen(rows[i].key);
        if (strncmp(word + 2, rows[i].key, len)) continue;
        if (word[2 + len] == '\0' || word[2 + len] == '=') return &rows[i];
    }
    return NULL;
}

enum settings_action settings_parse(int argc, char **argv, struct settings *ret_settings,
                                    char *ret_message)
{
    set_defaults(ret_settings);
    for (int i = 1; i < argc; i++) {
        struct setting setting = {find_row(argv[i]), strchr(argv[i], '='), ret_message};
        enum settings_action action;

        if (!strcmp(argv[i], "--help")) return SETTINGS_HELP;
        if (!strcmp(argv[i], "--version")) return SETTINGS_VERSION;
        if (!setting.row) {
            snprintf(ret_message, SETTINGS_MESSAGE, "%s: no such option", argv[i]);
            return SETTINGS_WRONG;
        }
        if (!setting.value && i + 1 == argc) {
            snprintf(ret_message, SETTINGS_MESSAGE, "%s: %s is missing", argv[i],
                     setting.row->argument);
            return SETTINGS_WRONG;
        }
        setting.value = setting.value ? setting.value + 1 : argv[++i];
        action = set(&setting, ret_settings);
        if (action != SETTINGS_START) return action;
    }
    return SETTINGS_START;
}

static void describe(const struct row *row, FILE *out)
{
    char usage[40];

    snprintf(usage, sizeof usage, "--%s %s", row->key, row->argument);
    fprintf(out, "  %-22s %s", usage, row->text);
    if (row->type == NUMBER) fprintf(out, "; %u to %u", row->min, row->max);
    if (row->type == TEXT) fprintf(out, "; up to %u characters", row->max);
    if (*row->fallback) fprintf(out, "; default %s", row->fallback);
    fputc('\n', out);
}

void settings_help(FILE *out)
{
    fputs("Usage: srflxd [OPTION]...\n"
          "Answers STUN requests over UDP (RFC 8489, RFC 5389, RFC 3489). Needs no options.\n\n",
          out);
    for (unsigned i = 0; i < ROWS; i++)
        describe(&rows[i], out);
    fputs("  --help                 show this and stop\n"
          "  --version              show the version and stop\n\n"
          "SIGINT or SIGTERM stop the server, which then says what it has done.\n"
          "Exit status: 0 stopped as asked, 2 wrong usage, 4 the system refused.\n",
          out);
}
