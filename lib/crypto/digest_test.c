#define _POSIX_C_SOURCE 200809L

#include <srflxi/digest.h>

#include "check.h"
#include "thread_stack.h"
#include "unhex.h"

enum { LONGEST = 256, ALIGNMENTS = 8 };

/* One digest or MAC, over a text that comes in parts. */
typedef void summing(const void *user, const struct srflx_view *parts, size_t count,
                     uint8_t *ret_sum);

static void check_parts(summing *sum, const void *user, const struct srflx_view *parts,
                        size_t count, const uint8_t *want, size_t size)
{
    uint8_t got[SRFLXI_DIGEST_MAX + 1];

    memset(got, 0xEE, sizeof got);
    sum(user, parts, count, got);
    CHECK_MEM(got, want, size);
    CHECK_INT(got[size], 0xEE);
}

/* In two parts, wherever it is cut; with nothing in between; byte for byte. */
static void check_splits(summing *sum, const void *user, struct srflx_view text,
                         const uint8_t *want, size_t size)
{
    struct srflx_view bytes[LONGEST];

    for (size_t cut = 0; cut <= text.len; cut++) {
        const struct srflx_view parts[] = {
            {NULL, 0}, {text.ptr, cut}, {NULL, 0}, {text.ptr + cut, text.len - cut}, {NULL, 0}};
        check_parts(sum, user, parts, 5, want, size);
        bytes[cut] = (struct srflx_view){text.ptr + cut, 1};
    }
    check_parts(sum, user, &text, 1, want, size);
    check_parts(sum, user, bytes, text.len, want, size);
}

static void check_sum(summing *sum, const void *user, struct srflx_view text, const char *hex)
{
    uint8_t copy[LONGEST + ALIGNMENTS], want[SRFLXI_DIGEST_MAX];
    const size_t size = unhex(hex, want);

    CHECK(text.len < LONGEST);
    for (size_t shift = 0; shift < ALIGNMENTS; shift++) {
        memcpy(copy + shift, text.ptr, text.len);
        check_splits(sum, user, (struct srflx_view){copy + shift, text.len}, want, size);
    }
}

static void digest_of(const void *user, const struct srflx_view *parts, size_t count,
                      uint8_t *ret_sum)
{
    srflxi_digest(*(const enum srflxi_hash *)user, parts, count, ret_sum);
}

/* MD5: RFC 1321 section A.5. SHA-1, SHA-256: the examples of FIPS 180, and of no bytes. */
TEST(digests_the_published_texts)
{
    static const struct {
        enum srflxi_hash hash;
        struct srflx_view text;
        const char *digest;
    } cases[] = {
        {SRFLXI_MD5, VIEW(""), "d41d8cd98f00b204e9800998ecf8427e"},
        {SRFLXI_MD5, VIEW("a"), "0cc175b9c0f1b6a831c399e269772661"},
        {SRFLXI_MD5, VIEW("abc"), "900150983cd24fb0d6963f7d28e17f72"},
        {SRFLXI_MD5, VIEW("message digest"), "f96b697d7cb7938d525a2f31aaf161d0"},
        {SRFLXI_MD5, VIEW("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b"},
        {SRFLXI_MD5, VIEW("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {SRFLXI_MD5,
         VIEW("1234567890123456789012345678901234567890123456789012345678901234567890"
              "1234567890"),
         "57edf4a22be3c955ac49da2e2107b67a"},
        {SRFLXI_SHA1, VIEW(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {SRFLXI_SHA1, VIEW("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {SRFLXI_SHA1, VIEW("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {SRFLXI_SHA256, VIEW(""),
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {SRFLXI_SHA256, VIEW("abc"),
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {SRFLXI_SHA256, VIEW("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(srflxi_digest_size(cases[i].hash) * 2, strlen(cases[i].digest));
        check_sum(digest_of, &cases[i].hash, cases[i].text, cases[i].digest);
    }
}

/* The long example of FIPS 180: a million times the letter a. */
TEST(digests_a_million_letters)
{
    enum { PIECES = 1000 };
    static const enum srflxi_hash hashes[] = {SRFLXI_MD5, SRFLXI_SHA1, SRFLXI_SHA256};
    static const char *const digests[] = {
        "7707d6ae4e027c70eea2a935c2296f21", "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"};
    struct srflx_view parts[PIECES];
    uint8_t piece[1000000 / PIECES], want[SRFLXI_DIGEST_MAX];

    memset(piece, 'a', sizeof piece);
    for (size_t i = 0; i < PIECES; i++)
        parts[i] = (struct srflx_view){piece, sizeof piece};
    for (size_t i = 0; i < 3; i++) {
        const size_t size = unhex(digests[i], want);
        check_parts(digest_of, &hashes[i], parts, PIECES, want, size);
    }
}

static void sha1_mac_of(const void *user, const struct srflx_view *parts, size_t count,
                        uint8_t *ret_sum)
{
    srflxi_hmac_sha1(user, parts, count, ret_sum);
}

static void sha256_mac_of(const void *user, const struct srflx_view *parts, size_t count,
                          uint8_t *ret_sum)
{
    srflxi_hmac_sha256(user, parts, count, ret_sum);
}

/* The same byte, so many times. */
static struct srflx_view run_of(uint8_t *bytes, uint8_t byte, size_t len)
{
    memset(bytes, byte, len);
    return (struct srflx_view){bytes, len};
}

static void check_sha1_mac(struct srflx_view secret, struct srflx_view text, const char *hex)
{
    struct srflx_hmac_sha1 key;

    srflxi_hmac_sha1_init(&key, secret);
    check_sum(sha1_mac_of, &key, text, hex);
}

static void check_sha256_mac(struct srflx_view secret, struct srflx_view text, const char *hex)
{
    struct srflx_hmac_sha256 key;

    srflxi_hmac_sha256_init(&key, secret);
    check_sum(sha256_mac_of, &key, text, hex);
}

static const uint8_t counted[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                  14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
static const struct srflx_view count_up = {counted, sizeof counted};

/* All seven cases of RFC 2202 section 3. */
TEST(authenticates_with_sha1)
{
    uint8_t a[80], b[50];

    check_sha1_mac(run_of(a, 0x0B, 20), VIEW("Hi There"),
                   "b617318655057264e28bc0b6fb378c8ef146be00");
    check_sha1_mac(VIEW("Jefe"), VIEW("what do ya want for nothing?"),
                   "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    check_sha1_mac(run_of(a, 0xAA, 20), run_of(b, 0xDD, 50),
                   "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    check_sha1_mac(count_up, run_of(b, 0xCD, 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
    check_sha1_mac(run_of(a, 0x0C, 20), VIEW("Test With Truncation"),
                   "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04");
    check_sha1_mac(run_of(a, 0xAA, 80),
                   VIEW("Test Using Larger Than Block-Size Key - Hash Key First"),
                   "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    check_sha1_mac(run_of(a, 0xAA, 80),
                   VIEW("Test Using Larger Than Block-Size Key and Larger Than One Block-Size "
                        "Data"),
                   "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

/* All seven cases of RFC 4231 section 4; of the fifth it gives the first 16 bytes. */
TEST(authenticates_with_sha256)
{
    uint8_t a[131], b[50];

    check_sha256_mac(run_of(a, 0x0B, 20), VIEW("Hi There"),
                     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check_sha256_mac(VIEW("Jefe"), VIEW("what do ya want for nothing?"),
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    check_sha256_mac(run_of(a, 0xAA, 20), run_of(b, 0xDD, 50),
                     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    check_sha256_mac(count_up, run_of(b, 0xCD, 50),
                     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    check_sha256_mac(run_of(a, 0x0C, 20), VIEW("Test With Truncation"),
                     "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5");
    check_sha256_mac(run_of(a, 0xAA, 131),
                     VIEW("Test Using Larger Than Block-Size Key - Hash Key First"),
                     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_sha256_mac(run_of(a, 0xAA, 131),
                     VIEW("This is a test using a larger than block-size key and a larger than "
                          "block-size data. The key needs to be hashed before being used by the "
                          "HMAC algorithm."),
                     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* RFC 2104 section 2 by its own words: H(K ^ opad, H(K ^ ipad, text)). */
static void mac_by_definition(enum srflxi_hash hash, struct srflx_view secret,
                              struct srflx_view text, uint8_t *ret_mac)
{
    uint8_t block[64] = {0}, inner[SRFLXI_DIGEST_MAX];
    const struct srflx_view first[] = {{block, sizeof block}, text};
    const struct srflx_view second[] = {{block, sizeof block}, {inner, srflxi_digest_size(hash)}};

    if (secret.len > sizeof block)
        srflxi_digest(hash, &secret, 1, block);
    else if (secret.len)
        memcpy(block, secret.ptr, secret.len);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    srflxi_digest(hash, first, 2, inner);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5C;
    srflxi_digest(hash, second, 2, ret_mac);
}

TEST(takes_secrets_of_every_length)
{
    const struct srflx_view text = VIEW("text");
    uint8_t bytes[130], want[SRFLXI_DIGEST_MAX];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        const struct srflx_view secret = {len ? bytes : NULL, len};
        struct srflx_hmac_sha1 sha1;
        struct srflx_hmac_sha256 sha256;
        srflxi_hmac_sha1_init(&sha1, secret);
        mac_by_definition(SRFLXI_SHA1, secret, text, want);
        check_parts(sha1_mac_of, &sha1, &text, 1, want, SRFLXI_SHA1_SIZE);
        srflxi_hmac_sha256_init(&sha256, secret);
        mac_by_definition(SRFLXI_SHA256, secret, text, want);
        check_parts(sha256_mac_of, &sha256, &text, 1, want, SRFLXI_SHA256_SIZE);
    }
}

TEST(keeps_little)
{
    CHECK_INT(sizeof(struct srflx_hmac_sha1), 40);
    CHECK_INT(sizeof(struct srflx_hmac_sha256), 64);
}

/* What follows looks for secrets on the stack. */
static uint8_t secret_bytes[32];
static const struct srflx_view secret = {secret_bytes, sizeof secret_bytes};
static struct srflx_hmac_sha1 sha1_key;
static struct srflx_hmac_sha256 sha256_key;
static uint8_t sum[SRFLXI_DIGEST_MAX];

static void *forget_nothing(void *unused)
{
    struct {
        struct srflx_hmac_sha256 key;
        uint8_t above[THREAD_END];
    } frame;

    srflxi_hmac_sha256_init(&frame.key, secret);
    srflxi_hmac_sha256(&frame.key, &secret, 0, sum);
    /* Somebody may read it: the compiler has to put it into memory. */
    __asm__ volatile("" : : "r"(&frame) : "memory");
    return unused;
}

static const struct srflx_view known_text = VIEW("a text");

static void use_md5(void)
{
    srflxi_digest(SRFLXI_MD5, &secret, 1, sum);
}

static void use_sha1(void)
{
    srflxi_digest(SRFLXI_SHA1, &secret, 1, sum);
}

static void use_sha256(void)
{
    srflxi_digest(SRFLXI_SHA256, &secret, 1, sum);
}

static void keep_sha1_key(void)
{
    srflxi_hmac_sha1_init(&sha1_key, secret);
}

static void keep_sha256_key(void)
{
    srflxi_hmac_sha256_init(&sha256_key, secret);
}

static void use_sha1_key(void)
{
    srflxi_hmac_sha1(&sha1_key, &known_text, 1, sum);
}

static void use_sha256_key(void)
{
    srflxi_hmac_sha256(&sha256_key, &known_text, 1, sum);
}

static void (*used)(void);

static void *use(void *unused)
{
    used();
    return unused;
}

/* As numbers, hashes keep blocks in the machine's order. */
static bool holds_some_of(const void *bytes, size_t len)
{
    uint8_t turned[SRFLXI_DIGEST_MAX];

    for (size_t i = 0; i < len; i++)
        turned[i] = ((const uint8_t *)bytes)[i / 4 * 4 + 3 - i % 4];
    return stack_holds(bytes, len) || stack_holds(turned, len);
}

static bool holds_secret_under(uint8_t pad)
{
    uint8_t mixed[sizeof secret_bytes];

    for (size_t i = 0; i < sizeof mixed; i++)
        mixed[i] = secret_bytes[i] ^ pad;
    return holds_some_of(mixed, sizeof mixed);
}

static bool holds_any_secret(void)
{
    return holds_secret_under(0) || holds_secret_under(0x36) || holds_secret_under(0x5C) ||
           holds_some_of(sha1_key.inner, sizeof sha1_key.inner) ||
           holds_some_of(sha1_key.outer, sizeof sha1_key.outer) ||
           holds_some_of(sha256_key.inner, sizeof sha256_key.inner) ||
           holds_some_of(sha256_key.outer, sizeof sha256_key.outer);
}

TEST(leaves_no_secret_on_the_stack)
{
    static void (*const uses[])(void) = {use_md5,       use_sha1,        use_sha256,
                                         keep_sha1_key, keep_sha256_key, use_sha1_key,
                                         use_sha256_key};

    for (size_t i = 0; i < sizeof secret_bytes; i++)
        secret_bytes[i] = (uint8_t)(0xA5 ^ (29 * i));
    keep_sha1_key();
    keep_sha256_key();
    run_on_stack(forget_nothing);
    CHECK(holds_any_secret());
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        used = uses[i];
        run_on_stack(use);
        CHECK(!holds_any_secret());
    }
}

RUN(TEST_OF(digests_the_published_texts), TEST_OF(digests_a_million_letters),
    TEST_OF(authenticates_with_sha1), TEST_OF(authenticates_with_sha256),
    TEST_OF(takes_secrets_of_every_length), TEST_OF(keeps_little),
    TEST_OF(leaves_no_secret_on_the_stack))
