/* One value of each type of config.def: read from text, written as YAML, given back. */
#ifndef SRFLXD_VALUES_H
#define SRFLXD_VALUES_H

#include "settings.h"

/* One value, while it is read. */
struct value_reading {
    const struct settings_row *row;
    const char *text;
    const char *folder; /* where a relative path starts; NULL: where the program runs */
    const struct settings_place *place;
    struct complaints *complaints;
};

/* Sets the field, or adds to it if it is a list; or complains and leaves it as it was. */
void value_read(const struct value_reading *reading, void *field);

/* Writes a value on one line, quoted where its type needs that; of a list the entry with this
 * number. Secrets are written as VALUE_HIDDEN. */
void value_write(const struct settings_row *row, const void *field, unsigned number, FILE *out);

#define VALUE_HIDDEN "(hidden)"

/* True if the field has been left empty: nothing would be written. */
bool value_is_absent(const struct settings_row *row, const void *field);

/* True if both would be written alike, secrets seen through. */
bool value_equal(const struct settings_row *row, const void *a, const void *b);

bool value_is_list(const struct settings_row *row);
bool value_is_secret(const struct settings_row *row);

/* The entries of a list, 1 for what is none. */
unsigned value_count(const struct settings_row *row, const void *field);

/* What MIN and MAX of the row allow, as a continuation of its help: "; 1 to 64". */
void value_write_limits(const struct settings_row *row, FILE *out);

/* Frees what the field owns, and leaves it absent. */
void value_clean_up(const struct settings_row *row, void *field);

/* "FILE:3:7: port" or "--port": what complaints about the key begin with. */
void value_complain(const struct value_reading *reading, enum complaint kind, const char *what);

#endif
