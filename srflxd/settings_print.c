#include "settings_print.h"

#include "values.h"

static void print_place(const struct settings_place *place, FILE *out)
{
    switch (place->origin) {
    case SETTINGS_BY_DEFAULT:
        fputs("  # default\n", out);
        break;
    case SETTINGS_IN_FILE:
        fprintf(out, "  # %s:%u\n", place->file, place->line);
        break;
    case SETTINGS_ON_COMMAND_LINE:
        fputs("  # command line\n", out);
        break;
    }
}

static void print_setting(const struct settings_row *row, struct settings *settings, FILE *out)
{
    const struct settings_place *place = settings_place(settings, row);
    const void *field = settings_field(settings, row);

    if (value_is_list(row) && !value_count(row, field) && place->origin != SETTINGS_BY_DEFAULT) {
        fprintf(out, "%s: []", row->key);
        print_place(place, out);
    } else if (value_is_absent(row, field)) {
        fprintf(out, "#%s:", row->key);
        print_place(place, out);
    } else if (value_is_list(row)) {
        fprintf(out, "%s:", row->key);
        print_place(place, out);
        for (unsigned i = 0; i < value_count(row, field); i++) {
            fputs("  - ", out);
            value_write(row, field, i, out);
            fputc('\n', out);
        }
    } else {
        fprintf(out, "%s: ", row->key);
        value_write(row, field, 0, out);
        print_place(place, out);
    }
}

void settings_print(struct settings *settings, FILE *out)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++)
        print_setting(&settings_rows[i], settings, out);
}

void settings_print_sample(FILE *out)
{
    fputs("# Configuration of srflxd, for srflxd --config FILE. What is commented out is the "
          "default, or\n"
          "# shows the form where there is none. To see what is wrong with a file:\n"
          "# srflxd --check-config --config FILE\n"
          "# SIGHUP makes a running server read its file again.\n",
          out);
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        fprintf(out, "\n# %s", row->text);
        value_write_limits(row, out);
        fprintf(out, "%s\n#%s: %s\n",
                row->change == SETTINGS_RESTART ? "\n# (a change needs a new start)" : "", row->key,
                *row->fallback ? row->fallback : row->argument);
    }
}
