#include <check.h>

#include <srflx/addr.h>

#include "complaints_for_tests.h"
#include "config_file.h"
#include "values.h"

/* What came of a file. */
struct parsed {
    struct kept said;
    struct complaints complaints;
    struct settings settings;
};

static const char *parse(struct parsed *parsed, struct srflx_view bytes)
{
    parsed->complaints = keep_complaints(&parsed->said);
    settings_init(&parsed->settings, "f");
    config_file_parse(bytes, &parsed->settings, &parsed->complaints);
    return parsed->said.text;
}

#define PARSE(text) parse(&parsed, VIEW(text))

TEST(every_key_sets_its_field)
{
    struct parsed parsed;
    char text[SRFLX_ADDR_TEXT];

    CHECK_STR(PARSE("# a comment\n"
                    "listen:\n"
                    "  - 192.0.2.1\n"
                    "  - \"[2001:db8::1]:3479\"\n"
                    "port: 3480\n"
                    "workers: '3'\n"
                    "software: >-\n"
                    "  two\n"
                    "  lines\n"
                    "classic: no # as RFC 8489 wants\n"
                    "\"log-level\": debug\n"),
              "");
    CHECK_INT(parsed.settings.listen.count, 2);
    CHECK_STR(srflx_addr_write(&parsed.settings.listen.list[0], text), "192.0.2.1:0");
    CHECK_STR(srflx_addr_write(&parsed.settings.listen.list[1], text), "[2001:db8::1]:3479");
    CHECK_INT(parsed.settings.port, 3480);
    CHECK_INT(parsed.settings.workers, 3);
    CHECK_STR(parsed.settings.software, "two lines");
    CHECK(!parsed.settings.classic);
    CHECK_INT(parsed.settings.log_level, LOG_DEBUG);
    CHECK_INT(parsed.settings.places[SETTINGS_NUMBER_OF_software].line, 7);
    CHECK_INT(parsed.settings.places[SETTINGS_NUMBER_OF_software].column, 11);
    settings_clean_up(&parsed.settings);
}

TEST(other_forms_of_the_same)
{
    struct parsed parsed;

    CHECK_STR(PARSE("%YAML 1.1\n---\n{listen: [192.0.2.1, '::1'], port: 7}\n...\n"), "");
    CHECK_INT(parsed.settings.listen.count, 2);
    CHECK_INT(parsed.settings.port, 7);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("\xef\xbb\xbflisten: 192.0.2.1\r\nport: 7\r\nsoftware: \"\"\r\n"), "");
    CHECK_INT(parsed.settings.listen.count, 1);
    CHECK_STR(parsed.settings.software, "");
    settings_clean_up(&parsed.settings);
}

TEST(a_file_without_keys_leaves_the_defaults)
{
    static const char *const texts[] = {"", "\n", "# nothing\n", "---\n", "--- {}\n...\n"};

    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct parsed parsed;
        const struct srflx_view bytes = {(const uint8_t *)texts[i], strlen(texts[i])};
        CHECK_STR(parse(&parsed, bytes), "");
        CHECK_INT(parsed.settings.port, 3478);
        settings_clean_up(&parsed.settings);
    }
}

TEST(an_empty_list_is_none)
{
    struct parsed parsed;

    CHECK_STR(PARSE("listen: []\n"), "");
    CHECK_INT(parsed.settings.listen.count, 0);
    CHECK_INT(parsed.settings.places[SETTINGS_NUMBER_OF_listen].origin, SETTINGS_IN_FILE);
    settings_clean_up(&parsed.settings);
}

/* Each file has one mistake, or as many as lines are said about it. */
TEST(what_is_wrong_is_said_exactly)
{
#define LIST "want a value or a list"
#define ADDRESS "want an address such as 192.0.2.1, 192.0.2.1:3478 or [2001:db8::1]:3478\n"
#define MISSING "the value is missing; remove the key, or write \"\" for an empty text\n"
#define CASE(text, said)                                  \
    {                                                     \
        {(const uint8_t *)(text), sizeof(text) - 1}, said \
    }
    static const struct {
        struct srflx_view bytes;
        const char *said;
    } cases[] = {
        /* keys */
        CASE("prot: 1\n", "f:1:1: prot: no such key; did you mean port?\n"),
        CASE("log_level: info\n", "f:1:1: log_level: no such key; did you mean log-level?\n"),
        CASE("Port: 1\n", "f:1:1: Port: no such key; did you mean port?\n"),
        CASE("cipher: x\n", "f:1:1: cipher: no such key\n"),
        CASE("cipher: {a: [b, *c]}\nprot: 1\n",
             "f:1:1: cipher: no such key\nf:2:1: prot: no such key; did you mean port?\n"),
        CASE("<<: {port: 1}\n", "f:1:1: <<: no such key\n"),
        CASE("\"\": 1\n", "f:1:1: no such key\n"),
        CASE("\"po\\0rt\": 1\n", "f:1:1: po: no such key; did you mean port?\n"),
        CASE("port: 1\nworkers: 2\nport: 1\n", "f:3:1: port: stands in line 1 already\n"),
        CASE("listen: []\nlisten: [\"::\"]\n", "f:2:1: listen: stands in line 1 already\n"),
        CASE("[port]: 1\n", "f:1:1: want a key here\n"),
        CASE("? {a: b}\n: {c: d}\n", "f:1:3: want a key here\n"),
        /* values */
        CASE("port: 0\n", "f:1:7: port: 0: want a number from 1 to 65535\n"),
        CASE("port: 0\nlog-level: loud\nlisten: x\n",
             "f:1:7: port: 0: want a number from 1 to 65535\n"
             "f:2:12: log-level: loud: want error, warn, info or debug\n"
             "f:3:9: listen: x: " ADDRESS),
        CASE("listen:\n  - x\n  - '::'\n  - y\n",
             "f:2:5: listen: x: " ADDRESS "f:4:5: listen: y: " ADDRESS),
        CASE("software:\n", "f:1:10: software: " MISSING),
        CASE("software: ~\n", "f:1:11: software: " MISSING),
        CASE("software: null\n", "f:1:11: software: " MISSING),
        CASE("listen:\n  - '::'\n  -\n", "f:3:4: listen: " MISSING),
        CASE("software: \"a\\0b\"\n", "f:1:11: software: the value has a NUL in it\n"),
        CASE("software: \"\\e]0;x\\a\\x9b\"\nport: \"\\e[31m\\x9b\"\n",
             "f:2:7: port: ?[31m??: want a number from 1 to 65535\n"),
        /* nodes of another kind */
        CASE("port: [1]\n", "f:1:7: port: a list; want one value\n"),
        CASE("port: {}\n", "f:1:7: port: a mapping; want one value\n"),
        CASE("listen: {a: b}\n", "f:1:9: listen: a mapping; " LIST "\n"),
        CASE("listen: [[a], {b: c}]\n", "f:1:10: listen: nested; want a list of values\n"
                                        "f:1:15: listen: nested; want a list of values\n"),
        CASE("listen: ['::', a: b]\n", "f:1:16: listen: nested; want a list of values\n"),
        CASE("- port: 1\n", "f:1:1: want keys with values, such as port: 3478\n"),
        CASE("port\n", "f:1:1: want keys with values, such as port: 3478\n"),
        CASE("''\n", "f:1:1: want keys with values, such as port: 3478\n"),
        CASE("port: 1\n---\nport: 0\n", "f:2:1: a second document; want one\n"),
        /* anchors, aliases, tags */
        CASE("port: &a 1\nworkers: *a\n", "f:1:7: port: an anchor (&); want the value alone\n"
                                          "f:2:10: workers: an alias (*); want the value itself\n"),
        CASE("&a port: 1\n*a : 2\n", "f:1:1: an anchor (&); want the value alone\n"
                                     "f:2:1: an alias (*); want the value itself\n"),
        CASE("listen: &a ['::', *a]\n", "f:1:9: listen: an anchor (&); want the value alone\n"
                                        "f:1:19: listen: an alias (*); want the value itself\n"),
        CASE("port: &a [1]\n", "f:1:7: port: an anchor (&); want the value alone\n"),
        CASE("listen: [&a [1]]\n", "f:1:10: listen: an anchor (&); want the value alone\n"),
        CASE("port: !!int 1\n", "f:1:7: port: a tag (!); want the value alone\n"),
        CASE("listen: !x ['::']\n", "f:1:9: listen: a tag (!); want the value alone\n"),
        CASE("!x {port: 1}\n", "f:1:1: a tag (!); want the value alone\n"),
        CASE("&x [port]\n", "f:1:1: an anchor (&); want the value alone\n"),
        /* no YAML */
        CASE("port: 0\nsoftware: 'a\n",
             "f:1:7: port: 0: want a number from 1 to 65535\n"
             "f:3:1: found unexpected end of stream while scanning a quoted scalar\n"),
        CASE("port: 1\n\tworkers: 1\n", "f:2:1: found a tab character that violates indentation "
                                        "while scanning a plain scalar\n"),
        CASE("listen: ['::'\nport: 0\n",
             "f:2:1: did not find expected ',' or ']' while parsing a flow sequence\n"),
        CASE("port: @\n",
             "f:1:7: found character that cannot start any token while scanning for the next "
             "token\n"),
        CASE("port: 1\nsoftware: \xc3\xa9 \xff\n", "f:2:13: invalid leading UTF-8 octet\n"),
        CASE("port: \xed\xa0\x80\n", "f:1:7: invalid Unicode character\n"),
        CASE("port: 1\0\n", "f:1:8: control characters are not allowed\n"),
        CASE("\xff\xfep\0o\0r\0t\0", "f:1:1: invalid leading UTF-8 octet\n"),
        CASE("%YAML 3.0\n---\nport: 1\n", "f:1:1: found incompatible YAML document\n"),
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parsed parsed;
        CHECK_STR(parse(&parsed, cases[i].bytes), cases[i].said);
        CHECK(parsed.complaints.wrong);
        CHECK_INT(parsed.complaints.refused, 0);
        settings_clean_up(&parsed.settings);
    }
}

/* Depth in time and memory: libyaml looks at every level for every token. */
TEST(nesting_has_a_limit)
{
    static char text[CONFIG_FILE_MAX];
    struct parsed parsed;

    memset(text, '[', sizeof text);
    CHECK_STR(parse(&parsed, (struct srflx_view){(const uint8_t *)text, sizeof text}),
              "f:1:1: want keys with values, such as port: 3478\n"
              "f:1:17: nested too deeply; the rest is not read\n");
    settings_clean_up(&parsed.settings);
    for (size_t i = 0; i + 2 <= sizeof text; i += 2)
        memcpy(text + i, "- ", 2);
    CHECK_STR(parse(&parsed, (struct srflx_view){(const uint8_t *)text, sizeof text}),
              "f:1:1: want keys with values, such as port: 3478\n"
              "f:1:33: nested too deeply; the rest is not read\n");
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("x: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\nport: 7\n"), "f:1:1: x: no such key\n");
    CHECK_INT(parsed.settings.port, 7);
    settings_clean_up(&parsed.settings);
}

TEST(what_is_said_has_a_limit_too)
{
    static char text[8 * 5000];
    struct parsed parsed;
    unsigned lines = 0;

    for (size_t i = 0; i < sizeof text; i += 8)
        memcpy(text + i, "zzzz: 1\n", 8);
    (void)parse(&parsed, (struct srflx_view){(const uint8_t *)text, sizeof text});
    for (const char *at = parsed.said.text; *at; at++)
        lines += *at == '\n';
    CHECK_INT(lines, COMPLAINTS_SAID);
    CHECK_INT(parsed.complaints.wrong, 5000);
    settings_clean_up(&parsed.settings);
}

RUN(TEST_OF(every_key_sets_its_field), TEST_OF(other_forms_of_the_same),
    TEST_OF(a_file_without_keys_leaves_the_defaults), TEST_OF(an_empty_list_is_none),
    TEST_OF(what_is_wrong_is_said_exactly), TEST_OF(nesting_has_a_limit),
    TEST_OF(what_is_said_has_a_limit_too))
