#include <srflx/users.h>

#include <string.h>

#include <srflxi/bytes.h>

/* A user has one key that is older than RFC 8489, of MD5 or short-term, and one of SHA-256. */
enum { LEGACY, SHA256, KEYS };

enum { ABSENT = 0xFFFF };

struct entry {
    struct srflx_userhash hash;
    uint16_t algorithms[KEYS]; /* of the keys; ABSENT: there is none */
    struct srflx_key keys[KEYS];
};

/* Entries in the order of their coming, and behind them the cells: half of them are empty at least, so that
 * a search ends soon. A cell holds the number of an entry + 1, 0 for none. */
struct srflx_users {
    size_t count, most;
    uint32_t cell_mask;
    uint32_t *cells;
    struct entry entries[];
};

static const size_t most_users = (size_t)1 << 30;

static size_t cells_for(size_t count)
{
    size_t cells = 2;

    while (cells < 2 * count)
        cells *= 2;
    return cells;
}

size_t srflx_users_size(size_t count)
{
    size_t each =
        sizeof(struct entry) + 4 * sizeof(uint32_t); /* at most 4 cells, see cells_for() */

    if (count > most_users || count > (SIZE_MAX - sizeof(struct srflx_users) - 8) / each) return 0;
    return sizeof(struct srflx_users) + count * sizeof(struct entry) +
           cells_for(count) * sizeof(uint32_t);
}

int srflx_users_init(void *memory, size_t len, size_t count, struct srflx_users **ret_users)
{
    struct srflx_users *users = memory;
    size_t size = srflx_users_size(count);

    if (!size || len < size) return SRFLX_ERROR_SPACE;
    users->count = 0;
    users->most = count;
    users->cell_mask = (uint32_t)(cells_for(count) - 1);
    users->cells = (uint32_t *)(void *)&users->entries[count];
    memset(users->cells, 0, cells_for(count) * sizeof(uint32_t));
    *ret_users = users;
    return 0;
}

/* The cell where the hash is, or where it would be. A hash needs no further hashing. */
static uint32_t find_cell(const struct srflx_users *users, const struct srflx_userhash *hash)
{
    const uint32_t *cells = users->cells;
    uint32_t cell = srflxi_get32(hash->bytes) & users->cell_mask;

    while (cells[cell] &&
           memcmp(users->entries[cells[cell] - 1].hash.bytes, hash->bytes, sizeof hash->bytes) != 0)
        cell = (cell + 1) & users->cell_mask;
    return cell;
}

static bool is_sound(const struct srflx_user *user)
{
    if (user->md5.len && user->md5.len != 16) return false;
    if (user->sha256.len && user->sha256.len != 32) return false;
    if (user->password.len) return !user->md5.len && !user->sha256.len;
    return user->md5.len || user->sha256.len;
}

static void set_key(struct entry *entry, unsigned which, uint16_t algorithm,
                    struct srflx_view secret)
{
    if (!secret.len) return;
    entry->algorithms[which] = algorithm;
    srflx_key_from_secret(secret, &entry->keys[which]);
}

int srflx_users_add(struct srflx_users *users, const struct srflx_user *user)
{
    uint32_t cell = find_cell(users, &user->hash);
    struct entry *entry = &users->entries[users->count];

    if (!is_sound(user)) return SRFLX_ERROR_ARGUMENT;
    if (users->cells[cell]) return SRFLX_ERROR_STATE;
    if (users->count == users->most) return SRFLX_ERROR_SPACE;
    memset(entry, 0, sizeof *entry);
    entry->hash = user->hash;
    entry->algorithms[LEGACY] = entry->algorithms[SHA256] = ABSENT;
    set_key(entry, LEGACY, 0, user->password);
    set_key(entry, LEGACY, SRFLX_ALGORITHM_MD5, user->md5);
    set_key(entry, SHA256, SRFLX_ALGORITHM_SHA256, user->sha256);
    users->cells[cell] = (uint32_t)++users->count;
    return 0;
}

size_t srflx_users_count(const struct srflx_users *users)
{
    return users->count;
}

const struct srflx_key *srflx_users_find(const struct srflx_users *users,
                                         const struct srflx_userhash *hash, uint16_t algorithm)
{
    unsigned which = algorithm == SRFLX_ALGORITHM_SHA256 ? SHA256 : LEGACY;
    uint32_t number = users->cells[find_cell(users, hash)];
    const struct entry *entry;

    if (!number) return NULL;
    entry = &users->entries[number - 1];
    return entry->algorithms[which] == algorithm ? &entry->keys[which] : NULL;
}
