#include <srflx/nonce.h>

#include "check.h"
#include "steady_random.h"

static const uint8_t offer[] = {0, 2, 0, 0, 0, 1, 0, 0};

static struct srflx_nonce_keys two_keys(void)
{
    struct srflx_nonce_keys keys = {.count = 2};

    steady_random(NULL, keys.list[0].bytes, SRFLX_NONCE_KEY_LEN);
    steady_random(NULL, keys.list[1].bytes, SRFLX_NONCE_KEY_LEN);
    keys.list[1].bytes[3] ^= 0x40;
    keys.list[0].number = 6;
    keys.list[1].number = 7;
    keys.list[1].from_unix_s = 1764000000;
    return keys;
}

static struct srflx_nonce_scope scope_of_client(void)
{
    struct srflx_nonce_scope scope = {
        .client = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4},
        .algorithms = {offer, sizeof offer},
        .features = SRFLX_FEATURE_ALGORITHMS | SRFLX_FEATURE_ANONYMITY,
        .lifetime_s = 600,
    };

    return scope;
}

static const struct srflx_time noon = {0, 1764072000000};

static struct srflx_time later(int64_t ms)
{
    return (struct srflx_time){0, (uint64_t)((int64_t)noon.unix_ms + ms)};
}

static struct srflx_view write_nonce(const struct srflx_nonce_scope *scope, uint8_t *nonce)
{
    struct srflx_nonce_keys keys = two_keys();

    srflx_nonce_write(&keys, scope, noon, nonce);
    return (struct srflx_view){nonce, SRFLX_NONCE_LEN};
}

static enum srflx_nonce_state state_of(const struct srflx_nonce_scope *scope,
                                       struct srflx_view nonce, struct srflx_time now)
{
    struct srflx_nonce_keys keys = two_keys();

    return srflx_nonce_check(&keys, scope, nonce, now);
}

/* spec: R8489-9.2-02 R8489-9.2.1-01 R8489-14.10-01 R8489-14.10-02 R8489-18.1-01 */
TEST(begins_with_the_cookie_and_is_plain_text)
{
    static const struct {
        unsigned features;
        const char *cookie;
    } rows[] = {{0, "obMatJos2AAAA"},
                {SRFLX_FEATURE_ALGORITHMS, "obMatJos2AAAB"},
                {SRFLX_FEATURE_ANONYMITY, "obMatJos2AAAC"},
                {SRFLX_FEATURE_ALGORITHMS | SRFLX_FEATURE_ANONYMITY, "obMatJos2AAAD"}};
    uint8_t nonce[SRFLX_NONCE_LEN + 1];
    size_t i, at;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srflx_nonce_scope scope = scope_of_client();
        unsigned features = 99;

        scope.features = rows[i].features;
        nonce[SRFLX_NONCE_LEN] = 0xA5;
        write_nonce(&scope, nonce);
        CHECK_MEM(nonce, rows[i].cookie, SRFLX_NONCE_COOKIE_LEN);
        CHECK_INT(nonce[SRFLX_NONCE_LEN], 0xA5);
        for (at = 0; at < SRFLX_NONCE_LEN; at++)
            CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                         nonce[at]) != NULL);
        CHECK(srflx_nonce_features((struct srflx_view){nonce, SRFLX_NONCE_LEN}, &features));
        CHECK_INT(features, rows[i].features);
    }
}

/* Bits are read in the order of the RFC as printed, too. spec: R8489-9.2-03 R8489-9.2-04 R8489-9.2.5-01 */
TEST(features_are_read_in_both_orders)
{
    unsigned features = 99;

    CHECK(srflx_nonce_features(VIEW("obMatJos2AAAA"), &features));
    CHECK_INT(features, 0);
    CHECK(srflx_nonce_features(VIEW("obMatJos2gAAArest"), &features));
    CHECK_INT(features, SRFLX_FEATURE_ALGORITHMS);
    CHECK(srflx_nonce_features(VIEW("obMatJos2QAAA"), &features));
    CHECK_INT(features, SRFLX_FEATURE_ANONYMITY);
    CHECK(srflx_nonce_features(VIEW("obMatJos2wAAA"), &features));
    CHECK_INT(features, SRFLX_FEATURE_ALGORITHMS | SRFLX_FEATURE_ANONYMITY);
}

TEST(what_is_no_cookie_announces_nothing)
{
    static const char *const others[] = {"",
                                         "obMatJos2AAA",   /* a character short */
                                         "obMatJos3AAAB",  /* another word */
                                         "ObMatJos2AAAB",  /* another case */
                                         "f//499k954d6OL", /* RFC 5389's */
                                         "obMatJos2AA!B"}; /* no base64 */
    unsigned features = 99;
    size_t i;

    for (i = 0; i < sizeof others / sizeof *others; i++) {
        struct srflx_view nonce = {(const uint8_t *)others[i], strlen(others[i])};
        CHECK(!srflx_nonce_features(nonce, &features));
    }
    CHECK_INT(features, 99);
}

/* To the second. spec: R8489-9.2.4-26 R8489-9.2.4-28 */
TEST(lives_as_long_as_it_says)
{
    struct srflx_nonce_scope scope = scope_of_client();
    uint8_t bytes[SRFLX_NONCE_LEN];
    struct srflx_view nonce = write_nonce(&scope, bytes);

    CHECK_INT(state_of(&scope, nonce, later(0)), SRFLX_NONCE_FRESH);
    CHECK_INT(state_of(&scope, nonce, later(599999)), SRFLX_NONCE_FRESH);
    CHECK_INT(state_of(&scope, nonce, later(600000)), SRFLX_NONCE_STALE);
    CHECK_INT(state_of(&scope, nonce, later(86400000)), SRFLX_NONCE_STALE);
    CHECK_INT(state_of(&scope, nonce, later(-1)), SRFLX_NONCE_FRESH);
    CHECK_INT(state_of(&scope, nonce, later(-5000)), SRFLX_NONCE_FRESH);
    CHECK_INT(state_of(&scope, nonce, later(-5001)), SRFLX_NONCE_STALE);
}

/* spec: R8489-9.2.4-05 */
TEST(is_good_for_nobody_else)
{
    struct srflx_nonce_scope scope = scope_of_client(), other;
    uint8_t bytes[SRFLX_NONCE_LEN];
    struct srflx_view nonce = write_nonce(&scope, bytes);

    other = scope;
    other.client.port++;
    CHECK_INT(state_of(&other, nonce, noon), SRFLX_NONCE_FORGED);
    other = scope;
    other.client.ip[3]++;
    CHECK_INT(state_of(&other, nonce, noon), SRFLX_NONCE_FORGED);
    other = scope;
    other.client.family = SRFLX_IPV6;
    CHECK_INT(state_of(&other, nonce, noon), SRFLX_NONCE_FORGED);
    other = scope;
    other.algorithms.len = 4;
    CHECK_INT(state_of(&other, nonce, noon), SRFLX_NONCE_FORGED);
    other = scope;
    other.features = SRFLX_FEATURE_ALGORITHMS;
    CHECK_INT(state_of(&other, nonce, noon), SRFLX_NONCE_FORGED);
}

/* A key makes nonces from its time on, and understands them at any time; a third one never was.

 * spec: R8489-9.2.4-31 */
TEST(keys_rotate)
{
    struct srflx_nonce_scope scope = scope_of_client();
    struct srflx_nonce_keys keys = two_keys();
    uint8_t bytes[SRFLX_NONCE_LEN], older[SRFLX_NONCE_LEN], newer[SRFLX_NONCE_LEN];
    struct srflx_view nonce = {bytes, sizeof bytes};

    srflx_nonce_write(&keys, &scope, noon, newer);
    keys.count = 1;
    srflx_nonce_write(&keys, &scope, noon, older);
    CHECK(memcmp(older, newer, sizeof older) != 0);
    CHECK_INT(state_of(&scope, (struct srflx_view){older, sizeof older}, noon), SRFLX_NONCE_FRESH);
    CHECK_INT(state_of(&scope, (struct srflx_view){newer, sizeof newer}, noon), SRFLX_NONCE_FRESH);

    keys.count = 2;
    keys.list[1].from_unix_s = noon.unix_ms / 1000 + 1;
    srflx_nonce_write(&keys, &scope, noon, bytes);
    CHECK_MEM(bytes, older, sizeof bytes);
    keys.list[1].from_unix_s = noon.unix_ms / 1000;
    srflx_nonce_write(&keys, &scope, noon, bytes);
    CHECK_MEM(bytes, newer, sizeof bytes);

    keys.list[0].from_unix_s = keys.list[1].from_unix_s;
    srflx_nonce_write(&keys, &scope, noon, bytes);
    CHECK_MEM(bytes, older, sizeof bytes); /* the first in the list */
    keys.list[0].from_unix_s = 0;

    keys.list[1].bytes[15] ^= 1;
    srflx_nonce_write(&keys, &scope, noon, bytes);
    CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
    keys.list[1].bytes[15] ^= 1;
    keys.list[1].number = 8;
    srflx_nonce_write(&keys, &scope, noon, bytes);
    CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
}

/* By an independent program: HMAC-SHA256(key "secret", "srflx nonce key"), cut. */
TEST(keys_are_derived)
{
    struct srflx_nonce_key key = {.number = 5, .from_unix_s = 6};

    srflx_nonce_key_derive(VIEW("secret"), &key);
    CHECK_INT(key.number, 5);
    CHECK_INT(key.from_unix_s, 6);
    CHECK_MEM(key.bytes, "\x65\x61\xBA\x7A\x70\x18\x5B\x56\x98\xE9\xF0\x59\xC1\x58\x70\xD8", 16);
}

/* Every single character counts. */
TEST(an_altered_nonce_is_forged)
{
    struct srflx_nonce_scope scope = scope_of_client();
    uint8_t bytes[SRFLX_NONCE_LEN + 1];
    struct srflx_view nonce = write_nonce(&scope, bytes);
    size_t i;

    for (i = 0; i < SRFLX_NONCE_LEN; i++) {
        uint8_t kept = bytes[i];
        bytes[i] = kept == 'A' ? 'B' : 'A';
        CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
        bytes[i] = '\n';
        CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
        bytes[i] = kept;
    }
    CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FRESH);
    nonce.len--;
    CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
    bytes[SRFLX_NONCE_LEN] = 'A';
    nonce.len += 2;
    CHECK_INT(state_of(&scope, nonce, noon), SRFLX_NONCE_FORGED);
}

/* A million of them with the right cookie and time, and a tag drawn at random. */
TEST(a_million_forgeries_are_all_refused)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct srflx_nonce_scope scope = scope_of_client();
    struct srflx_nonce_keys keys = two_keys();
    uint8_t bytes[SRFLX_NONCE_LEN];
    struct srflx_view nonce = write_nonce(&scope, bytes);
    uint64_t random = 0x9E3779B97F4A7C15;
    unsigned i, at;

    for (i = 0; i < 1000000; i++) {
        for (at = SRFLX_NONCE_COOKIE_LEN + 6; at < SRFLX_NONCE_LEN; at++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[at] = (uint8_t)letters[random >> 58];
        }
        if (srflx_nonce_check(&keys, &scope, nonce, noon) != SRFLX_NONCE_FORGED)
            FAIL("forgery %u is taken for %.29s", i, (const char *)bytes);
    }
}

RUN(TEST_OF(begins_with_the_cookie_and_is_plain_text), TEST_OF(features_are_read_in_both_orders),
    TEST_OF(what_is_no_cookie_announces_nothing), TEST_OF(lives_as_long_as_it_says),
    TEST_OF(is_good_for_nobody_else), TEST_OF(keys_rotate), TEST_OF(keys_are_derived),
    TEST_OF(an_altered_nonce_is_forged), TEST_OF(a_million_forgeries_are_all_refused))
