#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <check.h>

#include <net/if.h>

#include <srflx/addr.h>

#include "command_line.h"
#include "complaints_for_tests.h"
#include "values.h"

/* What came of some words. */
struct parsed {
    struct kept said;
    struct complaints complaints;
    struct command_line line;
    struct settings settings;
};

static void parse_words(struct parsed *parsed, int argc, char **argv)
{
    parsed->complaints = keep_complaints(&parsed->said);
    command_line_read(argc, argv, &parsed->complaints, &parsed->line);
    command_line_settings(&parsed->line, &parsed->complaints, &parsed->settings);
}

/* Parses words that follow the program's name, and returns what is said about them. */
static const char *parse(struct parsed *parsed, char **argv, const char *const *words)
{
    int argc = 1;

    argv[0] = (char *)"srflxd";
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    parse_words(parsed, argc, argv);
    return parsed->said.text;
}

#define PARSE(...) parse(&parsed, (char *[10]){0}, (const char *const[]){__VA_ARGS__, NULL})

static void check_addr(const struct srflx_addr *addr, const char *text)
{
    char written[SRFLX_ADDR_TEXT];

    CHECK_STR(srflx_addr_write(addr, written), text);
}

TEST(without_words_the_defaults_hold)
{
    char *argv[] = {(char *)"srflxd", NULL};
    struct parsed parsed;

    parse_words(&parsed, 1, argv);
    CHECK_STR(parsed.said.text, "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_SERVE);
    CHECK_INT(parsed.settings.listen.count, 0);
    CHECK_INT(parsed.settings.port, 3478);
    CHECK_INT(parsed.settings.workers, 0);
    CHECK_NULL(parsed.settings.software);
    CHECK(parsed.settings.classic);
    CHECK_INT(parsed.settings.log_level, LOG_INFO);
    settings_clean_up(&parsed.settings);
}

TEST(each_option_sets_its_field_in_both_forms)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--port", "1", "--workers=64", "--software", "a b", "--log-level=debug"), "");
    CHECK_INT(parsed.settings.port, 1);
    CHECK_INT(parsed.settings.workers, 64);
    CHECK_STR(parsed.settings.software, "a b");
    CHECK_INT(parsed.settings.log_level, LOG_DEBUG);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("--port=65535", "--log-level", "error", "--software=", "--classic=false"), "");
    CHECK_INT(parsed.settings.port, 65535);
    CHECK_INT(parsed.settings.log_level, LOG_ERROR);
    CHECK_STR(parsed.settings.software, "");
    CHECK(!parsed.settings.classic);
    settings_clean_up(&parsed.settings);
}

TEST(the_last_of_several_values_holds)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--software=a", "--port=1", "--port=2", "--software=b"), "");
    CHECK_INT(parsed.settings.port, 2);
    CHECK_STR(parsed.settings.software, "b");
    settings_clean_up(&parsed.settings);
}

TEST(listen_takes_addresses_of_every_form)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--listen", "192.0.2.1", "--listen=192.0.2.2:3479", "--listen",
                    "[2001:db8::1]:3480", "--listen=2001:db8::2"),
              "");
    CHECK_INT(parsed.settings.listen.count, 4);
    check_addr(&parsed.settings.listen.list[0], "192.0.2.1:0");
    check_addr(&parsed.settings.listen.list[1], "192.0.2.2:3479");
    check_addr(&parsed.settings.listen.list[2], "[2001:db8::1]:3480");
    check_addr(&parsed.settings.listen.list[3], "[2001:db8::2]:0");
    settings_clean_up(&parsed.settings);
}

TEST(a_zone_may_be_a_name_or_a_number)
{
    const unsigned lo = if_nametoindex("lo");
    struct parsed parsed;

    CHECK_STR(PARSE("--listen", "fe80::1%lo", "--listen", "[fe80::1%lo]:3479", "--listen",
                    "[fe80::2%7]:1"),
              "");
    CHECK_INT(parsed.settings.listen.list[0].scope, lo);
    CHECK_INT(parsed.settings.listen.list[0].port, 0);
    CHECK_INT(parsed.settings.listen.list[1].scope, lo);
    CHECK_INT(parsed.settings.listen.list[1].port, 3479);
    CHECK_INT(parsed.settings.listen.list[2].scope, 7);
    settings_clean_up(&parsed.settings);
}

TEST(what_is_wrong_is_said_exactly)
{
    static const struct {
        const char *word, *value, *said;
    } cases[] = {
        {"--prot", NULL, "--prot: no such option; did you mean --port?\n"},
        {"--por=1", NULL, "--por=1: no such option; did you mean --port?\n"},
        {"--log_level=info", NULL, "--log_level=info: no such option; did you mean --log-level?\n"},
        {"--nonsense", NULL, "--nonsense: no such option; try srflxd --help\n"},
        {"--", NULL, "--: no such option; try srflxd --help\n"},
        {"", NULL, ": no such option; try srflxd --help\n"},
        {"-h", NULL, "-h: no such option; try srflxd --help\n"},
        {"port", NULL, "port: no such option; try srflxd --help\n"},
        {"--portal", NULL, "--portal: no such option; did you mean --port?\n"},
        {"--port", NULL, "--port: PORT is missing; try srflxd --help\n"},
        {"--listen", NULL, "--listen: ADDR[:PORT] is missing; try srflxd --help\n"},
        {"--config", NULL, "--config: FILE is missing; try srflxd --help\n"},
        {"--help=me", NULL, "--help=me: takes no value; try srflxd --help\n"},
        {"--port", "0", "--port 0: want a number from 1 to 65535; try srflxd --help\n"},
        {"--log-level", "loud",
         "--log-level loud: want error, warn, info or debug; try srflxd --help\n"},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parsed parsed;
        CHECK_STR(PARSE(cases[i].word, cases[i].value), cases[i].said);
        CHECK_INT(parsed.complaints.wrong, 1);
        settings_clean_up(&parsed.settings);
    }
}

TEST(everything_that_is_wrong_is_said_at_once)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--prot=1", "--port=0", "--listen=fe80::1%nowhere9", "--workers=65"),
              "--prot=1: no such option; did you mean --port?\n"
              "--port 0: want a number from 1 to 65535; try srflxd --help\n"
              "--listen fe80::1%nowhere9: this machine has no network interface of that name\n"
              "--workers 65: want a number from 1 to 64; try srflxd --help\n");
    CHECK_INT(parsed.complaints.wrong, 3);
    CHECK_INT(parsed.complaints.refused, 1);
    settings_clean_up(&parsed.settings);
}

TEST(one_configuration_file_is_enough)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--config=/dev/null", "--config", "b"),
              "--config b: there is --config /dev/null already; try srflxd --help\n"
              "/dev/null: cannot read the configuration: not a regular file\n");
    settings_clean_up(&parsed.settings);
}

TEST(help_and_version_win_over_what_follows)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--port", "1", "--help", "--nonsense"), "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_HELP);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("--version", "--nonsense"), "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_VERSION);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("--nonsense", "--help"), "--nonsense: no such option; try srflxd --help\n");
    settings_clean_up(&parsed.settings);
}

TEST(other_actions)
{
    struct parsed parsed;

    CHECK_STR(PARSE("--check-config"), "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_CHECK);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("--print-config"), "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_PRINT);
    settings_clean_up(&parsed.settings);
    CHECK_STR(PARSE("--print-sample"), "");
    CHECK_INT(parsed.line.action, COMMAND_LINE_SAMPLE);
    settings_clean_up(&parsed.settings);
}

TEST(help_names_every_option_with_limits_and_default)
{
    char text[8192] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    command_line_help(out);
    fclose(out);
    for (unsigned i = 0; i < SETTINGS_ROWS; i++) {
        char usage[80];
        snprintf(usage, sizeof usage, "  --%s %s", settings_rows[i].key, settings_rows[i].argument);
        if (value_is_secret(&settings_rows[i])) {
            CHECK_NULL(strstr(text, usage));
            continue;
        }
        CHECK(strstr(text, usage));
        CHECK(strstr(text, settings_rows[i].text));
    }
    CHECK(strstr(text, "port where listen names none; 1 to 65535; default 3478\n"));
    CHECK(strstr(text, "; 1 to 64\n"));
    CHECK(strstr(text, "; default info\n"));
}

RUN(TEST_OF(without_words_the_defaults_hold), TEST_OF(each_option_sets_its_field_in_both_forms),
    TEST_OF(the_last_of_several_values_holds), TEST_OF(listen_takes_addresses_of_every_form),
    TEST_OF(a_zone_may_be_a_name_or_a_number), TEST_OF(what_is_wrong_is_said_exactly),
    TEST_OF(everything_that_is_wrong_is_said_at_once), TEST_OF(one_configuration_file_is_enough),
    TEST_OF(help_and_version_win_over_what_follows), TEST_OF(other_actions),
    TEST_OF(help_names_every_option_with_limits_and_default))
