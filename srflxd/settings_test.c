#include <check.h>

#include "complaints_for_tests.h"
#include "settings.h"

static const struct settings_place first = {SETTINGS_IN_FILE, "f", 1, 1},
                                   second = {SETTINGS_IN_FILE, "f", 2, 9},
                                   on_line = {SETTINGS_ON_COMMAND_LINE, NULL, 0, 0};

static void set(struct settings *settings, const char *key, const char *text,
                const struct settings_place *place)
{
    struct kept said;
    struct complaints complaints = keep_complaints(&said);

    settings_set(settings, settings_find(key, strlen(key)), text, place, &complaints);
    CHECK_STR(said.text, "");
}

TEST(keys_are_found_by_their_whole_name)
{
    CHECK_STR(settings_find("port", 4)->key, "port");
    CHECK_STR(settings_find("ports", 4)->key, "port");
    CHECK_NULL(settings_find("por", 3));
    CHECK_NULL(settings_find("ports", 5));
    CHECK_NULL(settings_find("", 0));
}

TEST(close_keys_are_suggested)
{
    CHECK_STR(settings_suggest("prot", 4), "port");
    CHECK_STR(settings_suggest("softwear", 8), "software");
    CHECK_STR(settings_suggest("loglevel", 8), "log-level");
    CHECK_STR(settings_suggest("worker", 6), "workers");
    CHECK_NULL(settings_suggest("p", 1));
    CHECK_NULL(settings_suggest("", 0));
    CHECK_NULL(settings_suggest("a-key-of-32-letters-is-too-long!", 32));
}

TEST(another_origin_replaces_a_list)
{
    struct settings settings;

    settings_init(&settings, NULL);
    set(&settings, "listen", "192.0.2.1", &first);
    set(&settings, "listen", "192.0.2.2", &second);
    CHECK_INT(settings.listen.count, 2);
    CHECK_INT(settings.places[SETTINGS_NUMBER_OF_listen].line, 1);
    set(&settings, "listen", "::1", &on_line);
    CHECK_INT(settings.listen.count, 1);
    CHECK_INT(settings.places[SETTINGS_NUMBER_OF_listen].origin, SETTINGS_ON_COMMAND_LINE);
    settings_clean_up(&settings);
}

TEST(later_complaints_name_the_place)
{
    struct kept said;
    struct complaints complaints = keep_complaints(&said);
    struct settings settings;

    settings_init(&settings, NULL);
    set(&settings, "port", "7", &second);
    set(&settings, "workers", "7", &on_line);
    settings_complain(&settings, SETTINGS_NUMBER_OF_port, &complaints, "no");
    settings_complain(&settings, SETTINGS_NUMBER_OF_workers, &complaints, "no");
    settings_complain(&settings, SETTINGS_NUMBER_OF_classic, &complaints, "no");
    CHECK_STR(said.text, "f:2:9: port: no\n--workers: no; try srflxd --help\nclassic: no\n");
    settings_clean_up(&settings);
}

TEST(what_needs_a_new_start_trades_places)
{
    struct kept said;
    struct complaints warnings = keep_complaints(&said);
    struct settings next, in_force;

    settings_init(&in_force, NULL);
    settings_init(&next, NULL);
    set(&in_force, "port", "7", &first);
    set(&in_force, "software", "a", &first);
    set(&in_force, "workers", "2", &first);
    set(&next, "port", "8", &second);
    set(&next, "software", "b", &second);
    set(&next, "workers", "2", &second);
    settings_exchange_fixed(&next, &in_force, &warnings);
    CHECK_STR(said.text, "f:2:9: port: a change needs a new start; the old value stays\n");
    CHECK_INT(next.port, 7);
    CHECK_INT(next.places[SETTINGS_NUMBER_OF_port].line, 1);
    CHECK_STR(next.software, "b");
    CHECK_INT(in_force.port, 8);
    settings_exchange_fixed(&next, &in_force, NULL);
    CHECK_INT(next.port, 8);
    CHECK_INT(in_force.port, 7);
    settings_clean_up(&next);
    settings_clean_up(&in_force);
}

RUN(TEST_OF(keys_are_found_by_their_whole_name), TEST_OF(close_keys_are_suggested),
    TEST_OF(another_origin_replaces_a_list), TEST_OF(later_complaints_name_the_place),
    TEST_OF(what_needs_a_new_start_trades_places))
