#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <check.h>

#include <stdlib.h>

#include "complaints_for_tests.h"
#include "values.h"

/* A row of a table that has every type, and a field for each. */
static struct settings_row row_of(enum settings_type type, unsigned min, unsigned max, size_t size,
                                  const char *argument)
{
    return (struct settings_row){"key",           0,     size, type, min, max, "", argument,
                                 SETTINGS_RELOAD, "text"};
}

static const struct settings_place in_file = {SETTINGS_IN_FILE, "f.yaml", 3, 7};
static const struct settings_place on_line = {SETTINGS_ON_COMMAND_LINE, NULL, 0, 0};

/* Reads, and returns what was said. */
static const char *read_at(const struct settings_place *place, const struct settings_row *row,
                           const char *text, void *field, struct kept *kept)
{
    struct complaints complaints = keep_complaints(kept);
    const struct value_reading reading = {row, text, "/folder", place, &complaints};

    value_read(&reading, field);
    CHECK(complaints_count(&complaints) == (kept->text[0] != '\0'));
    return kept->text;
}

#define READ(text) read_at(&in_file, &row, text, &field, &kept)

static const char *written(const struct settings_row *row, const void *field, unsigned number,
                           char text[200])
{
    FILE *out;

    memset(text, 0, 200);
    out = fmemopen(text, 200, "w");
    value_write(row, field, number, out);
    fclose(out);
    return text;
}

#define CHECK_WRITTEN(number, text)                                 \
    do {                                                            \
        char check_room[200];                                       \
        CHECK_STR(written(&row, &field, number, check_room), text); \
    } while (0)

TEST(numbers)
{
    const struct settings_row row = row_of(SETTINGS_NUMBER, 2, 4294967295, sizeof(unsigned), "N");
    static const char *const wrong[] = {
        "", "1", "4294967296", "99999999999999999999", "+3", "3x", "-3", " 3", "0x3", "3.0", "1_0"};
    unsigned field = 0;
    struct kept kept;

    CHECK(value_is_absent(&row, &field));
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char said[200];
        snprintf(said, sizeof said, "f.yaml:3:7: key: %s: want a number from 2 to 4294967295\n",
                 wrong[i]);
        CHECK_STR(READ(wrong[i]), said);
        CHECK_INT(field, 0);
    }
    CHECK_STR(READ("4294967295"), "");
    CHECK_INT(field, 4294967295);
    CHECK_STR(READ("2"), "");
    CHECK_WRITTEN(0, "2");
    CHECK(!value_is_absent(&row, &field));
}

TEST(durations)
{
    const struct settings_row row = row_of(SETTINGS_DURATION, 10, 172800, sizeof(unsigned), "TIME");
    static const struct {
        const char *text;
        unsigned seconds;
        const char *again;
    } right[] = {{"10s", 10, "10s"},   {"90s", 90, "90s"},       {"120s", 120, "2m"},
                 {"1h", 3600, "1h"},   {"36h", 129600, "36h"},   {"48h", 172800, "2d"},
                 {"2d", 172800, "2d"}, {"172800s", 172800, "2d"}};
    static const char *const wrong[] = {
        "",   "10",  "9s",  "s",  "172801s",        "3d", "1.5h", "1w",
        "1H", "1 h", "-1h", "0d", "99999999999999d"};
    unsigned field = 0;
    struct kept kept;

    for (unsigned i = 0; i < sizeof right / sizeof *right; i++) {
        CHECK_STR(READ(right[i].text), "");
        CHECK_INT(field, right[i].seconds);
        CHECK_WRITTEN(0, right[i].again);
    }
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char said[200];
        snprintf(said, sizeof said,
                 "f.yaml:3:7: key: %s: want a time such as 30s, 10m, 2h or 1d, from 10s to 2d\n",
                 wrong[i]);
        CHECK_STR(READ(wrong[i]), said);
        CHECK_INT(field, 172800);
    }
    field = 0;
    CHECK_WRITTEN(0, "0s");
}

TEST(booleans)
{
    const struct settings_row row = row_of(SETTINGS_BOOL, 0, 0, sizeof(bool), "true|false");
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    bool field = false;
    struct kept kept;

    for (unsigned i = 0; i < 3; i++) {
        CHECK_STR(READ(yes[i]), "");
        CHECK(field);
        CHECK_WRITTEN(0, "true");
        CHECK_STR(READ(no[i]), "");
        CHECK(!field);
        CHECK_WRITTEN(0, "false");
    }
    CHECK_STR(READ("True"), "f.yaml:3:7: key: True: want true or false\n");
    CHECK_STR(READ("1"), "f.yaml:3:7: key: 1: want true or false\n");
    CHECK(!value_is_absent(&row, &field));
}

TEST(choices)
{
    const struct settings_row row = row_of(SETTINGS_CHOICE, 0, 0, sizeof(unsigned), "a|b-c|def");
    static const char *const wrong[] = {"", "a|b-c", "b", "de", "defg", "A", "|"};
    unsigned field = 9;
    struct kept kept;

    CHECK_STR(READ("a"), "");
    CHECK_INT(field, 0);
    CHECK_WRITTEN(0, "a");
    CHECK_STR(READ("b-c"), "");
    CHECK_INT(field, 1);
    CHECK_WRITTEN(0, "b-c");
    CHECK_STR(READ("def"), "");
    CHECK_INT(field, 2);
    CHECK_WRITTEN(0, "def");
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char said[200];
        snprintf(said, sizeof said, "f.yaml:3:7: key: %s: want a, b-c or def\n", wrong[i]);
        CHECK_STR(READ(wrong[i]), said);
    }
}

TEST(the_words_of_log_level_are_those_of_the_log)
{
    const struct settings_row *row = settings_find("log-level", 9);

    for (unsigned field = 0; field < LOG_LEVEL_COUNT; field++) {
        char text[200];
        CHECK_STR(written(row, &field, 0, text), log_level_text((enum log_level)field));
    }
}

/* spec: R8489-14.14-02 */
TEST(texts_are_limited_in_characters_not_bytes)
{
    const struct settings_row row = row_of(SETTINGS_TEXT, 0, 127, sizeof(char *), "TEXT");
    char text[3 * 128 + 1] = "", *field = NULL;
    struct kept kept;

    CHECK(value_is_absent(&row, &field));
    for (size_t i = 0; i < 127; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 4);
    CHECK_STR(READ(text), "");
    CHECK_STR(field, text);
    memcpy(text + 3 * 127, "x", 2);
    CHECK(strstr(READ(text), "\xe2\x82\xac...: want 0 to 127 characters\n"));
    memset(text, 'x', 128);
    text[128] = '\0';
    CHECK_STR(READ(text),
              "f.yaml:3:7: key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
              "xxxx...: want 0 to 127 characters\n");
    CHECK_STR(READ(""), "");
    CHECK(!value_is_absent(&row, &field));
    value_clean_up(&row, &field);
    CHECK_NULL(field);
}

/* Table 3-7 of the Unicode standard, at its bounds. */
TEST(texts_are_utf8)
{
    const struct settings_row row = row_of(SETTINGS_TEXT, 0, 8, sizeof(char *), "TEXT");
    static const char *const right[] = {"\x7f",         "\xc2\x80",         "\xdf\xbf",
                                        "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
                                        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const wrong[] = {"\x80",         "\xc1\xbf",         "\xc2",
                                        "\xc2\xc0",     "\xe0\x9f\xbf",     "\xe1\x80",
                                        "\xe1\x80x",    "\xed\xa0\x80",     "\xf0\x8f\xbf\xbf",
                                        "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                        "\xff"};
    char *field = NULL;
    struct kept kept;

    for (unsigned i = 0; i < sizeof right / sizeof *right; i++)
        CHECK_STR(READ(right[i]), "");
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STR(READ(wrong[i]), "f.yaml:3:7: key: the text is no UTF-8\n");
    value_clean_up(&row, &field);
}

TEST(texts_are_written_for_yaml)
{
    const struct settings_row row = row_of(SETTINGS_TEXT, 0, 127, sizeof(char *), "TEXT");
    char *field = NULL;
    struct kept kept;

    CHECK_STR(READ("a \"b\" \\ #: \n\x7f\xe2\x82\xac"), "");
    CHECK_WRITTEN(0, "\"a \\\"b\\\" \\\\ #: \\x0a\\x7f\xe2\x82\xac\"");
    value_clean_up(&row, &field);
}

TEST(paths_start_where_the_file_lies)
{
    const struct settings_row row = row_of(SETTINGS_PATH, 1, 4095, sizeof(char *), "FILE");
    char *field = NULL;
    struct kept kept;
    struct complaints complaints = keep_complaints(&kept);
    const struct value_reading bare = {&row, "a/b", NULL, &on_line, &complaints};

    CHECK_STR(READ("a/b"), "");
    CHECK_STR(field, "/folder/a/b");
    CHECK_STR(READ("/a/b"), "");
    CHECK_STR(field, "/a/b");
    value_read(&bare, &field);
    CHECK_STR(field, "a/b");
    CHECK_STR(READ(""), "f.yaml:3:7: key: : want the name of a file, in UTF-8\n");
    value_clean_up(&row, &field);
}

TEST(secrets_are_never_shown)
{
    const struct settings_row row = row_of(SETTINGS_SECRET, 4, 8, sizeof(char *), "SECRET");
    char *field = NULL;
    struct kept kept;

    CHECK_STR(READ("xyz"), "f.yaml:3:7: key: (hidden): want 4 to 8 bytes\n");
    CHECK_STR(READ("xyzxyzxyz"), "f.yaml:3:7: key: (hidden): want 4 to 8 bytes\n");
    CHECK_STR(READ("(hidden)"), "f.yaml:3:7: key: (hidden): this is what --print-config shows "
                                "instead of a secret; want the secret\n");
    CHECK_STR(read_at(&on_line, &row, "sesame", &field, &kept),
              "--key (hidden): everybody can read a command line; want it in the file of --config; "
              "try srflxd --help\n");
    CHECK_NULL(field);
    CHECK_STR(READ("sesame"), "");
    CHECK_STR(field, "sesame");
    CHECK_WRITTEN(0, "\"(hidden)\"");
    CHECK(value_is_secret(&row));
    value_clean_up(&row, &field);
}

TEST(lists_of_texts_and_secrets)
{
    static const enum settings_type types[] = {SETTINGS_TEXTS, SETTINGS_SECRETS};

    for (unsigned i = 0; i < 2; i++) {
        const struct settings_row row =
            row_of(types[i], 0, 2, sizeof(struct settings_texts), "TEXT");
        struct settings_texts field = {0};
        struct kept kept;
        CHECK(value_is_list(&row));
        CHECK(value_is_absent(&row, &field));
        CHECK_STR(READ("one"), "");
        CHECK_STR(READ("two"), "");
        CHECK_INT(value_count(&row, &field), 2);
        CHECK_WRITTEN(1, i ? "\"(hidden)\"" : "\"two\"");
        CHECK(strstr(READ("three"), ": want from 0 to 2 of them\n"));
        value_clean_up(&row, &field);
        CHECK_INT(field.count, 0);
        CHECK(strstr(READ(""), ": want a text in UTF-8\n"));
    }
}

TEST(addresses)
{
    const struct settings_row *row = settings_find("listen", 6);
    static const struct {
        const char *text, *said;
    } wrong[] = {
        {"example.org", "want an address such as 192.0.2.1, 192.0.2.1:3478 or [2001:db8::1]:3478"},
        {"224.0.0.1", "no answer can leave from there"},
        {"[ff02::1]:1", "no answer can leave from there"},
        {"fe80::1", "link-local: name its interface, as in fe80::1%eth0"},
        {"[fe80::1%nowhere9]:3478", "this machine has no network interface of that name"},
        {"fe80::1%a-name-that-is-too-long", "this machine has no network interface of that name"},
        {"fe80::1%x%y", "this machine has no network interface of that name"},
    };
    struct settings_addresses field = {0};
    char said[300], text[200];
    struct kept kept;

    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(said, sizeof said, "f.yaml:3:7: listen: %s: %s\n", wrong[i].text, wrong[i].said);
        CHECK_STR(read_at(&in_file, row, wrong[i].text, &field, &kept), said);
    }
    CHECK_INT(field.count, 0);
    for (unsigned i = 0; i < SETTINGS_LIST_MAX; i++)
        CHECK_STR(read_at(&in_file, row, i % 2 ? "127.0.0.1" : "[::1]:5", &field, &kept), "");
    CHECK_STR(read_at(&in_file, row, "127.0.0.1", &field, &kept),
              "f.yaml:3:7: listen: 127.0.0.1: want from 0 to 32 addresses\n");
    CHECK_STR(written(row, &field, 30, text), "\"[::1]:5\"");
    CHECK_STR(written(row, &field, 31, text), "\"127.0.0.1\"");
    value_clean_up(row, &field);
    CHECK_INT(field.count, 0);
}

static void check_equality(const struct settings_row *row, const char *one, const char *other)
{
    _Alignas(16) char a[4096] = {0}, b[4096] = {0};
    struct kept kept;

    CHECK_STR(read_at(&in_file, row, one, a, &kept), "");
    CHECK(value_equal(row, a, a));
    CHECK(row->type == SETTINGS_BOOL || row->type == SETTINGS_CHOICE || !value_equal(row, a, b));
    CHECK_STR(read_at(&in_file, row, one, b, &kept), "");
    CHECK(value_equal(row, a, b));
    CHECK_STR(read_at(&in_file, row, other, b, &kept), "");
    CHECK(!value_equal(row, a, b));
    value_clean_up(row, a);
    value_clean_up(row, b);
}

TEST(values_are_compared_by_what_they_say)
{
    const size_t list = sizeof(struct settings_texts);
    const struct settings_row rows[] = {
        row_of(SETTINGS_NUMBER, 1, 9, sizeof(unsigned), ""),
        row_of(SETTINGS_DURATION, 1, 9999, sizeof(unsigned), ""),
        row_of(SETTINGS_BOOL, 0, 0, sizeof(bool), ""),
        row_of(SETTINGS_CHOICE, 0, 0, sizeof(unsigned), "a|b"),
        row_of(SETTINGS_TEXT, 0, 9, sizeof(char *), ""),
        row_of(SETTINGS_PATH, 0, 9, sizeof(char *), ""),
        row_of(SETTINGS_SECRET, 0, 9, sizeof(char *), ""),
        row_of(SETTINGS_TEXTS, 0, 9, list, ""),
        row_of(SETTINGS_SECRETS, 0, 9, list, ""),
        row_of(SETTINGS_ADDRESSES, 0, 9, sizeof(struct settings_addresses), ""),
    };
    static const char *const texts[][2] = {{"1", "2"}, {"60s", "2m"}, {"true", "false"}, {"a", "b"},
                                           {"a", "b"}, {"a", "b"},    {"a", "b"},        {"a", "b"},
                                           {"a", "b"}, {"::1", "::2"}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        check_equality(&rows[i], texts[i][0], texts[i][1]);
}

RUN(TEST_OF(numbers), TEST_OF(durations), TEST_OF(booleans), TEST_OF(choices),
    TEST_OF(the_words_of_log_level_are_those_of_the_log),
    TEST_OF(texts_are_limited_in_characters_not_bytes), TEST_OF(texts_are_utf8),
    TEST_OF(texts_are_written_for_yaml), TEST_OF(paths_start_where_the_file_lies),
    TEST_OF(secrets_are_never_shown), TEST_OF(lists_of_texts_and_secrets), TEST_OF(addresses),
    TEST_OF(values_are_compared_by_what_they_say))
