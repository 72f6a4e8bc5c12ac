#define _XOPEN_SOURCE 700 /* strdup, realpath */
#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

const struct settings_row settings_rows[SETTINGS_ROWS] = {
#define X(key, field, type, min, max, fallback, argument, change, text) \
    {key,                                                               \
     offsetof(struct settings, field),                                  \
     sizeof(((struct settings *)0)->field),                             \
     SETTINGS_##type,                                                   \
     min,                                                               \
     max,                                                               \
     fallback,                                                          \
     argument,                                                          \
     SETTINGS_##change,                                                 \
     text},
#include "config.def"
#undef X
};

static unsigned number_of(const struct settings_row *row)
{
    return (unsigned)(row - settings_rows);
}

void *settings_field(struct settings *settings, const struct settings_row *row)
{
    return (char *)settings + row->offset;
}

bool settings_is_default(const struct settings *settings, enum settings_number number)
{
    return settings->places[number].origin == SETTINGS_BY_DEFAULT;
}

const struct settings_place *settings_place(const struct settings *settings,
                                            const struct settings_row *row)
{
    return &settings->places[number_of(row)];
}

/* The folder of a file that is there, absolute, so that printed paths mean the same anywhere. */
static char *folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *named = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    char *folder = named ? realpath(named, NULL) : NULL;

    free(named);
    return folder;
}

static void ignore(void *user, const char *line)
{
    (void)user;
    (void)line;
}

void settings_init(struct settings *settings, const char *file)
{
    static const struct settings_place place = {SETTINGS_BY_DEFAULT, NULL, 0, 0};
    struct complaints complaints = {ignore, NULL, 0, 0};

    memset(settings, 0, sizeof *settings);
    settings->file = file;
    if (file) settings->folder = folder_of(file);
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        if (*row->fallback) settings_set(settings, row, row->fallback, &place, &complaints);
    }
}

void settings_clean_up(struct settings *settings)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++)
        value_clean_up(&settings_rows[i], settings_field(settings, &settings_rows[i]));
    free(settings->folder);
    memset(settings, 0, sizeof *settings);
}

const struct settings_row *settings_find(const char *key, size_t len)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const char *other = settings_rows[i].key;
        if (strlen(other) == len && !memcmp(other, key, len)) return &settings_rows[i];
    }
    return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    const unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

enum { KEY_MAX = 31 };

/* Levenshtein's distance: how many letters must be inserted, removed or exchanged. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned row[KEY_MAX + 1];

    for (unsigned j = 0; j <= b_len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            const unsigned above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

const char *settings_suggest(const char *key, size_t len)
{
    const char *found = NULL;
    unsigned nearest = 3;

    if (len > KEY_MAX) return NULL;
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const char *other = settings_rows[i].key;
        const size_t other_len = strlen(other);
        const unsigned steps = other_len > KEY_MAX ? nearest : distance(key, len, other, other_len);
        if (steps >= nearest || steps >= other_len / 2 + 1) continue;
        nearest = steps;
        found = other;
    }
    return found;
}

/* Takes away what another origin has left. */
static void begin(struct settings *settings, const struct settings_row *row,
                  const struct settings_place *place)
{
    struct settings_place *known = &settings->places[number_of(row)];

    if (known->origin == place->origin) return;
    if (value_is_list(row)) value_clean_up(row, settings_field(settings, row));
    *known = *place;
}

void settings_set(struct settings *settings, const struct settings_row *row, const char *text,
                  const struct settings_place *place, struct complaints *complaints)
{
    const char *folder = place->origin == SETTINGS_IN_FILE ? settings->folder : NULL;
    const struct value_reading reading = {row, text, folder, place, complaints};

    begin(settings, row, place);
    value_read(&reading, settings_field(settings, row));
}

void settings_set_empty(struct settings *settings, const struct settings_row *row,
                        const struct settings_place *place)
{
    begin(settings, row, place);
}

void settings_complain(const struct settings *settings, enum settings_number number,
                       struct complaints *complaints, const char *what)
{
    const struct value_reading reading = {&settings_rows[number], NULL, NULL,
                                          &settings->places[number], complaints};

    value_complain(&reading, COMPLAINT_WRONG, what);
}

static void exchange(void *a, void *b, size_t size)
{
    unsigned char *left = a, *right = b;

    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = left[i];
        left[i] = right[i];
        right[i] = byte;
    }
}

void settings_exchange_fixed(struct settings *settings, struct settings *in_force,
                             struct complaints *warnings)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        void *field = settings_field(settings, row), *other = settings_field(in_force, row);
        if (row->change != SETTINGS_RESTART) continue;
        if (warnings && !value_equal(row, field, other))
            settings_complain(settings, (enum settings_number)i, warnings,
                              "a change needs a new start; the old value stays");
        exchange(field, other, row->size);
        exchange(&settings->places[i], &in_force->places[i], sizeof settings->places[i]);
    }
}
