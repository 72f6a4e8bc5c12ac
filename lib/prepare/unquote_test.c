#include <srflx/prepare.h>

#include "check.h"

static void check_view(struct srflx_view text, struct srflx_view want)
{
    CHECK_INT(text.len, want.len);
    CHECK_MEM(text.ptr, want.ptr, want.len);
}

#define UNQUOTES(text, want) check_view(srflx_prepare_unquote(VIEW(text)), VIEW(want))
#define STAYS(text) UNQUOTES(text, text)
#define TRIMS(text, want) check_view(srflx_prepare_trim(VIEW(text)), VIEW(want))

/* spec: R8489-9.2.2-02 */
TEST(quotes_around_and_nuls_behind_go)
{
    UNQUOTES("\"example.org\"", "example.org");
    UNQUOTES("example.org\0\0\0", "example.org");
    UNQUOTES("\"example.org\"\0", "example.org");
    UNQUOTES("\"example.org\0\"", "example.org");
    UNQUOTES("\"\"", "");
    UNQUOTES("\0\0", "");
}

TEST(white_space_goes_with_quotes)
{
    UNQUOTES(" \t\"a realm \"\r\n ", "a realm ");
    UNQUOTES("\r\n \"\"", "");
    STAYS(" a realm ");
}

TEST(other_quotes_stay)
{
    STAYS("");
    STAYS("example.org");
    STAYS("\"");
    STAYS("\"a");
    STAYS("a\"");
    STAYS("a\"b\"c");
    STAYS("\"\\\"");
    STAYS("\\\"a\\\"");
    STAYS("\"a\\\"");
    STAYS("\"a\\\\\\\"");
    STAYS("a\0b");
    STAYS("'a'");
    UNQUOTES("\"\"a\"\"", "\"a\"");
    UNQUOTES("\"a\\\\\"", "a\\\\");
    UNQUOTES("\"a \\\"b\\\" \\\\ c\"", "a \\\"b\\\" \\\\ c");
}

TEST(a_password_loses_nuls_only)
{
    TRIMS("pass\0\0", "pass");
    TRIMS("pass", "pass");
    TRIMS("\"pass\"", "\"pass\"");
    TRIMS("\0a\0b", "\0a\0b");
    TRIMS("\0", "");
    TRIMS("", "");
}

RUN(TEST_OF(quotes_around_and_nuls_behind_go), TEST_OF(white_space_goes_with_quotes),
    TEST_OF(other_quotes_stay), TEST_OF(a_password_loses_nuls_only))
