#include <srflx/users.h>

#include <stdlib.h>

#include "check.h"

static struct srflx_users *new_users(size_t count)
{
    const size_t size = srflx_users_size(count);
    struct srflx_users *users;

    CHECK_INT(srflx_users_init(malloc(size), size, count, &users), 0);
    return users;
}

/* A hash of nobody's name: its first four bytes choose the cell. */
static struct srflx_userhash hash_of(uint32_t cell, uint8_t rest)
{
    struct srflx_userhash hash = {{(uint8_t)(cell >> 24), (uint8_t)(cell >> 16),
                                   (uint8_t)(cell >> 8), (uint8_t)cell, [11] = rest}};

    return hash;
}

static struct srflx_user user_of(struct srflx_userhash hash)
{
    return (struct srflx_user){.hash = hash,
                               .md5 = VIEW("0123456789abcdef"),
                               .sha256 = VIEW("0123456789abcdef0123456789abcdef")};
}

TEST(a_user_is_found_by_hash_and_algorithm)
{
    struct srflx_users *users = new_users(3);
    struct srflx_user user = user_of(hash_of(1, 1));
    struct srflx_key wanted;

    CHECK_INT(srflx_users_add(users, &user), 0);
    srflx_key_from_secret(user.md5, &wanted);
    CHECK_MEM(srflx_users_find(users, &user.hash, SRFLX_ALGORITHM_MD5), &wanted, sizeof wanted);
    srflx_key_from_secret(user.sha256, &wanted);
    CHECK_MEM(srflx_users_find(users, &user.hash, SRFLX_ALGORITHM_SHA256), &wanted, sizeof wanted);
    CHECK_NULL(srflx_users_find(users, &user.hash, 0));
    CHECK_NULL(srflx_users_find(users, &user.hash, 3));
    CHECK_NULL(srflx_users_find(users, &user.hash, 0xFFFF));
    user.hash = hash_of(2, 1);
    user.md5.len = user.sha256.len = 0;
    user.password = VIEW("pass");
    CHECK_INT(srflx_users_add(users, &user), 0);
    srflx_key_from_secret(user.password, &wanted);
    CHECK_MEM(srflx_users_find(users, &user.hash, 0), &wanted, sizeof wanted);
    CHECK_NULL(srflx_users_find(users, &user.hash, SRFLX_ALGORITHM_SHA256));
    CHECK_NULL(srflx_users_find(users, &user.hash, 0xFFFF));
    user.hash = hash_of(3, 1);
    CHECK_NULL(srflx_users_find(users, &user.hash, 0xFFFF));
    CHECK_INT(srflx_users_count(users), 2);
    free(users);
}

/* Users whose hashes fall on one cell lie one behind the other, around the end as well. */
TEST(users_of_one_cell_are_told_apart)
{
    struct srflx_users *users = new_users(8);
    uint8_t i;

    for (i = 0; i < 8; i++) {
        struct srflx_user user = user_of(hash_of(0xFFFFFFFF, i));
        CHECK_INT(srflx_users_add(users, &user), 0);
    }
    for (i = 0; i < 8; i++) {
        struct srflx_userhash hash = hash_of(0xFFFFFFFF, i);
        CHECK(srflx_users_find(users, &hash, SRFLX_ALGORITHM_MD5) != NULL);
        hash.bytes[30] = 1;
        CHECK_NULL(srflx_users_find(users, &hash, SRFLX_ALGORITHM_MD5));
    }
    free(users);
}

/* Somebody may choose names whose hashes are nearly alike: they are told apart, or the second one is refused. */
TEST(users_with_the_same_tag)
{
    const struct srflx_userhash hashes[] = {hash_of(6, 1), hash_of(6, 2), hash_of(0, 9),
                                            hash_of(1, 9)};
    struct srflx_users *users = new_users(4);
    size_t i;

    for (i = 0; i < 4; i++) {
        struct srflx_user user = user_of(hashes[i]);
        CHECK_INT(srflx_users_add(users, &user), 0);
    }
    for (i = 0; i < 4; i++)
        CHECK(srflx_users_find(users, &hashes[i], SRFLX_ALGORITHM_MD5) != NULL);
    free(users);
}

TEST(a_user_behind_another_with_his_tag_is_refused)
{
    const struct srflx_userhash hashes[] = {hash_of(0, 1), hash_of(1, 9), hash_of(0, 9)};
    struct srflx_users *users = new_users(4);
    struct srflx_user user = user_of(hashes[2]);
    size_t i;

    for (i = 0; i < 2; i++) {
        struct srflx_user before = user_of(hashes[i]);
        CHECK_INT(srflx_users_add(users, &before), 0);
    }
    CHECK_INT(srflx_users_add(users, &user), SRFLX_ERROR_STATE);
    CHECK_NULL(srflx_users_find(users, &hashes[2], SRFLX_ALGORITHM_MD5));
    CHECK(srflx_users_find(users, &hashes[1], SRFLX_ALGORITHM_MD5) != NULL);
    user.hash.bytes[15] = 1; /* what tells them apart is looked at */
    CHECK_INT(srflx_users_add(users, &user), 0);
    CHECK(srflx_users_find(users, &user.hash, SRFLX_ALGORITHM_MD5) != NULL);
    CHECK_NULL(srflx_users_find(users, &hashes[2], SRFLX_ALGORITHM_MD5));
    free(users);
}

TEST(what_cannot_be_added_is_not)
{
    struct srflx_users *users = new_users(1);
    struct srflx_user user = user_of(hash_of(1, 1)), none = {.hash = hash_of(2, 1)};

    CHECK_INT(srflx_users_add(users, &none), SRFLX_ERROR_ARGUMENT);
    none.md5 = VIEW("0123456789abcde");
    CHECK_INT(srflx_users_add(users, &none), SRFLX_ERROR_ARGUMENT);
    none.md5 = VIEW("0123456789abcdef");
    none.sha256 = VIEW("0123456789abcdef");
    CHECK_INT(srflx_users_add(users, &none), SRFLX_ERROR_ARGUMENT);
    none.sha256.len = 0;
    none.password = VIEW("pass");
    CHECK_INT(srflx_users_add(users, &none), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_users_count(users), 0);
    CHECK_INT(srflx_users_add(users, &user), 0);
    CHECK_INT(srflx_users_add(users, &user), SRFLX_ERROR_STATE);
    user.hash = hash_of(3, 3);
    CHECK_INT(srflx_users_add(users, &user), SRFLX_ERROR_SPACE);
    free(users);
}

/* Every size holds as many as it says, and no fewer bytes do. */
TEST(sizes_are_exact)
{
    size_t count, i;

    for (count = 0; count <= 65; count++) {
        const size_t size = srflx_users_size(count);
        uint8_t *memory = malloc(size);
        struct srflx_users *users = NULL;

        CHECK_INT(srflx_users_init(memory, size - 1, count, &users), SRFLX_ERROR_SPACE);
        CHECK_NULL(users);
        CHECK_INT(srflx_users_init(memory, size, count, &users), 0);
        for (i = 0; i < count; i++) {
            struct srflx_user user = user_of(hash_of((uint32_t)i * 0x9E3779B1, (uint8_t)i));
            CHECK_INT(srflx_users_add(users, &user), 0);
        }
        for (i = 0; i < count; i++) {
            struct srflx_userhash hash = hash_of((uint32_t)i * 0x9E3779B1, (uint8_t)i);
            CHECK(srflx_users_find(users, &hash, SRFLX_ALGORITHM_SHA256) != NULL);
        }
        free(memory);
    }
    CHECK_INT(srflx_users_size(SIZE_MAX), 0);
    CHECK_INT(srflx_users_size(SIZE_MAX / 2), 0);
}

RUN(TEST_OF(a_user_is_found_by_hash_and_algorithm), TEST_OF(users_of_one_cell_are_told_apart),
    TEST_OF(users_with_the_same_tag), TEST_OF(a_user_behind_another_with_his_tag_is_refused),
    TEST_OF(what_cannot_be_added_is_not), TEST_OF(sizes_are_exact))
