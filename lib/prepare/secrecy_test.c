/* Does a password stay behind where nobody looks after it? */
#define _POSIX_C_SOURCE 200809L

#include "points.h"

#include <srflx/error.h>
#include <srflxi/utf8.h>

#include "check.h"
#include "thread_stack.h"

/* Characters that no profile changes, as text and as code points. */
enum { COUNT = 300 };
static uint8_t text_bytes[3 * COUNT + 1];
static uint32_t points[COUNT];
static uint8_t buf[SRFLX_PREPARE_LONGEST];
static struct srflx_view text, prepared;

static void *forget_nothing(void *unused)
{
    struct {
        struct srflxi_points points;
        uint8_t above[THREAD_END];
    } frame;

    memcpy(frame.points.at, points, sizeof points);
    /* Somebody may read it: the compiler has to put it into memory. */
    __asm__ volatile("" : : "r"(&frame) : "memory");
    return unused;
}

/* The return values: 0, or why not. */
static int result;

static void *as_opaque(void *unused)
{
    result = srflx_prepare_opaque(text, buf, sizeof buf, &prepared);
    return unused;
}

static void *as_saslprep(void *unused)
{
    result = srflx_prepare_saslprep(text, SRFLX_PREPARE_QUERY, buf, sizeof buf, &prepared);
    return unused;
}

/* Less than 128 bytes may come from a register in which something was copied, and which the dynamic
 * linker saved. */
static bool stack_holds_text(void)
{
    return stack_holds_some(text_bytes, text.len, 128) ||
           stack_holds_some(points, sizeof points, 128);
}

static void check_forgets(void *(*prepare)(void *), int want)
{
    run_on_stack(prepare);
    CHECK_INT(result, want);
    CHECK(!stack_holds_text());
}

TEST(leaves_no_text_on_the_stack)
{
    size_t i;

    text.ptr = text_bytes;
    for (i = 0; i < COUNT; i++) {
        points[i] = (uint32_t)(0x4E00 + 17 * i);
        text.len += srflxi_utf8_put(points[i], text_bytes + text.len);
    }
    run_on_stack(forget_nothing);
    CHECK(stack_holds_text());
    check_forgets(as_opaque, 0);
    check_forgets(as_saslprep, 0);
    text_bytes[text.len++] = '\a';
    check_forgets(as_opaque, SRFLX_ERROR_CHARACTER);
    check_forgets(as_saslprep, SRFLX_ERROR_CHARACTER);
    text_bytes[text.len - 1] = 0xFF;
    check_forgets(as_opaque, SRFLX_ERROR_UTF8);
    check_forgets(as_saslprep, SRFLX_ERROR_UTF8);
}

RUN(TEST_OF(leaves_no_text_on_the_stack))
