#include "associations.h"

#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

#include "index_list.h"

enum { NONE = SRFLX_INDEX_NONE, HASH_WORDS = 6 };

struct line {
    struct srflx_index_list list;
    uint32_t count;
};

struct srflx_associations {
    uint32_t most, used,
        free; /* used: numbers given out so far; free: the first of those given back */
    uint32_t mask;
    uint64_t hash_keys[HASH_WORDS];
    struct line lines[SRFLX_ASSOCIATION_LINES];
    uint32_t *buckets; /* number + 1 of the first one, 0: none */
    struct srflx_links *links;
    struct srflx_association *list;
};

static uint32_t buckets_for(uint32_t most)
{
    uint32_t count = 16;

    while (count < most)
        count *= 2;
    return count;
}

/* Zeroed memory of this size comes from the kernel, which gives pages as they are touched. */
struct srflx_associations *srflx_associations_new(uint32_t most, srflx_random_fn *random,
                                                  void *user)
{
    struct srflx_associations *table = calloc(1, sizeof *table);

    if (!table) return NULL;
    table->most = most;
    table->free = NONE;
    table->mask = buckets_for(most) - 1;
    random(user, (uint8_t *)table->hash_keys, sizeof table->hash_keys);
    for (unsigned i = 0; i < SRFLX_ASSOCIATION_LINES; i++)
        srflx_index_list_init(&table->lines[i].list);
    table->buckets = calloc(table->mask + 1, sizeof *table->buckets);
    table->links = calloc(most, sizeof *table->links);
    table->list = calloc(most, sizeof *table->list);
    if (table->buckets && table->links && table->list) return table;
    srflx_associations_destroy(table);
    return NULL;
}

void srflx_associations_destroy(struct srflx_associations *table)
{
    if (!table) return;
    free(table->buckets);
    free(table->links);
    free(table->list);
    free(table);
}

static struct srflx_association *of(const struct srflx_associations *table, uint32_t number)
{
    return number == NONE ? NULL : &table->list[number];
}

static uint32_t number_of(const struct srflx_associations *table,
                          const struct srflx_association *association)
{
    return (uint32_t)(association - table->list);
}

/* The sum of the words, each times a random number, of which the upper half counts: whoever does not know the
 * numbers cannot choose addresses that meet in a bucket more often than chance has it. */
static uint32_t *bucket_of(const struct srflx_associations *table,
                           const struct srflx_dtls_path *path)
{
    const struct srflx_addr *client = &path->client;
    uint32_t words[HASH_WORDS] = {[4] = client->port, [5] = client->scope};
    uint64_t sum = 0;

    memcpy(words, client->ip, sizeof client->ip);
    for (unsigned i = 0; i < HASH_WORDS; i++)
        sum += table->hash_keys[i] * words[i];
    return &table->buckets[(uint32_t)(sum >> 32) & table->mask];
}

static bool is_same(const struct srflx_dtls_path *a, const struct srflx_dtls_path *b)
{
    return srflx_addr_equal(&a->client, &b->client) && srflx_addr_equal(&a->peer, &b->peer) &&
           srflx_addr_equal(&a->local, &b->local) && srflx_addr_equal(&a->asked, &b->asked);
}

struct srflx_association *srflx_associations_find(const struct srflx_associations *table,
                                                  const struct srflx_dtls_path *path)
{
    struct srflx_association *found = of(table, *bucket_of(table, path) - 1);

    while (found && !is_same(&found->path, path))
        found = of(table, found->next);
    return found;
}

static void append(struct srflx_associations *table, const struct srflx_association *association)
{
    struct line *line = &table->lines[association->line];

    srflx_index_list_append(&line->list, table->links, number_of(table, association));
    line->count++;
}

static void leave(struct srflx_associations *table, const struct srflx_association *association)
{
    struct line *line = &table->lines[association->line];

    srflx_index_list_remove(&line->list, table->links, number_of(table, association));
    line->count--;
}

/* A number that was given back, or the next one; NONE if there is none left. */
static uint32_t take_number(struct srflx_associations *table)
{
    const uint32_t number = table->free;

    if (number != NONE) {
        table->free = table->list[number].next;
        return number;
    }
    return table->used < table->most ? table->used++ : NONE;
}

struct srflx_association *srflx_associations_add(struct srflx_associations *table,
                                                 const struct srflx_dtls_path *path,
                                                 struct srflx_time now)
{
    uint32_t *bucket = bucket_of(table, path);
    struct srflx_association *association = of(table, take_number(table));

    if (!association) return NULL;
    memset(association, 0, sizeof *association);
    association->path = *path;
    association->since_ns = now.mono_ns;
    association->next = *bucket - 1; /* NONE is the number before 0 */
    *bucket = number_of(table, association) + 1;
    association->line = SRFLX_IN_HANDSHAKE;
    append(table, association);
    return association;
}

void srflx_associations_remove(struct srflx_associations *table,
                               struct srflx_association *association)
{
    const uint32_t number = number_of(table, association);
    uint32_t *bucket = bucket_of(table, &association->path);
    struct srflx_association *before = *bucket == number + 1 ? NULL : of(table, *bucket - 1);

    while (before && before->next != number)
        before = of(table, before->next);
    if (before)
        before->next = association->next;
    else
        *bucket = association->next + 1;
    leave(table, association);
    association->next = table->free;
    table->free = number;
}

void srflx_associations_queue(struct srflx_associations *table,
                              struct srflx_association *association,
                              enum srflx_association_line line, struct srflx_time now)
{
    leave(table, association);
    association->line = line;
    association->since_ns = now.mono_ns;
    append(table, association);
}

struct srflx_association *srflx_associations_first(const struct srflx_associations *table,
                                                   enum srflx_association_line line)
{
    return of(table, table->lines[line].list.first);
}

struct srflx_association *srflx_associations_behind(const struct srflx_associations *table,
                                                    const struct srflx_association *association)
{
    return of(table, table->links[number_of(table, association)].next);
}

uint32_t srflx_associations_count(const struct srflx_associations *table,
                                  enum srflx_association_line line)
{
    return table->lines[line].count;
}
