#define _DEFAULT_SOURCE /* mkdtemp */

#include <srflx/token_keys.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "steady_random.h"

#define SECRET_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SECRET_B "F0E0D0C0B0A090807060504030201000000102030405060708090a0b0c0d0e0f"
#define KID_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char sound[] = "srflx-token-keys 1\n"
                            "# a comment\n"
                            "\n"
                            "autumn " SECRET_A "\r\n" KID_64 " " SECRET_B "\n";

static const char five_keys[] = "srflx-token-keys 1\n"
                                "a " SECRET_A "\n"
                                "b " SECRET_A "\n"
                                "c " SECRET_A "\n"
                                "d " SECRET_A "\n"
                                "e " SECRET_A "\n";

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

static int parse(const char *content, struct srflx_token_keys *keys, char *message)
{
    return srflx_token_keys_parse(view_of(content), "tokens", keys, message);
}

TEST(reads_keys)
{
    struct srflx_token_keys keys;
    char message[SRFLX_FILE_TEXT];

    CHECK_INT(parse(sound, &keys, message), 0);
    CHECK_INT(keys.count, 2);
    CHECK_INT(keys.list[0].kid_len, 6);
    CHECK_MEM(keys.list[0].kid, "autumn", 6);
    CHECK_INT(keys.list[0].bytes[31], 0x1f);
    CHECK_INT(keys.list[1].kid_len, 64);
    CHECK_MEM(keys.list[1].kid, KID_64, 64);
    CHECK_INT(keys.list[1].bytes[0], 0xf0);
}

TEST(says_what_is_wrong_and_where)
{
    static const struct {
        const char *content, *message;
    } rows[] = {
        {"", "tokens:0: want \"srflx-token-keys 1\": this is another kind of file"},
        {"srflx-keys 1\n", "tokens:1: want \"srflx-token-keys 1\": this is another kind of file"},
        {"srflx-token-keys 1\n", "tokens:1: there is no key in it"},
        {"srflx-token-keys 1\na\n",
         "tokens:2: want the key's id and its secret, one blank between them"},
        {"srflx-token-keys 1\na " SECRET_A " x\n",
         "tokens:2: want the key's id and its secret, one blank between them"},
        {"srflx-token-keys 1\n " SECRET_A "\n",
         "tokens:2: the key's id is not 1 to 64 printable characters"},
        {"srflx-token-keys 1\n" KID_64 "x " SECRET_A "\n",
         "tokens:2: the key's id is not 1 to 64 printable characters"},
        {"srflx-token-keys 1\n\xC3\xBC " SECRET_A "\n",
         "tokens:2: the key's id is not 1 to 64 printable characters"},
        {"srflx-token-keys 1\na abcd\n", "tokens:2: the secret is not 64 hex digits"},
        {"srflx-token-keys 1\na " SECRET_A "\n#\na " SECRET_B "\n",
         "tokens:4: this key's id is there already"},
        {five_keys, "tokens:6: more than four keys"},
    };
    char message[SRFLX_FILE_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srflx_token_keys keys = {.count = 77};
        CHECK_INT(parse(rows[i].content, &keys, message), SRFLX_ERROR_VALUE);
        CHECK_STR(message, rows[i].message);
        CHECK_INT(keys.count, 77);
    }
}

/* Every beginning of a sound file is sound or refused, and reads nothing behind its end. */
TEST(takes_any_beginning)
{
    char message[SRFLX_FILE_TEXT];
    struct srflx_token_keys keys;

    for (size_t len = 0; len < sizeof sound; len++) {
        uint8_t *bytes = malloc(len ? len : 1);
        memcpy(bytes, sound, len);
        (void)!srflx_token_keys_parse((struct srflx_view){bytes, len}, "tokens", &keys, message);
        free(bytes);
    }
}

TEST(an_id_that_cannot_stand_in_the_file_is_not_added)
{
    static const char long_kid[] = KID_64 "x";
    static const char *const kids[] = {"", " a", "a b", "#a", "\x7f", long_kid, "there"};
    struct srflx_token_keys keys = {.count = 0};

    CHECK_INT(srflx_token_keys_add(&keys, view_of("there"), steady_random, NULL), 0);
    for (size_t i = 0; i < sizeof kids / sizeof *kids; i++) {
        CHECK_INT(srflx_token_keys_add(&keys, view_of(kids[i]), steady_random, NULL),
                  SRFLX_ERROR_ARGUMENT);
        CHECK_INT(keys.count, 1);
    }
}

/* Value for value: what lies behind a kid may differ. */
static void check_same(const struct srflx_token_keys *a, const struct srflx_token_keys *b)
{
    CHECK_INT(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        CHECK_INT(a->list[i].kid_len, b->list[i].kid_len);
        CHECK_MEM(a->list[i].kid, b->list[i].kid, a->list[i].kid_len);
        CHECK_MEM(a->list[i].bytes, b->list[i].bytes, sizeof a->list[i].bytes);
    }
}

TEST(the_newest_four_come_back_from_their_file)
{
    char folder[] = "/tmp/srflx-tokens-XXXXXX", path[64], message[SRFLX_FILE_TEXT];
    static const char *const kids[] = {KID_64, "b", "c", "d", "e"};
    struct srflx_token_keys keys = {.count = 0}, read;
    struct stat about;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/tokens", folder);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_INT(srflx_token_keys_add(&keys, view_of(kids[i]), steady_random, NULL), 0);
        CHECK_INT(keys.count, i < 4 ? i + 1 : 4);
        CHECK_MEM(keys.list[0].kid, kids[i], strlen(kids[i]));
        CHECK_INT(srflx_token_keys_store(path, &keys, message), 0);
        CHECK_INT(srflx_token_keys_load(path, &read, message), 0);
        check_same(&read, &keys);
    }
    CHECK_INT(stat(path, &about), 0);
    CHECK_INT(about.st_mode & 07777, 0600);
    CHECK_INT(chmod(path, 0604), 0);
    CHECK_INT(srflx_token_keys_load(path, &read, message), SRFLX_ERROR_SYSTEM);
    CHECK(strstr(message, "holds secrets that others may read: chmod 600 it") != NULL);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(rmdir(folder), 0);
}

RUN(TEST_OF(reads_keys), TEST_OF(says_what_is_wrong_and_where), TEST_OF(takes_any_beginning),
    TEST_OF(an_id_that_cannot_stand_in_the_file_is_not_added),
    TEST_OF(the_newest_four_come_back_from_their_file))
