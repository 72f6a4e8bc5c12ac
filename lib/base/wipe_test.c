#define _POSIX_C_SOURCE 200809L

/* The optimizer sees both sides of the call, as with link-time optimization. */
#include "wipe.c"

#include "check.h"
#include "thread_stack.h"

TEST(zeroes_what_it_was_given)
{
    static const uint8_t want[6] = {1, 0, 0, 0, 0, 6};
    uint8_t bytes[6] = {1, 2, 3, 4, 5, 6};

    srflx_wipe(bytes + 1, 4);
    CHECK_MEM(bytes, want, 6);
    srflx_wipe(bytes, 0);
    srflx_wipe(NULL, 0);
    CHECK_INT(bytes[0], 1);
}

/* Computed, so that it lies nowhere but there. */
enum { SECRET = 64 };

struct frame {
    uint8_t secret[SECRET];
    uint8_t above[THREAD_END];
};

static uint8_t secret_byte(size_t i)
{
    return (uint8_t)(0xA5 ^ (29 * i));
}

static void use_secret(struct frame *frame)
{
    size_t i;

    for (i = 0; i < SECRET; i++)
        frame->secret[i] = secret_byte(i);
    /* Somebody may read it: the compiler has to put it into memory. */
    __asm__ volatile("" : : "r"(frame) : "memory");
}

static void *forgetful(void *unused)
{
    struct frame frame;

    use_secret(&frame);
    return unused;
}

static void *careful(void *unused)
{
    struct frame frame;

    use_secret(&frame);
    srflx_wipe(frame.secret, sizeof frame.secret);
    return unused;
}

TEST(stays_where_the_compiler_would_leave_out_memset)
{
    uint8_t secret[SECRET];

    for (size_t i = 0; i < SECRET; i++)
        secret[i] = secret_byte(i);
    run_on_stack(forgetful);
    CHECK(stack_holds(secret, SECRET));
    run_on_stack(careful);
    CHECK(!stack_holds(secret, SECRET));
}

RUN(TEST_OF(zeroes_what_it_was_given), TEST_OF(stays_where_the_compiler_would_leave_out_memset))
