#include <check.h>

#include <srflx/addr.h>

#include "associations.h"
#include "steady_random.h"

static struct srflx_dtls_path path_of(unsigned number)
{
    struct srflx_dtls_path path = {
        .peer = {{192, 0, (uint8_t)(number >> 8), (uint8_t)number}, 0, 1, 4}};

    path.client = path.peer;
    path.local = path.asked = (struct srflx_addr){{192, 0, 2, 1}, 0, 5349, 4};
    return path;
}

static struct srflx_association *add(struct srflx_associations *table, unsigned number)
{
    const struct srflx_dtls_path path = path_of(number);

    return srflx_associations_add(table, &path, (struct srflx_time){number, 0});
}

static struct srflx_association *find(struct srflx_associations *table, unsigned number)
{
    const struct srflx_dtls_path path = path_of(number);

    return srflx_associations_find(table, &path);
}

TEST(what_was_added_is_found_until_it_is_removed)
{
    enum { MOST = 1000 };
    struct srflx_associations *table = srflx_associations_new(MOST, steady_random, NULL);

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < MOST; i++)
            CHECK(add(table, i) != NULL);
        CHECK_NULL(add(table, MOST));
        for (unsigned i = 0; i < MOST; i++)
            CHECK_INT(find(table, i)->since_ns, i);
        for (unsigned i = 0; i < MOST; i += 2)
            srflx_associations_remove(table, find(table, i));
        for (unsigned i = 0; i < MOST; i++)
            CHECK_INT(find(table, i) != NULL, i % 2);
        for (unsigned i = 1; i < MOST; i += 2)
            srflx_associations_remove(table, find(table, i));
        CHECK_INT(srflx_associations_count(table, SRFLX_IN_HANDSHAKE), 0);
    }
    srflx_associations_destroy(table);
}

TEST(every_part_of_a_path_counts)
{
    struct srflx_associations *table = srflx_associations_new(16, steady_random, NULL);
    const struct srflx_dtls_path path = path_of(7);
    struct srflx_dtls_path other = path;

    CHECK(srflx_associations_add(table, &path, (struct srflx_time){0, 0}) != NULL);
    CHECK(srflx_associations_find(table, &path) != NULL);
    other.client.port++;
    CHECK_NULL(srflx_associations_find(table, &other));
    other = path;
    other.peer.port++;
    CHECK_NULL(srflx_associations_find(table, &other));
    other = path;
    other.local.port++;
    CHECK_NULL(srflx_associations_find(table, &other));
    other = path;
    other.asked.port++;
    CHECK_NULL(srflx_associations_find(table, &other));
    other = path;
    other.socket++;
    CHECK(srflx_associations_find(table, &other) != NULL);
    srflx_associations_destroy(table);
}

TEST(lines_keep_their_order)
{
    struct srflx_associations *table = srflx_associations_new(16, steady_random, NULL);
    struct srflx_association *a = add(table, 1), *b = add(table, 2), *c = add(table, 3);

    CHECK(srflx_associations_first(table, SRFLX_IN_HANDSHAKE) == a);
    CHECK(srflx_associations_behind(table, a) == b && srflx_associations_behind(table, b) == c);
    CHECK_NULL(srflx_associations_behind(table, c));
    CHECK_NULL(srflx_associations_first(table, SRFLX_OPEN));
    srflx_associations_queue(table, b, SRFLX_OPEN, (struct srflx_time){10, 0});
    srflx_associations_queue(table, a, SRFLX_OPEN, (struct srflx_time){11, 0});
    CHECK(srflx_associations_first(table, SRFLX_IN_HANDSHAKE) == c);
    CHECK(srflx_associations_first(table, SRFLX_OPEN) == b);
    CHECK_INT(b->since_ns, 10);
    srflx_associations_queue(table, b, SRFLX_OPEN, (struct srflx_time){12, 0});
    CHECK(srflx_associations_first(table, SRFLX_OPEN) == a);
    CHECK_INT(srflx_associations_count(table, SRFLX_OPEN), 2);
    srflx_associations_remove(table, a);
    CHECK(srflx_associations_first(table, SRFLX_OPEN) == b);
    CHECK_INT(srflx_associations_count(table, SRFLX_OPEN), 1);
    srflx_associations_destroy(table);
}

RUN(TEST_OF(what_was_added_is_found_until_it_is_removed), TEST_OF(every_part_of_a_path_counts),
    TEST_OF(lines_keep_their_order))
