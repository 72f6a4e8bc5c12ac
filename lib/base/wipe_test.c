#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdbool.h>

/* The optimizer sees both sides of the call, as with link-time optimization. */
#include "wipe.c"

#include "check.h"

TEST(zeroes_what_it_was_given)
{
    static const uint8_t want[6] = {1, 0, 0, 0, 0, 6};
    uint8_t bytes[6] = {1, 2, 3, 4, 5, 6};

    srflxi_wipe(bytes + 1, 4);
    CHECK_MEM(bytes, want, 6);
    srflxi_wipe(bytes, 0);
    srflxi_wipe(NULL, 0);
    CHECK_INT(bytes[0], 1);
}

/* The rest looks into the stack of a thread that has ended. The secret is computed, so that it lies
 * nowhere but there. */
enum { STACK = 1 << 18, SECRET = 64, DEPTH = 1 << 14 };
static uint8_t stack[STACK] __attribute__((aligned(4096)));

/* Deep enough for the end of a thread not to write over the secret. */
struct frame {
    uint8_t secret[SECRET];
    uint8_t above[DEPTH];
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
    srflxi_wipe(frame.secret, sizeof frame.secret);
    return unused;
}

static bool stack_holds_secret_after(void *(*run)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t at, same;

    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    CHECK_INT(pthread_create(&thread, &attributes, run, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(pthread_attr_destroy(&attributes), 0);
    for (at = 0; at + SECRET <= STACK; at++) {
        for (same = 0; same < SECRET && stack[at + same] == secret_byte(same); same++)
            continue;
        if (same == SECRET) return true;
    }
    return false;
}

TEST(stays_where_the_compiler_would_leave_out_memset)
{
    CHECK(stack_holds_secret_after(forgetful));
    memset(stack, 0, sizeof stack);
    CHECK(!stack_holds_secret_after(careful));
}

RUN(TEST_OF(zeroes_what_it_was_given), TEST_OF(stays_where_the_compiler_would_leave_out_memset))
