#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <check.h>

#include <net/if.h>

#include <srflx/addr.h>

#include "settings.h"

/* Parses words that follow the program's name. */
static enum settings_action parse(struct settings *settings, char *message,
                                  const char *const *words)
{
    char *argv[8] = {(char *)"srflxd"};
    int argc = 1;

    for (; *words; words++)
        argv[argc++] = (char *)*words;
    return settings_parse(argc, argv, settings, message);
}

#define PARSE(...) parse(&settings, message, (const char *const[]){__VA_ARGS__, NULL})

static void check_addr(const struct srflx_addr *addr, const char *text)
{
    char written[SRFLX_ADDR_TEXT];

    CHECK_STR(srflx_addr_write(addr, written), text);
}

TEST(without_words_the_defaults_hold)
{
    struct settings settings;
    char message[SETTINGS_MESSAGE];

    CHECK_INT(parse(&settings, message, (const char *const[]){NULL}), SETTINGS_START);
    CHECK_INT(settings.listen.count, 0);
    CHECK_INT(settings.port, 3478);
    CHECK_INT(settings.workers, 0);
    CHECK_NULL(settings.software);
    CHECK_INT(settings.log_level, LOG_INFO);
}

TEST(each_option_sets_its_field_in_both_forms)
{
    struct settings settings;
    char message[SETTINGS_MESSAGE];

    CHECK_INT(PARSE("--port", "1", "--workers=64", "--software", "a b", "--log-level=debug"),
              SETTINGS_START);
    CHECK_INT(settings.port, 1);
    CHECK_INT(settings.workers, 64);
    CHECK_STR(settings.software, "a b");
    CHECK_INT(settings.log_level, LOG_DEBUG);
    CHECK_INT(PARSE("--port=65535", "--log-level", "error", "--software="), SETTINGS_START);
    CHECK_INT(settings.port, 65535);
    CHECK_INT(settings.log_level, LOG_ERROR);
    CHECK_STR(settings.software, "");
}

TEST(listen_takes_addresses_of_every_form)
{
    struct settings settings;
    char message[SETTINGS_MESSAGE];

    CHECK_INT(PARSE("--listen", "192.0.2.1", "--listen=192.0.2.2:3479", "--listen",
                    "[2001:db8::1]:3480", "--listen=2001:db8::2"),
              SETTINGS_START);
    CHECK_INT(settings.listen.count, 4);
    check_addr(&settings.listen.list[0], "192.0.2.1:0");
    check_addr(&settings.listen.list[1], "192.0.2.2:3479");
    check_addr(&settings.listen.list[2], "[2001:db8::1]:3480");
    check_addr(&settings.listen.list[3], "[2001:db8::2]:0");
}

TEST(a_zone_may_be_a_name_or_a_number)
{
    const unsigned lo = if_nametoindex("lo");
    char message[SETTINGS_MESSAGE];
    struct settings settings;

    CHECK_INT(PARSE("--listen", "fe80::1%lo", "--listen", "[fe80::1%lo]:3479", "--listen",
                    "[fe80::2%7]:1"),
              SETTINGS_START);
    CHECK_INT(settings.listen.list[0].scope, lo);
    CHECK_INT(settings.listen.list[0].port, 0);
    CHECK_INT(settings.listen.list[1].scope, lo);
    CHECK_INT(settings.listen.list[1].port, 3479);
    CHECK_INT(settings.listen.list[2].scope, 7);
}

TEST(what_is_wrong_is_said_exactly)
{
    static const struct {
        const char *word, *value, *message;
    } cases[] = {
        {"--prot", NULL, "--prot: no such option"},
        {"--por", "1", "--por: no such option"},
        {"-h", NULL, "-h: no such option"},
        {"port", "1", "port: no such option"},
        {"--portal", "1", "--portal: no such option"},
        {"--port", NULL, "--port: PORT is missing"},
        {"--listen", NULL, "--listen: ADDR[:PORT] is missing"},
        {"--port", "0", "--port 0: want a number from 1 to 65535"},
        {"--port", "65536", "--port 65536: want a number from 1 to 65535"},
        {"--port", "99999999999999999999",
         "--port 99999999999999999999: want a number from 1 to 65535"},
        {"--port", "", "--port : want a number from 1 to 65535"},
        {"--port", "+1", "--port +1: want a number from 1 to 65535"},
        {"--port", "1x", "--port 1x: want a number from 1 to 65535"},
        {"--workers", "0", "--workers 0: want a number from 1 to 64"},
        {"--workers", "65", "--workers 65: want a number from 1 to 64"},
        {"--log-level", "loud", "--log-level loud: want error, warn, info or debug"},
        {"--listen", "example.org",
         "--listen example.org: want an address such as 192.0.2.1, 192.0.2.1:3478 or "
         "[2001:db8::1]:3478"},
        {"--listen", "224.0.0.1", "--listen 224.0.0.1: no answer can leave from there"},
        {"--listen", "[ff02::1]:1", "--listen [ff02::1]:1: no answer can leave from there"},
        {"--listen", "fe80::1",
         "--listen fe80::1: link-local: name its interface, as in fe80::1%eth0"},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[SETTINGS_MESSAGE] = "";
        struct settings settings;
        CHECK_INT(PARSE(cases[i].word, cases[i].value), SETTINGS_WRONG);
        CHECK_STR(message, cases[i].message);
    }
}

TEST(a_missing_interface_is_no_wrong_usage)
{
    char message[SETTINGS_MESSAGE];
    struct settings settings;

    CHECK_INT(PARSE("--listen", "[fe80::1%nowhere9]:3478"), SETTINGS_NO_INTERFACE);
    CHECK_STR(message, "--listen [fe80::1%nowhere9]:3478: this machine has no network interface of "
                       "that name");
    CHECK_INT(PARSE("--listen", "fe80::1%a-name-that-is-too-long"), SETTINGS_NO_INTERFACE);
    CHECK_INT(PARSE("--listen", "fe80::1%x%y"), SETTINGS_NO_INTERFACE);
}

/* spec: R8489-14.14-02 */
TEST(software_is_limited_in_characters_not_bytes)
{
    char text[3 * 128 + 1] = "", message[SETTINGS_MESSAGE];
    struct settings settings;

    for (size_t i = 0; i < 127; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 4);
    CHECK_INT(PARSE("--software", text), SETTINGS_START);
    CHECK_STR(settings.software, text);
    memcpy(text + 3 * 127, "x", 2);
    CHECK_INT(PARSE("--software", text), SETTINGS_WRONG);
    memset(text, 'x', 128);
    text[128] = '\0';
    CHECK_INT(PARSE("--software", text), SETTINGS_WRONG);
    CHECK(strstr(message, ": want 0 to 127 characters"));
}

TEST(more_addresses_than_there_is_room_are_refused)
{
    char *argv[1 + 2 * (SETTINGS_LISTEN_MAX + 1)] = {(char *)"srflxd"};
    char message[SETTINGS_MESSAGE];
    struct settings settings;

    for (int i = 0; i <= SETTINGS_LISTEN_MAX; i++) {
        argv[1 + 2 * i] = (char *)"--listen";
        argv[2 + 2 * i] = (char *)"127.0.0.1";
    }
    CHECK_INT(settings_parse(1 + 2 * SETTINGS_LISTEN_MAX, argv, &settings, message),
              SETTINGS_START);
    CHECK_INT(settings.listen.count, SETTINGS_LISTEN_MAX);
    CHECK_INT(settings_parse(3 + 2 * SETTINGS_LISTEN_MAX, argv, &settings, message),
              SETTINGS_WRONG);
    CHECK_STR(message, "--listen 127.0.0.1: want from 0 to 32 addresses");
}

TEST(help_and_version_win_where_they_stand)
{
    char message[SETTINGS_MESSAGE];
    struct settings settings;

    CHECK_INT(PARSE("--port", "1", "--help"), SETTINGS_HELP);
    CHECK_INT(PARSE("--version", "--nonsense"), SETTINGS_VERSION);
    CHECK_INT(PARSE("--nonsense", "--help"), SETTINGS_WRONG);
}

TEST(help_names_every_option_with_range_and_default)
{
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    settings_help(out);
    fclose(out);
#define X(key, field, type, min, max, fallback, argument, about) \
    CHECK(strstr(text, "--" key " " argument));                  \
    CHECK(strstr(text, about));
#include "config.def"
#undef X
    CHECK(strstr(text, "port where --listen names none; 1 to 65535; default 3478\n"));
    CHECK(strstr(text, "; 1 to 64\n"));
    CHECK(strstr(text, "; default info\n"));
}

RUN(TEST_OF(without_words_the_defaults_hold), TEST_OF(each_option_sets_its_field_in_both_forms),
    TEST_OF(listen_takes_addresses_of_every_form), TEST_OF(a_zone_may_be_a_name_or_a_number),
    TEST_OF(what_is_wrong_is_said_exactly), TEST_OF(a_missing_interface_is_no_wrong_usage),
    TEST_OF(software_is_limited_in_characters_not_bytes),
    TEST_OF(more_addresses_than_there_is_room_are_refused),
    TEST_OF(help_and_version_win_where_they_stand),
    TEST_OF(help_names_every_option_with_range_and_default))
