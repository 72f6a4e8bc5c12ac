#include <srflx/token.h>

#include "check.h"

static const struct srflx_token_key key = {{1, 2, 3}, "kid", 3};

static const uint8_t nonce[SRFLX_TOKEN_NONCE_LEN] = {9, 8, 7};

static struct srflx_view seal(const struct srflx_token *token, uint8_t *buf)
{
    struct srflx_view sealed = {buf, 0};

    CHECK_INT(srflx_token_seal(&key, VIEW("stun.example.org"), nonce, token, buf, &sealed.len), 0);
    return sealed;
}

static struct srflx_token sample(void)
{
    struct srflx_token token = {.mac_key = "twenty bytes of key!",
                                .mac_key_len = 20,
                                .issued_unix_ms = 1764072000250,
                                .lifetime_s = 3600};

    return token;
}

/* spec: R7635-4.1-01 R7635-4.1.1-01 R7635-6.2-02 R7635-6.2-03 R7635-6.2-04 */
TEST(what_was_sealed_is_opened)
{
    uint8_t buf[SRFLX_TOKEN_MAX];
    struct srflx_token token = sample(), opened;
    struct srflx_view sealed = seal(&token, buf);

    CHECK_INT(sealed.len, 2 + 12 + 2 + 20 + 8 + 4 + 16);
    CHECK_INT(sealed.ptr[0], 0);
    CHECK_INT(sealed.ptr[1], 12);
    CHECK_MEM(sealed.ptr + 2, nonce, 12);
    CHECK_INT(srflx_token_open(&key, VIEW("stun.example.org"), sealed, &opened), 0);
    CHECK_INT(opened.mac_key_len, 20);
    CHECK_MEM(opened.mac_key, "twenty bytes of key!", 20);
    CHECK_INT(opened.issued_unix_ms, 1764072000250);
    CHECK_INT(opened.lifetime_s, 3600);
}

/* Sealed by an independent program, Python's cryptography.
 * spec: R7635-6.2-04 */
TEST(the_block_is_laid_out_as_the_rfc_says)
{
    static const uint8_t wanted[] = {
        0x00, 0x0c, 0x09, 0x08, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x08, 0x0e, 0xb8, 0xa3, 0x29, 0x00, 0xd7, 0xec, 0xc9, 0xe3, 0x85, 0x8d,
        0x28, 0x06, 0x99, 0xf9, 0x96, 0x8f, 0x08, 0x30, 0xd5, 0xbf, 0x3a, 0x8a, 0xeb,
        0x95, 0x01, 0x2f, 0x5d, 0xbe, 0x13, 0xcb, 0xc3, 0x29, 0xf7, 0x13, 0x38, 0xa9,
        0x00, 0xe8, 0x89, 0x51, 0x4c, 0x0d, 0xf4, 0xcd, 0xa5, 0xea, 0x4d, 0x0f};
    uint8_t buf[SRFLX_TOKEN_MAX];
    struct srflx_token token = sample();
    struct srflx_view sealed = seal(&token, buf);

    CHECK_INT(sealed.len, sizeof wanted);
    CHECK_MEM(sealed.ptr, wanted, sizeof wanted);
}

/* spec: R7635-6.2-03 R7635-7-01 */
TEST(nothing_else_is_opened)
{
    uint8_t buf[SRFLX_TOKEN_MAX];
    struct srflx_token token = sample(), opened = {.lifetime_s = 77};
    struct srflx_view sealed = seal(&token, buf), cut = sealed;
    struct srflx_token_key other = key;
    size_t i;

    for (i = 2; i < sealed.len; i++) {
        buf[i] ^= 0x10;
        CHECK_INT(srflx_token_open(&key, VIEW("stun.example.org"), sealed, &opened),
                  SRFLX_ERROR_INTEGRITY);
        buf[i] ^= 0x10;
    }
    buf[1] = 13;
    CHECK_INT(srflx_token_open(&key, VIEW("stun.example.org"), sealed, &opened), SRFLX_ERROR_VALUE);
    buf[1] = 12;
    for (cut.len = 0; cut.len < sealed.len; cut.len++)
        CHECK(srflx_token_open(&key, VIEW("stun.example.org"), cut, &opened) != 0);
    CHECK_INT(srflx_token_open(&key, VIEW("stun.example.com"), sealed, &opened),
              SRFLX_ERROR_INTEGRITY);
    other.bytes[31] ^= 1;
    CHECK_INT(srflx_token_open(&other, VIEW("stun.example.org"), sealed, &opened),
              SRFLX_ERROR_INTEGRITY);
    CHECK_INT(opened.lifetime_s, 77);
    CHECK_INT(srflx_token_open(&key, VIEW("stun.example.org"), sealed, &opened), 0);
}

TEST(a_token_has_a_session_key)
{
    uint8_t buf[SRFLX_TOKEN_MAX];
    struct srflx_token token = sample();
    size_t len = 77;

    token.mac_key_len = 0;
    CHECK_INT(srflx_token_seal(&key, VIEW("x"), nonce, &token, buf, &len), SRFLX_ERROR_ARGUMENT);
    token.mac_key_len = SRFLX_TOKEN_MAC_KEY_MAX + 1;
    CHECK_INT(srflx_token_seal(&key, VIEW("x"), nonce, &token, buf, &len), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(len, 77);
    token.mac_key_len = SRFLX_TOKEN_MAC_KEY_MAX;
    CHECK_INT(srflx_token_seal(&key, VIEW("x"), nonce, &token, buf, &len), 0);
    CHECK_INT(len, SRFLX_TOKEN_MAX);
}

/* lifetime + 5 s > |now - issued|, in both directions. spec: R7635-7-01 R7635-7-02 */
TEST(its_time_is_kept_to_the_millisecond)
{
    struct srflx_token token = sample();
    const uint64_t issued = token.issued_unix_ms;

    CHECK(srflx_token_is_current(&token, (struct srflx_time){0, issued}));
    CHECK(srflx_token_is_current(&token, (struct srflx_time){0, issued + 3604999}));
    CHECK(!srflx_token_is_current(&token, (struct srflx_time){0, issued + 3605000}));
    CHECK(srflx_token_is_current(&token, (struct srflx_time){0, issued - 3604999}));
    CHECK(!srflx_token_is_current(&token, (struct srflx_time){0, issued - 3605000}));
    token.lifetime_s = UINT32_MAX;
    CHECK(srflx_token_is_current(&token, (struct srflx_time){0, issued + 1000ull * UINT32_MAX}));
}

RUN(TEST_OF(what_was_sealed_is_opened), TEST_OF(the_block_is_laid_out_as_the_rfc_says),
    TEST_OF(nothing_else_is_opened), TEST_OF(a_token_has_a_session_key),
    TEST_OF(its_time_is_kept_to_the_millisecond))
