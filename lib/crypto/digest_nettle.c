/* digest.h by nettle, whose contexts are plain structs on our stack. */
#include <srflxi/bytes.h>
#include <srflxi/digest.h>
#include <srflx/wipe.h>
#include <srflxi/written.h>

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { BLOCK = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5C };

/* What nettle's frames take at most, one below the other: 672 bytes on s390x, 200 on x86-64. */
enum { BELOW = 768 };

_Static_assert(SHA1_BLOCK_SIZE == BLOCK && SHA256_BLOCK_SIZE == BLOCK, "one block for both");
_Static_assert(sizeof((struct sha1_ctx *)0)->state == sizeof((struct srflx_hmac_sha1 *)0)->inner,
               "a kept state is nettle's");
_Static_assert(sizeof((struct sha256_ctx *)0)->state ==
                   sizeof((struct srflx_hmac_sha256 *)0)->inner,
               "a kept state is nettle's");

/* Where nettle's functions have just been, they may have left a block or a state of the hash. This
 * function's frame takes the same place. */
__attribute__((noinline)) static void wipe_below(void)
{
    uint8_t below[BELOW];

    srflx_wipe(below, sizeof below);
}

static const struct nettle_hash *implementation(enum srflxi_hash hash)
{
    switch (hash) {
    case SRFLXI_MD5:
        return &nettle_md5;
    case SRFLXI_SHA1:
        return &nettle_sha1;
    case SRFLXI_SHA256:
        break;
    }
    return &nettle_sha256;
}

size_t srflxi_digest_size(enum srflxi_hash hash)
{
    return implementation(hash)->digest_size;
}

void srflxi_digest(enum srflxi_hash hash, const struct srflx_view *parts, size_t count,
                   uint8_t *ret_digest)
{
    const struct nettle_hash *nettle = implementation(hash);
    union {
        struct md5_ctx md5;
        struct sha1_ctx sha1;
        struct sha256_ctx sha256;
    } context;

    nettle->init(&context);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len) nettle->update(&context, parts[i].len, parts[i].ptr);
    nettle->digest(&context, nettle->digest_size, ret_digest);
    srflxi_written(ret_digest, nettle->digest_size);
    srflx_wipe(&context, sizeof context);
    wipe_below();
}

/* The secret as one block, mixed with the inner pad (RFC 2104 section 2). */
static void inner_block(enum srflxi_hash hash, struct srflx_view secret, uint8_t *ret_block)
{
    memset(ret_block, 0, BLOCK);
    if (secret.len > BLOCK)
        srflxi_digest(hash, &secret, 1, ret_block);
    else
        srflxi_copy(ret_block, secret.ptr, secret.len);
    for (size_t i = 0; i < BLOCK; i++)
        ret_block[i] ^= INNER_PAD;
}

static void turn_outward(uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= INNER_PAD ^ OUTER_PAD;
}

static void keep_sha1(const uint8_t *block, uint32_t *ret_state)
{
    struct sha1_ctx context;

    sha1_init(&context);
    sha1_update(&context, BLOCK, block);
    srflxi_written(&context, sizeof context);
    memcpy(ret_state, context.state, sizeof context.state);
    srflx_wipe(&context, sizeof context);
}

static void keep_sha256(const uint8_t *block, uint32_t *ret_state)
{
    struct sha256_ctx context;

    sha256_init(&context);
    sha256_update(&context, BLOCK, block);
    srflxi_written(&context, sizeof context);
    memcpy(ret_state, context.state, sizeof context.state);
    srflx_wipe(&context, sizeof context);
}

void srflxi_hmac_sha1_init(struct srflx_hmac_sha1 *ret_key, struct srflx_view secret)
{
    uint8_t block[BLOCK];

    inner_block(SRFLXI_SHA1, secret, block);
    keep_sha1(block, ret_key->inner);
    turn_outward(block);
    keep_sha1(block, ret_key->outer);
    srflx_wipe(block, sizeof block);
    wipe_below();
}

void srflxi_hmac_sha256_init(struct srflx_hmac_sha256 *ret_key, struct srflx_view secret)
{
    uint8_t block[BLOCK];

    inner_block(SRFLXI_SHA256, secret, block);
    keep_sha256(block, ret_key->inner);
    turn_outward(block);
    keep_sha256(block, ret_key->outer);
    srflx_wipe(block, sizeof block);
    wipe_below();
}

/* A context that has seen one block, the pad. */
static void resume_sha1(struct sha1_ctx *context, const uint32_t *state)
{
    memcpy(context->state, state, sizeof context->state);
    context->count = 1;
    context->index = 0;
}

static void resume_sha256(struct sha256_ctx *context, const uint32_t *state)
{
    memcpy(context->state, state, sizeof context->state);
    context->count = 1;
    context->index = 0;
}

/* The context needs no wiping here: nettle's manual promises that a digest function leaves it in the
 * hash's initial state, and its buffer holds the inner digest, which serves this one message. */
void srflxi_hmac_sha1(const struct srflx_hmac_sha1 *key, const struct srflx_view *parts,
                      size_t count, uint8_t *ret_mac)
{
    struct sha1_ctx context;

    resume_sha1(&context, key->inner);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len) sha1_update(&context, parts[i].len, parts[i].ptr);
    sha1_digest(&context, SHA1_DIGEST_SIZE, ret_mac);
    resume_sha1(&context, key->outer);
    sha1_update(&context, SHA1_DIGEST_SIZE, ret_mac);
    sha1_digest(&context, SHA1_DIGEST_SIZE, ret_mac);
    srflxi_written(ret_mac, SHA1_DIGEST_SIZE);
    wipe_below();
}

void srflxi_hmac_sha256(const struct srflx_hmac_sha256 *key, const struct srflx_view *parts,
                        size_t count, uint8_t *ret_mac)
{
    struct sha256_ctx context;

    resume_sha256(&context, key->inner);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len) sha256_update(&context, parts[i].len, parts[i].ptr);
    sha256_digest(&context, SHA256_DIGEST_SIZE, ret_mac);
    resume_sha256(&context, key->outer);
    sha256_update(&context, SHA256_DIGEST_SIZE, ret_mac);
    sha256_digest(&context, SHA256_DIGEST_SIZE, ret_mac);
    srflxi_written(ret_mac, SHA256_DIGEST_SIZE);
    wipe_below();
}
