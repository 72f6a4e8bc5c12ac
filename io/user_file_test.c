#include <srflx/user_file.h>

#include <stdlib.h>

#include "check.h"

#define MD5 "8493fbc53ba582fb4c044c456bdc40eb"
#define SHA256 "07e934117abd40836e7c6329b54731b2b2d2a5f9a71f544922d75e0730d8251b"

static const char sound[] = "srflx-users 1\n"
                            "# user, realm, keys\n"
                            "user\trealm\tmd5:" MD5 "\tsha256:" SHA256 "\n"
                            "\xC3\xBCser one\trealm\tsha256:" SHA256 "\r\n"
                            "\n"
                            "evtj:h6vY\t-\tpassword:70617373";

static int parse(const char *content, struct srflx_users **users, char *message)
{
    return srflx_user_file_parse((struct srflx_view){(const uint8_t *)content, strlen(content)},
                                 "users", users, message);
}

static const struct srflx_key *find(const struct srflx_users *users, const char *name,
                                    const char *realm, uint16_t algorithm)
{
    const struct srflx_identity who = {{(const uint8_t *)name, strlen(name)},
                                       {(const uint8_t *)realm, strlen(realm)}};
    struct srflx_userhash hash;

    srflx_userhash_compute(&who, &hash);
    return srflx_users_find(users, &hash, algorithm);
}

static void check_key(const struct srflx_key *key, struct srflx_view secret)
{
    struct srflx_key wanted;

    srflx_key_from_secret(secret, &wanted);
    CHECK(key != NULL);
    CHECK_MEM(key, &wanted, sizeof wanted);
}

TEST(every_user_is_found_by_what_he_has)
{
    const struct srflx_identity who = {VIEW("user"), VIEW("realm")};
    char message[SRFLX_FILE_TEXT];
    struct srflx_secret secret;
    struct srflx_users *users;

    CHECK_INT(parse(sound, &users, message), 0);
    CHECK_INT(srflx_users_count(users), 3);
    CHECK_INT(srflx_secret_long_term(SRFLX_ALGORITHM_MD5, &who, VIEW("pass"), &secret), 0);
    check_key(find(users, "user", "realm", SRFLX_ALGORITHM_MD5),
              (struct srflx_view){secret.bytes, secret.len});
    CHECK_INT(srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &who, VIEW("pass"), &secret), 0);
    check_key(find(users, "user", "realm", SRFLX_ALGORITHM_SHA256),
              (struct srflx_view){secret.bytes, secret.len});
    check_key(find(users, "evtj:h6vY", "", 0), VIEW("pass"));
    CHECK(find(users, "\xC3\xBCser one", "realm", SRFLX_ALGORITHM_SHA256) != NULL);
    CHECK_NULL(find(users, "\xC3\xBCser one", "realm", SRFLX_ALGORITHM_MD5));
    CHECK_NULL(find(users, "user", "realm", 0));
    CHECK_NULL(find(users, "user", "Realm", SRFLX_ALGORITHM_MD5));
    CHECK_NULL(find(users, "evtj:h6vY", "", SRFLX_ALGORITHM_SHA256));
    srflx_user_file_free(users);
}

TEST(says_what_is_wrong_and_where)
{
    static const struct {
        const char *content, *message;
    } rows[] = {
        {"", "users:0: want \"srflx-users 1\": this is another kind of file"},
        {"srflx-keys 1\n", "users:1: want \"srflx-users 1\": this is another kind of file"},
        {"srflx-users 1\n\tr\tmd5:" MD5, "users:2: there is no name"},
        {"srflx-users 1\nuser", "users:2: there is no realm; - means short-term credentials"},
        {"srflx-users 1\nuser\t\tmd5:" MD5,
         "users:2: there is no realm; - means short-term credentials"},
        {"srflx-users 1\nuser\tr", "users:2: there is no key"},
        {"srflx-users 1\nuser\tr\tmd5:abc", "users:2: md5 is not 32 hex digits"},
        {"srflx-users 1\nuser\tr\tsha256:" MD5, "users:2: sha256 is not 64 hex digits"},
        {"srflx-users 1\nuser\tr\tsecret",
         "users:2: want md5:, sha256: or password: and hex digits"},
        {"srflx-users 1\nuser\tr\tpassword:70",
         "users:2: only short-term credentials have a password here"},
        {"srflx-users 1\nuser\t-\tmd5:" MD5,
         "users:2: short-term credentials have a password alone"},
        {"srflx-users 1\nuser\t-\tpassword:",
         "users:2: the password has no bytes, or more than 763"},
        {"srflx-users 1\nuser\t-\tpassword:7", "users:2: the password is not in hex digits"},
        {"srflx-users 1\nuser\t-\tpassword:7g", "users:2: the password is not in hex digits"},
        {"srflx-users 1\nuser\tr\tmd5:" MD5 "\n# x\nuser\tr\tsha256:" SHA256,
         "users:4: this name is in the realm already, or name and realm make the same text as "
         "another line's"},
    };
    char message[SRFLX_FILE_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srflx_users *users = NULL;
        CHECK_INT(parse(rows[i].content, &users, message), SRFLX_ERROR_VALUE);
        CHECK_STR(message, rows[i].message);
        CHECK_NULL(users);
    }
}

TEST(takes_any_beginning)
{
    char message[SRFLX_FILE_TEXT];

    for (size_t len = 0; len < sizeof sound; len++) {
        struct srflx_users *users = NULL;
        uint8_t *bytes = malloc(len ? len : 1);
        memcpy(bytes, sound, len);
        (void)!srflx_user_file_parse((struct srflx_view){bytes, len}, "users", &users, message);
        srflx_user_file_free(users);
        free(bytes);
    }
}

TEST(a_line_comes_back_as_it_was)
{
    static const char *const lines[] = {"user\trealm\tmd5:" MD5 "\tsha256:" SHA256,
                                        ("\xC3\xBCser one\trealm\tsha256:" SHA256),
                                        "evtj:h6vY\t-\tpassword:70617373"};
    char again[SRFLX_USER_LINE_MAX];
    struct srflx_user_entry entry;
    const char *what;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const size_t len = strlen(lines[i]);
        CHECK_INT(srflx_user_entry_parse((struct srflx_view){(const uint8_t *)lines[i], len},
                                         &entry, &what),
                  0);
        CHECK_INT(srflx_user_entry_write(&entry, again), len + 1);
        CHECK_MEM(again, lines[i], len);
        CHECK_INT(again[len], '\n');
    }
}

TEST(what_would_not_be_a_line_is_not_written)
{
    struct srflx_user_entry entry = {.name = VIEW("user"), .realm = VIEW("realm")};
    char line[SRFLX_USER_LINE_MAX];

    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.has_md5 = true;
    CHECK(srflx_user_entry_write(&entry, line) > 0);
    entry.name = VIEW("us\ter");
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.name = VIEW("#user");
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.name = VIEW("user");
    entry.realm = VIEW("re\nalm");
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.realm = VIEW("re\0alm");
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.realm = VIEW("-"); /* would come back as short-term credentials */
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
    entry.realm = VIEW("#realm");
    CHECK(srflx_user_entry_write(&entry, line) > 0);
    entry.realm.len = 0;
    CHECK_INT(srflx_user_entry_write(&entry, line), 0);
}

RUN(TEST_OF(every_user_is_found_by_what_he_has), TEST_OF(says_what_is_wrong_and_where),
    TEST_OF(takes_any_beginning), TEST_OF(a_line_comes_back_as_it_was),
    TEST_OF(what_would_not_be_a_line_is_not_written))
