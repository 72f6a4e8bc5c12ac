#include <srflx/error.h>

#include "check.h"

TEST(every_code_has_name_and_text)
{
#define CHECK_CODE(name, number, text)                      \
    CHECK_STR(srflx_error_name(SRFLX_ERROR_##name), #name); \
    CHECK_STR(srflx_error_text(number), text);
    SRFLX_ERROR_MAP(CHECK_CODE)
#undef CHECK_CODE
}

TEST(other_numbers_are_told_apart)
{
    CHECK_STR(srflx_error_name(0), "OK");
    CHECK_STR(srflx_error_text(1), "no error");
    CHECK_STR(srflx_error_name(-9999), "UNKNOWN");
    CHECK_STR(srflx_error_text(-9999), "unknown error");
}

RUN(TEST_OF(every_code_has_name_and_text), TEST_OF(other_numbers_are_told_apart))
