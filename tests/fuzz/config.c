/* A configuration file of any bytes: what is said about it can be shown on a terminal, and what it sets can be
 * printed and says the same when it is read again. */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include "fuzz.h"

#include "config_file.h"
#include "settings_print.h"
#include "values.h"

enum { PRINTED = 1 << 16 };

static void check_line(void *user, const char *line)
{
    unsigned *lines = user;

    REQUIRE(!strncmp(line, "f:", 2) || !strncmp(line, "f ", 2));
    for (const unsigned char *at = (const unsigned char *)line; *at; at++) {
        REQUIRE(*at >= 0x20 && *at != 0x7f);
        REQUIRE(*at != 0xc2 || at[1] < 0x80 || at[1] >= 0xa0);
    }
    REQUIRE(++*lines <= COMPLAINTS_SAID);
}

/* Returns how much was wrong. */
static unsigned read_settings(struct srflx_view bytes, struct settings *settings)
{
    unsigned lines = 0;
    struct complaints complaints = {check_line, &lines, 0, 0};

    settings_init(settings, "f");
    config_file_parse(bytes, settings, &complaints);
    REQUIRE(lines == complaints_count(&complaints) || lines == COMPLAINTS_SAID);
    return complaints_count(&complaints);
}

static bool has_secrets(struct settings *settings)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        if (value_is_secret(row) && !value_is_absent(row, settings_field(settings, row)))
            return true;
    }
    return false;
}

static void check_printed(struct settings *settings)
{
    char *text = calloc(1, PRINTED);
    FILE *out = text ? fmemopen(text, PRINTED, "w") : NULL;
    struct settings again;

    REQUIRE(out != NULL);
    settings_print(settings, out);
    REQUIRE(!fclose(out));
    REQUIRE(!read_settings((struct srflx_view){(uint8_t *)text, strlen(text)}, &again));
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        const struct settings_row *row = &settings_rows[i];
        REQUIRE(value_equal(row, settings_field(settings, row), settings_field(&again, row)));
    }
    settings_clean_up(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct srflx_view bytes = heap_copy((struct srflx_view){data, size});
    struct settings settings;

    if (!read_settings(bytes, &settings) && !has_secrets(&settings)) check_printed(&settings);
    settings_clean_up(&settings);
    heap_free(bytes);
    return 0;
}
