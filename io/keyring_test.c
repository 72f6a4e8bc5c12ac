#define _DEFAULT_SOURCE /* mkdtemp, fchmod */

#include <srflx/keyring.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "steady_random.h"

#define SECRET_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET_B "F0E0D0C0B0A090807060504030201000000102030405060708090a0b0c0d0e0f"

static const char sound[] = "srflx-keys 1\n"
                            "# a comment\n"
                            "\n"
                            "7 2026-11-25T12:00:00Z " SECRET_A "\n"
                            "6 2026-11-24T12:00:00Z " SECRET_B "\n";

static int parse(const char *content, struct srflx_keyring *keyring, char *message)
{
    return srflx_keyring_parse((struct srflx_view){(const uint8_t *)content, strlen(content)},
                               "keys", keyring, message);
}

TEST(reads_generations)
{
    struct srflx_keyring keyring;
    struct srflx_nonce_keys nonces;
    char message[SRFLX_FILE_TEXT];

    CHECK_INT(parse(sound, &keyring, message), 0);
    CHECK_INT(keyring.count, 2);
    CHECK_INT(keyring.keys[0].generation, 7);
    CHECK_INT(keyring.keys[0].from_unix_s, 1795608000);
    CHECK_INT(keyring.keys[0].secret[31], 0x1f);
    CHECK_INT(keyring.keys[1].from_unix_s, 1795608000 - 86400);
    CHECK_INT(keyring.keys[1].secret[0], 0xf0);
    srflx_keyring_nonces(&keyring, &nonces);
    CHECK_INT(nonces.count, 2);
    CHECK_INT(nonces.list[0].number, 7);
    CHECK_INT(nonces.list[0].from_unix_s, 1795608000);
    CHECK(memcmp(nonces.list[0].bytes, nonces.list[1].bytes, 16) != 0);
}

TEST(says_what_is_wrong_and_where)
{
    static const struct {
        const char *content, *message;
    } rows[] = {
        {"", "keys:0: want \"srflx-keys 1\": this is another kind of file"},
        {"srflx-keys 2\n", "keys:1: want \"srflx-keys 1\": this is another kind of file"},
        {"srflx-keys 1\n", "keys:1: there is no key in it"},
        {"srflx-keys 1\n7\n", "keys:2: want generation, date and secret, one blank between them"},
        {"srflx-keys 1\n7 2026-11-25T12:00:00Z " SECRET_A " x\n",
         "keys:2: want generation, date and secret, one blank between them"},
        {"srflx-keys 1\n0 2026-11-25T12:00:00Z " SECRET_A "\n",
         "keys:2: the generation is no number from 1"},
        {"srflx-keys 1\n4294967296 2026-11-25T12:00:00Z " SECRET_A "\n",
         "keys:2: the generation is no number from 1"},
        {"srflx-keys 1\n7 2026-11-31T12:00:00Z " SECRET_A "\n",
         "keys:2: the date is not as 2026-11-25T12:00:00Z"},
        {"srflx-keys 1\n7 2026-11-25 12:00:00Z\n",
         "keys:2: the date is not as 2026-11-25T12:00:00Z"},
        {"srflx-keys 1\n7 2026-11-25T12:00:00Z abcd\n", "keys:2: the secret is not 64 hex digits"},
        {"srflx-keys 1\n7 2026-11-25T12:00:00Z " SECRET_A "\n5 2026-11-25T12:00:00Z " SECRET_B "\n",
         "keys:3: generations must go down one by one"},
        {"srflx-keys 1\n7 2026-11-25T12:00:00Z " SECRET_A "\n6 2026-11-26T12:00:00Z " SECRET_B "\n",
         "keys:3: an older generation begins later"},
        {"srflx-keys 1\n7 2026-11-25T12:00:00Z " SECRET_A "\n6 2026-11-25T12:00:00Z " SECRET_A
         "\n5 2026-11-25T12:00:00Z " SECRET_A "\n4 2026-11-25T12:00:00Z " SECRET_A "\n",
         "keys:5: more than three keys"},
    };
    char message[SRFLX_FILE_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srflx_keyring keyring = {.count = 77};
        CHECK_INT(parse(rows[i].content, &keyring, message), SRFLX_ERROR_VALUE);
        CHECK_STR(message, rows[i].message);
        CHECK_INT(keyring.count, 77);
    }
}

/* Every beginning of a sound file is sound or refused, and reads nothing behind its end. */
TEST(takes_any_beginning)
{
    char message[SRFLX_FILE_TEXT];
    struct srflx_keyring keyring;

    for (size_t len = 0; len < sizeof sound; len++) {
        uint8_t *bytes = malloc(len ? len : 1);
        memcpy(bytes, sound, len);
        (void)!srflx_keyring_parse((struct srflx_view){bytes, len}, "keys", &keyring, message);
        free(bytes);
    }
}

/* Value for value: what lies between them may differ. */
static void check_same(const struct srflx_keyring *a, const struct srflx_keyring *b)
{
    CHECK_INT(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        CHECK_INT(a->keys[i].generation, b->keys[i].generation);
        CHECK_INT(a->keys[i].from_unix_s, b->keys[i].from_unix_s);
        CHECK_MEM(a->keys[i].secret, b->keys[i].secret, sizeof a->keys[i].secret);
    }
}

TEST(rotates_and_comes_back_from_its_file)
{
    char folder[] = "/tmp/srflx-keyring-XXXXXX", path[64], message[SRFLX_FILE_TEXT];
    struct srflx_keyring keyring = {.count = 0}, read;
    struct stat about;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/keys", folder);
    for (unsigned generation = 1; generation <= 5; generation++) {
        srflx_keyring_add(&keyring, 1795608000 + generation, steady_random, NULL);
        CHECK_INT(keyring.count, generation < 3 ? generation : 3);
        CHECK_INT(keyring.keys[0].generation, generation);
        CHECK_INT(srflx_keyring_store(path, &keyring, message), 0);
        CHECK_INT(srflx_keyring_load(path, &read, message), 0);
        check_same(&read, &keyring);
    }
    CHECK_INT(stat(path, &about), 0);
    CHECK_INT(about.st_mode & 07777, 0600);
    CHECK_INT(chmod(path, 0640), 0);
    CHECK_INT(srflx_keyring_load(path, &read, message), SRFLX_ERROR_SYSTEM);
    CHECK(strstr(message, "holds secrets that others may read: chmod 600 it") != NULL);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(rmdir(folder), 0);
}

RUN(TEST_OF(reads_generations), TEST_OF(says_what_is_wrong_and_where), TEST_OF(takes_any_beginning),
    TEST_OF(rotates_and_comes_back_from_its_file))
