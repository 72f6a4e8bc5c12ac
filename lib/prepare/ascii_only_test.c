/* A build without the libraries. */
#include "prepare_fixture.h"

static int saslprep(struct srflx_view text, uint8_t *buf, size_t cap,
                    struct srflx_view *ret_prepared)
{
    return srflx_prepare_saslprep(text, SRFLX_PREPARE_QUERY, buf, cap, ret_prepared);
}

static prepare_fn *const profiles[] = {srflx_prepare_opaque, saslprep};

TEST(only_ascii_is_prepared)
{
    size_t i;

    for (i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        STAYS(profiles[i], "correct horse battery staple");
        REFUSES(profiles[i], "\u03C0\u00DF\u00E5", ASCII_ONLY);
        REFUSES(profiles[i], "caf\xE9", UTF8);
        REFUSES(profiles[i], "\x7F", CHARACTER);
    }
}

RUN(TEST_OF(only_ascii_is_prepared))
