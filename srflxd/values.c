#define _GNU_SOURCE /* if_nametoindex, explicit_bzero, asprintf */
#include "values.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

/* How a field keeps what it holds. */
enum storage { PLAIN, STRING, ADDRESS_LIST, STRING_LIST };

struct type {
    enum storage storage;
    bool is_secret;
    void (*read)(const struct value_reading *reading, void *field);
    void (*write)(const struct settings_row *row, const void *entry, FILE *out);
    const char *limits; /* of MIN and MAX, for --help; NULL: none worth telling */
};

static const struct type *type_of(const struct settings_row *row);

/* Complaints */

enum { SHOWN = 60, VALUE_PATH_MAX = 4095 };

/* The beginning of a value, for a message; secrets are not shown. */
static const char *shown(const struct value_reading *reading, char ret_text[SHOWN + 4])
{
    const char *text = reading->text;
    size_t len = strlen(text);

    if (type_of(reading->row)->is_secret) return VALUE_HIDDEN;
    if (len <= SHOWN) return text;
    for (len = SHOWN; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    snprintf(ret_text, SHOWN + 4, "%.*s...", (int)len, text);
    return ret_text;
}

void value_complain(const struct value_reading *reading, enum complaint kind, const char *what)
{
    const struct settings_place *place = reading->place;
    const bool shows = reading->text != NULL;
    const char *hint = kind == COMPLAINT_WRONG ? "; try srflxd --help" : "";
    const char *key = reading->row->key;
    char room[SHOWN + 4];
    const char *value = shows ? shown(reading, room) : "";

    if (place->origin == SETTINGS_IN_FILE)
        complain(reading->complaints, kind, "%s:%u:%u: %s%s%s: %s", place->file, place->line,
                 place->column, key, shows ? ": " : "", value, what);
    else if (place->origin == SETTINGS_ON_COMMAND_LINE)
        complain(reading->complaints, kind, "--%s%s%s: %s%s", key, shows ? " " : "", value, what,
                 hint);
    else
        complain(reading->complaints, kind, "%s: %s", key, what);
}

static void wrong(const struct value_reading *reading, const char *what)
{
    value_complain(reading, COMPLAINT_WRONG, what);
}

static void wrong_limits(const struct value_reading *reading, const char *form)
{
    char what[80];

    snprintf(what, sizeof what, form, reading->row->min, reading->row->max);
    wrong(reading, what);
}

/* Numbers, durations, words */

/* Reads decimal digits up to `*end`. False if there are none, or the number is above `max`. */
static bool read_digits(const char *text, const char *end, unsigned max, unsigned *ret_number)
{
    uint64_t number = 0;

    if (text == end) return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') return false;
        number = number * 10 + (unsigned)(*text - '0');
        if (number > max) return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

static void read_number(const struct value_reading *reading, void *field)
{
    const char *end = reading->text + strlen(reading->text);
    unsigned number;

    if (!read_digits(reading->text, end, reading->row->max, &number) || number < reading->row->min)
        wrong_limits(reading, "want a number from %u to %u");
    else
        *(unsigned *)field = number;
}

static void write_number(const struct settings_row *row, const void *entry, FILE *out)
{
    (void)row;
    fprintf(out, "%u", *(const unsigned *)entry);
}

static const struct {
    char suffix;
    unsigned seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

enum { UNITS = sizeof units / sizeof *units };

/* In the largest unit that divides it. */
static void write_seconds(unsigned seconds, FILE *out)
{
    unsigned i = 0;

    while (i + 1 < UNITS && (!seconds || seconds % units[i].seconds))
        i++;
    fprintf(out, "%u%c", seconds / units[i].seconds, units[i].suffix);
}

static void wrong_duration(const struct value_reading *reading)
{
    char what[100] = "";
    FILE *out = fmemopen(what, sizeof what - 1, "w");

    if (out) {
        fputs("want a time such as 30s, 10m, 2h or 1d, from ", out);
        write_seconds(reading->row->min, out);
        fputs(" to ", out);
        write_seconds(reading->row->max, out);
        fclose(out);
    }
    wrong(reading, what);
}

static void read_duration(const struct value_reading *reading, void *field)
{
    const size_t len = strlen(reading->text);
    const struct settings_row *row = reading->row;
    unsigned number;

    for (unsigned i = 0; len && i < UNITS; i++) {
        const char *end = reading->text + len - 1;
        if (*end != units[i].suffix) continue;
        if (!read_digits(reading->text, end, row->max / units[i].seconds, &number)) break;
        if (number * units[i].seconds < row->min) break;
        *(unsigned *)field = number * units[i].seconds;
        return;
    }
    wrong_duration(reading);
}

static void write_duration(const struct settings_row *row, const void *entry, FILE *out)
{
    (void)row;
    write_seconds(*(const unsigned *)entry, out);
}

static void read_bool(const struct value_reading *reading, void *field)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(reading->text, words[i])) continue;
        *(bool *)field = i % 2;
        return;
    }
    wrong(reading, "want true or false");
}

static void write_bool(const struct settings_row *row, const void *entry, FILE *out)
{
    (void)row;
    fputs(*(const bool *)entry ? "true" : "false", out);
}

/* The word with this number in "a|b|c", NULL behind the last one. */
static const char *word_of(const struct settings_row *row, unsigned number, size_t *ret_len)
{
    const char *word = row->argument;

    for (; number && word; number--) {
        word = strchr(word, '|');
        if (word) word++;
    }
    *ret_len = word ? strcspn(word, "|") : 0;
    return word;
}

static void wrong_choice(const struct value_reading *reading)
{
    const struct settings_row *row = reading->row;
    char what[120] = "want ";
    const char *word;
    size_t len, at = strlen(what);

    for (unsigned i = 0; (word = word_of(row, i, &len)) && at < sizeof what; i++) {
        const char *next = word[len] ? strchr(word + len + 1, '|') ? ", " : " or " : "";
        at += (size_t)snprintf(what + at, sizeof what - at, "%.*s%s", (int)len, word, next);
    }
    wrong(reading, what);
}

static void read_choice(const struct value_reading *reading, void *field)
{
    const char *word;
    size_t len;

    for (unsigned i = 0; (word = word_of(reading->row, i, &len)); i++) {
        if (strlen(reading->text) != len || memcmp(reading->text, word, len)) continue;
        *(unsigned *)field = i;
        return;
    }
    wrong_choice(reading);
}

static void write_choice(const struct settings_row *row, const void *entry, FILE *out)
{
    size_t len;
    const char *word = word_of(row, *(const unsigned *)entry, &len);

    fprintf(out, "%.*s", (int)len, word);
}

/* Texts */

/* The forms of a character of more than one byte: Table 3-7 of the Unicode standard. What may follow
 * the first byte leaves out overlong forms, surrogates and what lies above U+10FFFF; all bytes after
 * the second are 80 to BF. */
static const struct {
    unsigned char first, last; /* first bytes */
    unsigned char low, high;   /* second byte */
    unsigned len;
} forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
             {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
             {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

/* The length of the UTF-8 character at `text`, 0 if there is none. */
static unsigned character_length(const unsigned char *text)
{
    unsigned form = 0, len = 2;

    if (*text < 0x80) return 1;
    while (form<sizeof forms / sizeof *forms && * text> forms[form].last)
        form++;
    if (form == sizeof forms / sizeof *forms || *text < forms[form].first) return 0;
    if (text[1] < forms[form].low || text[1] > forms[form].high) return 0;
    while (len < forms[form].len && (text[len] & 0xc0) == 0x80)
        len++;
    return len == forms[form].len ? len : 0;
}

/* Characters, or -1 if the text is no UTF-8. */
static long count_characters(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    long count = 0;

    for (; *at; count++) {
        const unsigned len = character_length(at);
        if (!len) return -1;
        at += len;
    }
    return count;
}

static char *copy(const struct value_reading *reading, const char *text)
{
    char *made = strdup(text);

    if (!made) value_complain(reading, COMPLAINT_REFUSED, "out of memory");
    return made;
}

static void free_text(const struct settings_row *row, char *text)
{
    if (text && type_of(row)->is_secret) explicit_bzero(text, strlen(text));
    free(text);
}

static void replace_text(const struct value_reading *reading, char **field, char *text)
{
    if (!text) return;
    free_text(reading->row, *field);
    *field = text;
}

static void read_text(const struct value_reading *reading, void *field)
{
    const long characters = count_characters(reading->text);

    if (characters < 0)
        wrong(
            &(struct value_reading){reading->row, NULL, NULL, reading->place, reading->complaints},
            "the text is no UTF-8");
    else if (characters < reading->row->min || characters > reading->row->max)
        wrong_limits(reading, "want %u to %u characters");
    else
        replace_text(reading, field, copy(reading, reading->text));
}

/* The path from where relative ones start; NULL, with a complaint, for what is none. */
static char *make_path(const struct value_reading *reading)
{
    char *path = NULL;

    if (!*reading->text || count_characters(reading->text) < 0)
        wrong(reading, "want the name of a file, in UTF-8");
    else if (strlen(reading->text) > VALUE_PATH_MAX)
        wrong(reading, "want at most 4095 bytes");
    else if (*reading->text == '/' || !reading->folder)
        return copy(reading, reading->text);
    else if (asprintf(&path, "%s/%s", reading->folder, reading->text) < 0)
        value_complain(reading, COMPLAINT_REFUSED, "out of memory");
    return path;
}

static void read_path(const struct value_reading *reading, void *field)
{
    replace_text(reading, field, make_path(reading));
}

/* What may be said about a secret: that it cannot be, and what can. */
static bool secret_can_be(const struct value_reading *reading)
{
    if (reading->place->origin == SETTINGS_ON_COMMAND_LINE) {
        wrong(reading, "everybody can read a command line; want it in the file of --config");
    } else if (!strcmp(reading->text, VALUE_HIDDEN)) {
        wrong(reading, "this is what --print-config shows instead of a secret; want the secret");
    } else {
        return true;
    }
    return false;
}

static void read_secret(const struct value_reading *reading, void *field)
{
    const size_t len = strlen(reading->text);

    if (!secret_can_be(reading)) return;
    if (len < reading->row->min || len > reading->row->max)
        wrong_limits(reading, "want %u to %u bytes");
    else
        replace_text(reading, field, copy(reading, reading->text));
}

/* In double quotes, where YAML gives no character but two a meaning. */
static void write_text(const struct settings_row *row, const void *entry, FILE *out)
{
    (void)row;
    fputc('"', out);
    for (const char *byte = *(char *const *)entry; *byte; byte++) {
        if ((unsigned char)*byte < 0x20 || *byte == 0x7f) {
            fprintf(out, "\\x%02x", (unsigned)*byte);
            continue;
        }
        if (*byte == '"' || *byte == '\\') fputc('\\', out);
        fputc(*byte, out);
    }
    fputc('"', out);
}

static void write_secret(const struct settings_row *row, const void *entry, FILE *out)
{
    (void)row;
    (void)entry;
    fputs("\"" VALUE_HIDDEN "\"", out);
}

static bool has_room(const struct value_reading *reading, const struct settings_texts *texts)
{
    if (texts->count < reading->row->max) return true;
    wrong_limits(reading, "want from %u to %u of them");
    return false;
}

static void append(struct settings_texts *texts, char *text)
{
    if (text) texts->list[texts->count++] = text;
}

static void add_text(const struct value_reading *reading, void *field)
{
    if (!has_room(reading, field)) return;
    if (count_characters(reading->text) < 1)
        wrong(reading, "want a text in UTF-8");
    else
        append(field, copy(reading, reading->text));
}

static void add_path(const struct value_reading *reading, void *field)
{
    if (has_room(reading, field)) append(field, make_path(reading));
}

static void add_secret(const struct value_reading *reading, void *field)
{
    if (secret_can_be(reading)) add_text(reading, field);
}

/* Addresses */

/* Copies the value with the number of an interface in place of its name: fe80::1%eth0 becomes
 * fe80::1%2. The library reads numeric zones only, as it knows no interfaces. */
static bool number_zone(const struct value_reading *reading, char *ret_text, size_t cap)
{
    const char *percent = strchr(reading->text, '%');
    char name[IF_NAMESIZE] = "";
    size_t before, len;
    unsigned index;

    snprintf(ret_text, cap, "%s", reading->text);
    if (!percent) return true;
    before = (size_t)(percent - reading->text);
    len = strcspn(percent + 1, "]");
    if (strspn(percent + 1, "0123456789") == len) return true;
    if (len < sizeof name) memcpy(name, percent + 1, len);
    index = if_nametoindex(name);
    if (!index) {
        value_complain(reading, COMPLAINT_REFUSED,
                       "this machine has no network interface of that name");
        return false;
    }
    snprintf(ret_text, cap, "%.*s%%%u%s", (int)before, reading->text, index, percent + 1 + len);
    return true;
}

static bool is_link_local(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV6 && addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80;
}

static void add_address(const struct value_reading *reading, void *field)
{
    struct settings_addresses *addresses = field;
    char text[SRFLX_ADDR_TEXT + IF_NAMESIZE];
    struct srflx_addr addr;

    if (!number_zone(reading, text, sizeof text)) return;
    if (addresses->count == reading->row->max)
        wrong_limits(reading, "want from %u to %u addresses");
    else if (srflx_addr_parse(text, &addr))
        wrong(reading, "want an address such as 192.0.2.1, 192.0.2.1:3478 or [2001:db8::1]:3478");
    else if (srflx_addr_is_multicast(&addr))
        wrong(reading, "no answer can leave from there");
    else if (is_link_local(&addr) && !addr.scope)
        wrong(reading, "link-local: name its interface, as in fe80::1%eth0");
    else
        addresses->list[addresses->count++] = addr;
}

static void write_address(const struct settings_row *row, const void *entry, FILE *out)
{
    const struct srflx_addr *addr = entry;
    char text[SRFLX_ADDR_TEXT];

    (void)row;
    fprintf(out, "\"%s\"",
            addr->port ? srflx_addr_write(addr, text) : srflx_addr_write_ip(addr, text));
}

/* The types */

static const struct type types[] = {
    [SETTINGS_NUMBER] = {PLAIN, false, read_number, write_number, "; %u to %u"},
    [SETTINGS_TEXT] = {STRING, false, read_text, write_text, "; %u to %u characters"},
    [SETTINGS_PATH] = {STRING, false, read_path, write_text, NULL},
    [SETTINGS_SECRET] = {STRING, true, read_secret, write_secret, "; %u to %u bytes"},
    [SETTINGS_CHOICE] = {PLAIN, false, read_choice, write_choice, NULL},
    [SETTINGS_BOOL] = {PLAIN, false, read_bool, write_bool, NULL},
    [SETTINGS_DURATION] = {PLAIN, false, read_duration, write_duration, NULL},
    [SETTINGS_ADDRESSES] = {ADDRESS_LIST, false, add_address, write_address, NULL},
    [SETTINGS_TEXTS] = {STRING_LIST, false, add_text, write_text, NULL},
    [SETTINGS_SECRETS] = {STRING_LIST, true, add_secret, write_secret, NULL},
    [SETTINGS_PATHS] = {STRING_LIST, false, add_path, write_text, NULL},
};

static const struct type *type_of(const struct settings_row *row)
{
    return &types[row->type];
}

bool value_is_list(const struct settings_row *row)
{
    return type_of(row)->storage == ADDRESS_LIST || type_of(row)->storage == STRING_LIST;
}

bool value_is_secret(const struct settings_row *row)
{
    return type_of(row)->is_secret;
}

void value_read(const struct value_reading *reading, void *field)
{
    type_of(reading->row)->read(reading, field);
}

static const void *entry_of(const struct settings_row *row, const void *field, unsigned number)
{
    switch (type_of(row)->storage) {
    case PLAIN:
    case STRING:
        break;
    case ADDRESS_LIST:
        return &((const struct settings_addresses *)field)->list[number];
    case STRING_LIST:
        return &((const struct settings_texts *)field)->list[number];
    }
    return field;
}

void value_write(const struct settings_row *row, const void *field, unsigned number, FILE *out)
{
    type_of(row)->write(row, entry_of(row, field, number), out);
}

unsigned value_count(const struct settings_row *row, const void *field)
{
    switch (type_of(row)->storage) {
    case PLAIN:
    case STRING:
        break;
    case ADDRESS_LIST:
        return ((const struct settings_addresses *)field)->count;
    case STRING_LIST:
        return ((const struct settings_texts *)field)->count;
    }
    return 1;
}

bool value_is_absent(const struct settings_row *row, const void *field)
{
    if (row->type == SETTINGS_NUMBER) return *(const unsigned *)field < row->min;
    if (type_of(row)->storage == STRING) return !*(char *const *)field;
    return !value_count(row, field);
}

static bool entry_equal(const struct settings_row *row, const void *a, const void *b)
{
    switch (type_of(row)->storage) {
    case PLAIN:
        break;
    case ADDRESS_LIST:
        return srflx_addr_equal(a, b);
    case STRING:
    case STRING_LIST:
        return !strcmp(*(char *const *)a, *(char *const *)b);
    }
    return !memcmp(a, b, row->size);
}

bool value_equal(const struct settings_row *row, const void *a, const void *b)
{
    const unsigned count = value_count(row, a);

    if (value_is_absent(row, a) || value_is_absent(row, b))
        return value_is_absent(row, a) == value_is_absent(row, b);
    if (count != value_count(row, b)) return false;
    for (unsigned i = 0; i < count; i++)
        if (!entry_equal(row, entry_of(row, a, i), entry_of(row, b, i))) return false;
    return true;
}

void value_write_limits(const struct settings_row *row, FILE *out)
{
    if (type_of(row)->limits) fprintf(out, type_of(row)->limits, row->min, row->max);
}

void value_clean_up(const struct settings_row *row, void *field)
{
    if (type_of(row)->storage == STRING) free_text(row, *(char **)field);
    if (type_of(row)->storage == STRING_LIST) {
        struct settings_texts *texts = field;
        for (unsigned i = 0; i < texts->count; i++)
            free_text(row, texts->list[i]);
    }
    memset(field, 0, row->size);
}
