#define _DEFAULT_SOURCE /* mkdtemp, utimensat */

#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <check.h>

/* A folder with a path for each kind of file that is watched, and two certificates. */
struct place {
    char folder[32], users[64], keys[64], tokens[64], certificates[2][64], certificate_keys[2][64];
    struct settings settings; /* nothing but the paths */
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK_INT(fclose(file), 0);
}

static void set_time(const char *path, long nanoseconds)
{
    const struct timespec times[2] = {{1000, nanoseconds}, {1000, nanoseconds}};

    CHECK_INT(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void begin(struct place *place)
{
    memset(place, 0, sizeof *place);
    strcpy(place->folder, "/tmp/srflx-watch-XXXXXX");
    CHECK(mkdtemp(place->folder) != NULL);
    snprintf(place->users, sizeof place->users, "%s/users", place->folder);
    snprintf(place->keys, sizeof place->keys, "%s/keys", place->folder);
    snprintf(place->tokens, sizeof place->tokens, "%s/tokens", place->folder);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(place->certificates[i], 64, "%s/certificate%u", place->folder, i);
        snprintf(place->certificate_keys[i], 64, "%s/key%u", place->folder, i);
        place->settings.certificate.list[i] = place->certificates[i];
        place->settings.certificate_key.list[i] = place->certificate_keys[i];
    }
    place->settings.certificate.count = place->settings.certificate_key.count = 2;
    place->settings.user_file = place->users;
    place->settings.key_file = place->keys;
    place->settings.token_key_file = place->tokens;
}

static void end(struct place *place)
{
    (void)unlink(place->users);
    (void)unlink(place->keys);
    (void)unlink(place->tokens);
    for (unsigned i = 0; i < 2; i++) {
        (void)unlink(place->certificates[i]);
        (void)unlink(place->certificate_keys[i]);
    }
    CHECK_INT(rmdir(place->folder), 0);
}

TEST(no_file_is_no_change)
{
    static const struct settings none;
    struct watch watch;
    struct place place;

    watch_look(&watch, &none);
    CHECK_NULL(watch_find_change(&watch, &none));
    begin(&place);
    watch_look(&watch, &place.settings);
    CHECK_NULL(watch_find_change(&watch, &place.settings));
    put(place.users, "a");
    CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
    watch_look(&watch, &place.settings);
    CHECK_INT(unlink(place.users), 0);
    CHECK_NULL(watch_find_change(&watch, &place.settings));
    end(&place);
}

TEST(each_file_is_watched)
{
    struct watch watch;
    struct place place;

    begin(&place);
    for (unsigned i = 0; i < 7; i++) {
        const char *path = (const char *const[]){place.users,
                                                 place.keys,
                                                 place.tokens,
                                                 place.certificates[0],
                                                 place.certificates[1],
                                                 place.certificate_keys[0],
                                                 place.certificate_keys[1]}[i];
        put(path, "a");
        watch_look(&watch, &place.settings);
        CHECK_NULL(watch_find_change(&watch, &place.settings));
        put(path, "ab");
        CHECK_STR(watch_find_change(&watch, &place.settings), path);
    }
    end(&place);
}

/* One property at a time, the others being what they were. */
TEST(what_makes_a_change)
{
    struct watch watch;
    struct place place;
    char fresh[80];

    begin(&place);
    put(place.users, "a");
    set_time(place.users, 1);
    watch_look(&watch, &place.settings);
    set_time(place.users, 2);
    CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
    set_time(place.users, 1);
    CHECK_NULL(watch_find_change(&watch, &place.settings));
    put(place.users, "ab");
    set_time(place.users, 1);
    CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
    watch_look(&watch, &place.settings);
    CHECK_INT(chmod(place.users, 0400), 0);
    CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
    watch_look(&watch, &place.settings);
    if (geteuid() == 0) { /* nobody else can give files away */
        watch_look(&watch, &place.settings);
        CHECK_INT(chown(place.users, 4321, 4322), 0);
        CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
        watch_look(&watch, &place.settings);
    }
    snprintf(fresh, sizeof fresh, "%s.new", place.users);
    put(fresh, "cd");
    CHECK_INT(chmod(fresh, 0400), 0);
    set_time(fresh, 1);
    CHECK_INT(rename(fresh, place.users), 0);
    CHECK_STR(watch_find_change(&watch, &place.settings), place.users);
    end(&place);
}

RUN(TEST_OF(no_file_is_no_change), TEST_OF(each_file_is_watched), TEST_OF(what_makes_a_change))
