#include <srflx/gate.h>

#include <stdlib.h>

#include <check.h>

#include <srflx/addr.h>

static struct srflx_gate *new_gate(size_t capacity)
{
    void *memory = malloc(srflx_gate_size(capacity));
    struct srflx_gate *gate;

    CHECK(memory != NULL);
    CHECK_INT(srflx_gate_init(memory, srflx_gate_size(capacity), capacity, &gate), 0);
    return gate;
}

static struct srflx_addr addr(const char *text)
{
    struct srflx_addr found;

    CHECK_INT(srflx_addr_parse(text, &found), 0);
    return found;
}

/* spec: R8489-6.2-01 R8489-6.2-02 R5389-7.2-03 */
TEST(the_eleventh_waits_until_one_has_left)
{
    const struct srflx_addr one = addr("192.0.2.1:1"), same = addr("192.0.2.1:2"),
                            other = addr("192.0.2.2:1");
    struct srflx_gate *gate = new_gate(2);
    int i;

    for (i = 0; i < SRFLX_GATE_OUTSTANDING; i++)
        CHECK(srflx_gate_enter(gate, i % 2 ? &one : &same));
    CHECK(!srflx_gate_is_open(gate, &one));
    CHECK(!srflx_gate_enter(gate, &one));
    CHECK(!srflx_gate_enter(gate, &same));
    CHECK(srflx_gate_enter(gate, &other));
    srflx_gate_leave(gate, &same);
    CHECK(srflx_gate_is_open(gate, &one));
    CHECK(srflx_gate_enter(gate, &one));
    CHECK(!srflx_gate_enter(gate, &one));
    free(gate);
}

TEST(a_server_without_questions_makes_room)
{
    const struct srflx_addr one = addr("192.0.2.1:1"), two = addr("[2001:db8::1]:1");
    struct srflx_gate *gate = new_gate(1);

    CHECK(srflx_gate_enter(gate, &one));
    CHECK(!srflx_gate_enter(gate, &two));
    CHECK(srflx_gate_enter(gate, &one));
    srflx_gate_leave(gate, &one);
    CHECK(!srflx_gate_is_open(gate, &two));
    srflx_gate_leave(gate, &one);
    srflx_gate_leave(gate, &one);
    CHECK(srflx_gate_enter(gate, &two));
    CHECK(!srflx_gate_is_open(gate, &one));
    free(gate);
}

TEST(numbers_outside_their_range_are_refused)
{
    struct srflx_gate *gate = NULL;
    uint8_t memory[64];

    CHECK_INT(srflx_gate_init(memory, sizeof memory, 0, &gate), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_gate_init(memory, sizeof memory, SRFLX_GATE_MAX + 1, &gate),
              SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_gate_init(memory, srflx_gate_size(1) - 1, 1, &gate), SRFLX_ERROR_SPACE);
    CHECK_NULL(gate);
}

RUN(TEST_OF(the_eleventh_waits_until_one_has_left), TEST_OF(a_server_without_questions_makes_room),
    TEST_OF(numbers_outside_their_range_are_refused))
