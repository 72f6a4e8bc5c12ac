#define _POSIX_C_SOURCE 200809L

#include <srflx/error.h>

#include <srflxi/aead.h>

#include "check.h"
#include "thread_stack.h"
#include "unhex.h"

enum { LONGEST = 80 };

/* A case of the GCM specification (McGrew and Viega 2005, appendix B), in hexadecimal. */
struct vector {
    const char *key, *nonce, *associated, *text, *sealed;
};

#define LONG_KEY "feffe9928665731c6d6a8f9467308308"
#define LONG_NONCE "cafebabefacedbaddecaf888"
#define LONG_TEXT                                                      \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define ZERO16 "00000000000000000000000000000000"
#define ZERO12 "000000000000000000000000"

/* Cases 1 to 4 and 13 to 16: those with a nonce of 12 bytes. */
static const struct vector vectors[] = {
    {ZERO16, ZERO12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {ZERO16, ZERO12, "", ZERO16,
     "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {LONG_KEY, LONG_NONCE, "", LONG_TEXT "1aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {LONG_KEY, LONG_NONCE, "feedfacedeadbeeffeedfacedeadbeefabaddad2", LONG_TEXT,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {ZERO16 ZERO16, ZERO12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {ZERO16 ZERO16, ZERO12, "", ZERO16,
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {LONG_KEY LONG_KEY, LONG_NONCE, "", LONG_TEXT "1aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {LONG_KEY LONG_KEY, LONG_NONCE, "feedfacedeadbeeffeedfacedeadbeefabaddad2", LONG_TEXT,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

/* A vector as bytes. */
struct scene {
    struct srflxi_aead_key key;
    uint8_t nonce[SRFLXI_AEAD_NONCE], associated[LONGEST], text[LONGEST];
    uint8_t sealed[LONGEST + SRFLXI_AEAD_TAG];
    size_t associated_len, len;
};

static struct scene scene_of(const struct vector *vector)
{
    struct scene s;
    struct srflx_view secret;
    uint8_t bytes[SRFLXI_AEAD_KEY_MAX];

    secret = (struct srflx_view){bytes, unhex(vector->key, bytes)};
    CHECK_INT(srflxi_aead_key_init(&s.key, secret), 0);
    CHECK_INT(unhex(vector->nonce, s.nonce), SRFLXI_AEAD_NONCE);
    s.associated_len = unhex(vector->associated, s.associated);
    s.len = unhex(vector->text, s.text);
    CHECK_INT(unhex(vector->sealed, s.sealed), s.len + SRFLXI_AEAD_TAG);
    return s;
}

static void seal(const struct scene *s, const uint8_t *text, uint8_t *ret_sealed)
{
    const struct srflx_view associated = {s->associated_len ? s->associated : NULL,
                                          s->associated_len};

    srflxi_aead_seal(&s->key, s->nonce, associated, (struct srflx_view){text, s->len}, ret_sealed);
}

static int open_sealed(const struct scene *s, const uint8_t *sealed, uint8_t *ret_text)
{
    return srflxi_aead_open(&s->key, s->nonce,
                            (struct srflx_view){s->associated, s->associated_len},
                            (struct srflx_view){sealed, s->len + SRFLXI_AEAD_TAG}, ret_text);
}

static void check_scene(const struct scene *s)
{
    uint8_t bytes[LONGEST + SRFLXI_AEAD_TAG + 1];

    memset(bytes, 0xEE, sizeof bytes);
    seal(s, s->text, bytes);
    CHECK_MEM(bytes, s->sealed, s->len + SRFLXI_AEAD_TAG);
    CHECK_INT(bytes[s->len + SRFLXI_AEAD_TAG], 0xEE);

    memset(bytes, 0xEE, sizeof bytes);
    CHECK_INT(open_sealed(s, s->sealed, bytes), 0);
    CHECK_MEM(bytes, s->text, s->len);
    CHECK_INT(bytes[s->len], 0xEE);

    /* In one place. */
    memcpy(bytes, s->text, s->len);
    seal(s, bytes, bytes);
    CHECK_MEM(bytes, s->sealed, s->len + SRFLXI_AEAD_TAG);
    CHECK_INT(open_sealed(s, bytes, bytes), 0);
    CHECK_MEM(bytes, s->text, s->len);
}

TEST(speaks_the_vectors_both_ways)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct scene s = scene_of(&vectors[i]);
        check_scene(&s);
    }
}

/* RFC 7635 appendix A: what stands in its tokens behind nonce length and nonce. The second one is
 * sealed with the first half of the long-term key. */
TEST(speaks_the_tokens_of_rfc7635)
{
    static const char text[] = "00145a6b736a7077656f6978586d766e36373533346d"
                               "00005419eb6d0000"
                               "00000e10";
    static const char name[] = "626c61636b646f772e6361726c656f6e2e676f76";
    static const char nonce[] = "68346a336b326c326e346235";
#define HALF_KEY "48476b6a33324b4a4769757930393873"
    static const struct vector tokens[] = {
        {HALF_KEY "64666171624e6a4f69617a3731393233", nonce, name, text,
         "617ef134a3d5e44e9a19cc7dc104b0c03d03b2a551d8fdf5cd3b6dca6f10cfb77e5b"
         "2ddec84d293a5c50499359f0c2e26f76"},
        {HALF_KEY, nonce, name, text,
         "7fb9e99f0827be3df1e1bd651493d3031d36df57079784aee5eacb65fad4f27fab1a"
         "3f97974b69f851b24bf5af09eda357e0"},
    };

    for (size_t i = 0; i < 2; i++) {
        const struct scene s = scene_of(&tokens[i]);
        check_scene(&s);
    }
}

/* Refused, and nothing of the text is given away, nor of the ciphertext left. */
static void check_refused(const struct scene *s)
{
    static const uint8_t zero[LONGEST];
    uint8_t bytes[LONGEST + SRFLXI_AEAD_TAG];

    memset(bytes, 0xEE, sizeof bytes);
    CHECK_INT(open_sealed(s, s->sealed, bytes), SRFLX_ERROR_VALUE);
    CHECK_MEM(bytes, zero, s->len);
    CHECK_INT(bytes[s->len], 0xEE);
    memcpy(bytes, s->sealed, sizeof bytes);
    CHECK_INT(open_sealed(s, bytes, bytes), SRFLX_ERROR_VALUE);
    CHECK_MEM(bytes, zero, s->len);
}

static void check_every_bit_of(struct scene *s, uint8_t *bytes, size_t len)
{
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        check_refused(s);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

TEST(refuses_what_was_changed_in_any_bit)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct scene s = scene_of(&vectors[i]);
        check_every_bit_of(&s, s.sealed, s.len + SRFLXI_AEAD_TAG);
        check_every_bit_of(&s, s.associated, s.associated_len);
        check_every_bit_of(&s, s.nonce, sizeof s.nonce);
        check_every_bit_of(&s, s.key.bytes, s.key.len);
        CHECK_INT(open_sealed(&s, s.sealed, s.text), 0);
    }
}

TEST(refuses_what_was_cut_or_moved)
{
    struct scene s = scene_of(&vectors[7]);
    const size_t whole = s.len + SRFLXI_AEAD_TAG;
    uint8_t text[LONGEST];

    for (size_t len = 0; len < whole; len++)
        CHECK_INT(srflxi_aead_open(&s.key, s.nonce,
                                   (struct srflx_view){s.associated, s.associated_len},
                                   (struct srflx_view){s.sealed, len}, text),
                  SRFLX_ERROR_VALUE);
    CHECK_INT(srflxi_aead_open(&s.key, s.nonce, VIEW(""), (struct srflx_view){NULL, 0}, text),
              SRFLX_ERROR_VALUE);
    s.associated_len--;
    check_refused(&s);
}

TEST(takes_keys_of_two_lengths)
{
    uint8_t bytes[SRFLXI_AEAD_KEY_MAX + 1] = {0};

    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct srflxi_aead_key key = {{0}, 99};
        const int error = srflxi_aead_key_init(&key, (struct srflx_view){bytes, len});
        CHECK_INT(error, len == 16 || len == 32 ? 0 : SRFLX_ERROR_ARGUMENT);
        CHECK_INT(key.len, error ? 99 : len);
    }
}

static struct scene kept;
static uint8_t opened[LONGEST], sealed_again[LONGEST + SRFLXI_AEAD_TAG];
static int errors;

static void *forget_text(void *unused)
{
    struct {
        uint8_t text[LONGEST];
        uint8_t above[THREAD_END];
    } frame;

    errors += open_sealed(&kept, kept.sealed, frame.text) != 0;
    /* Somebody may read it: the compiler has to put it into memory. */
    __asm__ volatile("" : : "r"(&frame) : "memory");
    return unused;
}

static void *only_seal(void *unused)
{
    seal(&kept, kept.text, sealed_again);
    return unused;
}

static void *only_open(void *unused)
{
    errors += open_sealed(&kept, kept.sealed, opened) != 0;
    return unused;
}

static bool holds_any_secret(void)
{
    uint8_t key_stream[LONGEST];

    for (size_t i = 0; i < kept.len; i++)
        key_stream[i] = kept.text[i] ^ kept.sealed[i];
    return stack_holds(kept.text, kept.len) || stack_holds(key_stream, kept.len) ||
           stack_holds(kept.key.bytes, kept.key.len);
}

TEST(leaves_no_secret_on_the_stack)
{
    kept = scene_of(&vectors[7]);
    run_on_stack(forget_text);
    CHECK(holds_any_secret());
    run_on_stack(only_seal);
    CHECK(!holds_any_secret());
    run_on_stack(only_open);
    CHECK(!holds_any_secret());
    CHECK_INT(errors, 0);
}

RUN(TEST_OF(speaks_the_vectors_both_ways), TEST_OF(speaks_the_tokens_of_rfc7635),
    TEST_OF(refuses_what_was_changed_in_any_bit), TEST_OF(refuses_what_was_cut_or_moved),
    TEST_OF(takes_keys_of_two_lengths), TEST_OF(leaves_no_secret_on_the_stack))
