/* The assertions of the suite: twelve macros over cmocka, so that the runner can be exchanged here.
 */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Defines a test; takes no arguments. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#define CHECK(condition) assert_true(condition)
#define CHECK_INT(actual, expected) assert_int_equal((actual), (expected))
#define CHECK_STR(actual, expected) assert_string_equal((actual), (expected))
#define CHECK_MEM(actual, expected, len) assert_memory_equal((actual), (expected), (len))
#define CHECK_NULL(pointer) assert_null(pointer)
#define FAIL(...) fail_msg(__VA_ARGS__)
#define SKIP() skip()

/* A struct srflx_view against bytes written as an array. */
#define CHECK_BYTES(view, ...)                                          \
    do {                                                                \
        static const uint8_t check_want[] = __VA_ARGS__;                \
        assert_int_equal((view).len, sizeof check_want);                \
        assert_memory_equal((view).ptr, check_want, sizeof check_want); \
    } while (0)

/* A view over bytes in the test: VIEW("text") without its NUL. */
#define VIEW(text) ((struct srflx_view){(const uint8_t *)(text), sizeof(text) - 1})

/* main(): RUN(TEST_OF(a), TEST_OF(b)). */
#define TEST_OF(name) cmocka_unit_test(name)
#define RUN(...)                                                \
    int main(void)                                              \
    {                                                           \
        const struct CMUnitTest check_tests[] = {__VA_ARGS__};  \
        return cmocka_run_group_tests(check_tests, NULL, NULL); \
    }

#endif
