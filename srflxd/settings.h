/* What an operator can set, as config.def describes it, and where each value came from. */
#ifndef SRFLXD_SETTINGS_H
#define SRFLXD_SETTINGS_H

#include <stdio.h>

#include <srflx/types.h>
#include <srflx/verdict.h>

#include "complaints.h"
#include "log.h"

enum { SETTINGS_LIST_MAX = 32, SETTINGS_WORKERS_MAX = 64, SETTINGS_CERTIFICATES_MAX = 16 };

/* Addresses with port 0 take the port of the key `port`. */
struct settings_addresses {
    struct srflx_addr list[SETTINGS_LIST_MAX];
    unsigned count;
};

struct settings_texts {
    char *list[SETTINGS_LIST_MAX];
    unsigned count;
};

/* Every type of config.def: its name, and what a field of it is. What the types do stands in
 * values.c. */
#define SETTINGS_TYPE_MAP(X) \
    X(NUMBER)                \
    X(TEXT)                  \
    X(PATH)                  \
    X(SECRET)                \
    X(CHOICE)                \
    X(BOOL)                  \
    X(DURATION)              \
    X(ADDRESSES)             \
    X(TEXTS)                 \
    X(SECRETS)               \
    X(PATHS)
#define SETTINGS_FIELD_NUMBER unsigned
#define SETTINGS_FIELD_TEXT char *
#define SETTINGS_FIELD_PATH char *
#define SETTINGS_FIELD_SECRET char *
#define SETTINGS_FIELD_CHOICE unsigned /* the place of the word in ARGUMENT */
#define SETTINGS_FIELD_BOOL bool
#define SETTINGS_FIELD_DURATION unsigned /* seconds */
#define SETTINGS_FIELD_ADDRESSES struct settings_addresses
#define SETTINGS_FIELD_TEXTS struct settings_texts
#define SETTINGS_FIELD_SECRETS struct settings_texts
#define SETTINGS_FIELD_PATHS struct settings_texts

enum settings_type {
#define SETTINGS_TYPE_ENUM(name) SETTINGS_##name,
    SETTINGS_TYPE_MAP(SETTINGS_TYPE_ENUM)
#undef SETTINGS_TYPE_ENUM
};

enum settings_change { SETTINGS_RELOAD, SETTINGS_RESTART };

/* One line of config.def. */
struct settings_row {
    const char *key;
    size_t offset, size; /* of the field in struct settings */
    enum settings_type type;
    unsigned min, max;
    const char *fallback, *argument;
    enum settings_change change;
    const char *text;
};

enum settings_number {
#define X(key, field, type, min, max, fallback, argument, change, text) SETTINGS_NUMBER_OF_##field,
#include "config.def"
#undef X
    SETTINGS_ROWS
};

extern const struct settings_row settings_rows[SETTINGS_ROWS];

enum settings_origin { SETTINGS_BY_DEFAULT, SETTINGS_IN_FILE, SETTINGS_ON_COMMAND_LINE };

/* Where a value stands. */
struct settings_place {
    enum settings_origin origin;
    const char *file;      /* in a file: its name */
    unsigned line, column; /* from 1 */
};

struct settings {
#define X(key, field, type, min, max, fallback, argument, change, text) SETTINGS_FIELD_##type field;
#include "config.def"
#undef X
    const char *file; /* the configuration file as it was named, NULL if there is none; borrowed */
    char *folder;     /* where it lies: the start of relative paths */
    struct settings_place places[SETTINGS_ROWS];
};

/* The defaults. `file` is borrowed; NULL: none. Whatever comes of the settings, they are to be cleaned
 * up: they own their texts and wipe their secrets. */
void settings_init(struct settings *settings, const char *file);
void settings_clean_up(struct settings *settings);

/* The row of a key, which need not end with a NUL; NULL if there is none. */
const struct settings_row *settings_find(const char *key, size_t len);

/* The key that somebody may have meant, NULL if none is close. */
const char *settings_suggest(const char *key, size_t len);

/* Sets a key, or adds to a list, and remembers the place. A place of another origin than before
 * replaces what was there. Complains about a value that cannot be. */
void settings_set(struct settings *settings, const struct settings_row *row, const char *text,
                  const struct settings_place *place, struct complaints *complaints);

/* Sets a list to one without entries, as `key: []` does. */
void settings_set_empty(struct settings *settings, const struct settings_row *row,
                        const struct settings_place *place);

/* True if nobody has set the key. */
bool settings_is_default(const struct settings *settings, enum settings_number number);

const struct settings_place *settings_place(const struct settings *settings,
                                            const struct settings_row *row);
void *settings_field(struct settings *settings, const struct settings_row *row);

/* Complains about the value that a key has, in the same words as when it was read. For whoever finds
 * out later that it cannot be: a file that does not open, keys that do not go together. */
void settings_complain(const struct settings *settings, enum settings_number number,
                       struct complaints *complaints, const char *what);

/* Lets the values that need a new start (RESTART) trade places: `settings` gets those in force.
 * `warnings`, if not NULL, hears of each that would have been another. */
void settings_exchange_fixed(struct settings *settings, struct settings *in_force,
                             struct complaints *warnings);

#endif
