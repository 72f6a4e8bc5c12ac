/* The users of a server: an immutable table, looked up by USERHASH in O(1).
 * Sources: RFC 8489 sections 9.1, 9.2, 9.2.1 and 14.4.
 * It keeps keys, no passwords and no names: a name is looked up by its hash as well, so that both ways take
 * the same path. One thread builds it; then any number of threads may read it.
 *
 *     srflx_users_init(memory, len, count, &users);
 *     srflx_users_add(users, &user); // for each
 *     key = srflx_users_find(users, &hash, SRFLX_ALGORITHM_SHA256);
 */
#ifndef SRFLX_USERS_H
#define SRFLX_USERS_H

#include <srflx/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One user, by what the mechanism needs. Long-term: the secrets of the algorithms that may be used; short-term:
 * the password alone, and the hash of a name in an empty realm. What is not there is empty. */
struct srflx_user {
    struct srflx_userhash hash;
    struct srflx_view md5;      /* 16 bytes */
    struct srflx_view sha256;   /* 32 bytes */
    struct srflx_view password; /* short-term, and nothing else then */
};

struct srflx_users;

/* Bytes that init() needs for `count` users; 0 if no memory can hold them. */
size_t srflx_users_size(size_t count);

/* Makes an empty table with room for `count` users in the caller's memory, which must be aligned as
 * malloc's, outlive all readers, and be wiped before it is given back, as it holds keys. Returns 0 or
 * SRFLX_ERROR_SPACE. */
SRFLX_MUST_USE int srflx_users_init(void *memory, size_t len, size_t count,
                                    struct srflx_users **ret_users);

/* Copies what is needed of `user`. Returns 0, SRFLX_ERROR_SPACE (the table is full), SRFLX_ERROR_STATE (the hash is
 * there already: the same name twice, or two whose hashes have 96 bits in common, which chance does not bring about) or
 * SRFLX_ERROR_ARGUMENT (a secret of another length, or none that fits). */
SRFLX_MUST_USE int srflx_users_add(struct srflx_users *users, const struct srflx_user *user);

size_t srflx_users_count(const struct srflx_users *users);

/* The key of a user for a password algorithm, 0 for short-term credentials. NULL if there is none. The same time for every
 * hash. */
const struct srflx_key *srflx_users_find(const struct srflx_users *users,
                                         const struct srflx_userhash *hash, uint16_t algorithm);

#ifdef __cplusplus
}
#endif
#endif
