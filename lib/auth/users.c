#include "users.h"

#include <string.h>

#include <srflxi/bytes.h>
#include <srflxi/equal.h>

/* A user has one key that is older than RFC 8489, of MD5 or short-term, and one of SHA-256. */
enum { LEGACY, SHA256, KEYS };

enum { ABSENT = 0xFFFF };

/* As large as four cache lines, so that all lie alike in them. */
enum { ENTRY = 256 };

struct entry {
    union {
        struct srflx_userhash hash;
        uint64_t align; /* for the cells, which stand behind the entries */
    };
    struct srflx_key keys[KEYS];
    uint16_t algorithms[KEYS]; /* of the keys; ABSENT: there is none */
    uint8_t rest[ENTRY - sizeof(struct srflx_userhash) - KEYS * (sizeof(struct srflx_key) + 2)];
};

/* Bits of a hash: enough for two names never to have the same by chance. */
struct tag {
    uint64_t bits;
    uint32_t more;
};

/* A place in the hash table, and the number of the entry that has it, 0 for none. */
struct cell {
    uint64_t bits;
    uint32_t more;
    uint32_t number;
};

/* Entries in the order of their coming, and behind them the cells, half of them empty at least. Number 0 is nobody, in
 * whom a search ends that finds no user. No cell is further than `window` from where its search begins, and every
 * search looks at all of them, so that its time says nothing of who is there. */
struct srflx_users {
    size_t count, most;
    uint32_t cell_mask, window;
    struct cell *cells;
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
    size_t each = sizeof(struct entry) + 4 * sizeof(struct cell); /* at most 4, see cells_for() */

    if (count > most_users || count > (SIZE_MAX - 4096) / each) return 0;
    return sizeof(struct srflx_users) + (count + 1) * sizeof(struct entry) +
           cells_for(count) * sizeof(struct cell);
}

static void make_nobody(struct entry *entry)
{
    memset(entry, 0, sizeof *entry);
    srflx_key_from_secret((struct srflx_view){NULL, 0}, &entry->keys[LEGACY]);
    entry->keys[SHA256] = entry->keys[LEGACY];
    entry->algorithms[LEGACY] = ABSENT;
    entry->algorithms[SHA256] = ABSENT;
}

int srflx_users_init(void *memory, size_t len, size_t count, struct srflx_users **ret_users)
{
    struct srflx_users *users = memory;
    size_t size = srflx_users_size(count);

    if (!size || len < size) return SRFLX_ERROR_SPACE;
    users->count = 0;
    users->most = count;
    users->cell_mask = (uint32_t)(cells_for(count) - 1);
    users->window = 1;
    users->cells = (struct cell *)(void *)&users->entries[count + 1];
    make_nobody(&users->entries[0]);
    memset(users->cells, 0, cells_for(count) * sizeof(struct cell));
    *ret_users = users;
    return 0;
}

/* A hash needs no further hashing: four of its bytes say where to begin, twelve others what to look for. */
static struct cell *cell_at(const struct srflx_users *users, const struct srflx_userhash *hash,
                            uint32_t step)
{
    return &users->cells[(srflxi_get32(hash->bytes) + step) & users->cell_mask];
}

static struct tag tag_of(const struct srflx_userhash *hash)
{
    return (struct tag){srflxi_get64(hash->bytes + 4), srflxi_get32(hash->bytes + 12)};
}

static unsigned has_tag(const struct cell *cell, struct tag tag)
{
    return (unsigned)(cell->bits == tag.bits) & (unsigned)(cell->more == tag.more);
}

/* The number of the user, 0 if there is none; the same steps for all. The first cell with the tag counts: add() has seen
 * that no other stands before a user's own, but one may stand behind it. */
static uint32_t find(const struct srflx_users *users, const struct srflx_userhash *hash)
{
    const struct tag tag = tag_of(hash);
    uint32_t number = 0, step;

    for (step = 0; step < users->window; step++) {
        const struct cell *cell = cell_at(users, hash, step);
        number |= cell->number & (0 - (uint32_t)(has_tag(cell, tag) & (unsigned)!number));
    }
    if (!srflxi_equal(users->entries[number].hash.bytes, hash->bytes, sizeof hash->bytes)) return 0;
    return number;
}

/* How far from where its search begins a new user finds an empty cell. False if one before that has his tag. */
static bool find_empty(const struct srflx_users *users, const struct srflx_userhash *hash,
                       uint32_t *ret_step)
{
    const struct tag tag = tag_of(hash);
    uint32_t step = 0;

    for (; cell_at(users, hash, step)->number; step++)
        if (has_tag(cell_at(users, hash, step), tag)) return false;
    *ret_step = step;
    return true;
}

static void put_cell(struct srflx_users *users, const struct srflx_userhash *hash, uint32_t step,
                     uint32_t number)
{
    const struct tag tag = tag_of(hash);

    *cell_at(users, hash, step) = (struct cell){tag.bits, tag.more, number};
    if (step >= users->window) users->window = step + 1;
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
    struct entry *entry = &users->entries[users->count + 1];
    uint32_t step;

    if (!is_sound(user)) return SRFLX_ERROR_ARGUMENT;
    if (!find_empty(users, &user->hash, &step)) return SRFLX_ERROR_STATE;
    if (users->count == users->most) return SRFLX_ERROR_SPACE;
    memset(entry, 0, sizeof *entry);
    entry->hash = user->hash;
    entry->algorithms[LEGACY] = entry->algorithms[SHA256] = ABSENT;
    set_key(entry, LEGACY, 0, user->password);
    set_key(entry, LEGACY, SRFLX_ALGORITHM_MD5, user->md5);
    set_key(entry, SHA256, SRFLX_ALGORITHM_SHA256, user->sha256);
    put_cell(users, &user->hash, step, (uint32_t)++users->count);
    return 0;
}

size_t srflx_users_count(const struct srflx_users *users)
{
    return users->count;
}

const struct srflx_key *srflxi_users_choose(const struct srflx_users *users,
                                            const struct srflx_userhash *hash, uint16_t algorithm,
                                            bool *ret_known)
{
    unsigned which = algorithm == SRFLX_ALGORITHM_SHA256 ? SHA256 : LEGACY;
    const struct entry *entry = &users->entries[find(users, hash)];

    *ret_known = algorithm != ABSENT && entry->algorithms[which] == algorithm;
    return &entry->keys[which];
}

const struct srflx_key *srflx_users_find(const struct srflx_users *users,
                                         const struct srflx_userhash *hash, uint16_t algorithm)
{
    bool known;
    const struct srflx_key *key = srflxi_users_choose(users, hash, algorithm, &known);

    return known ? key : NULL;
}
