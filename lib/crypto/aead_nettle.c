/* aead.h by nettle. The key schedule is made anew for each message: it is cheap beside a table of
 * 4 KiB for every key that is kept. Where the processor has no instructions for AES and carry-less
 * multiplication, nettle looks secrets up in tables, and its time may tell something about them to
 * who shares the caches. */
#include <srflx/error.h>

#include <srflxi/aead.h>
#include <srflxi/bytes.h>
#include <srflxi/equal.h>
#include <srflx/wipe.h>
#include <srflxi/written.h>

#include <nettle/gcm.h>
#include <nettle/nettle-meta.h>

_Static_assert(GCM_IV_SIZE == SRFLXI_AEAD_NONCE && GCM_DIGEST_SIZE == SRFLXI_AEAD_TAG, "RFC 5116");

/* What nettle's frames take at most, one below the other; 512 bytes of it are key stream. */
enum { BELOW = 1536 };

/* As in digest_nettle.c: takes the place where nettle's functions have just been. */
__attribute__((noinline)) static void wipe_below(void)
{
    uint8_t below[BELOW];

    srflx_wipe(below, sizeof below);
}

union context {
    struct gcm_aes128_ctx aes128;
    struct gcm_aes256_ctx aes256;
};

int srflxi_aead_key_init(struct srflxi_aead_key *ret_key, struct srflx_view secret)
{
    if (secret.len != AES128_KEY_SIZE && secret.len != AES256_KEY_SIZE) return SRFLX_ERROR_ARGUMENT;
    srflxi_copy(ret_key->bytes, secret.ptr, secret.len);
    ret_key->len = secret.len;
    return 0;
}

static const struct nettle_aead *begin(union context *context, const struct srflxi_aead_key *key,
                                       const uint8_t *nonce, struct srflx_view associated)
{
    const struct nettle_aead *nettle =
        key->len == AES256_KEY_SIZE ? &nettle_gcm_aes256 : &nettle_gcm_aes128;

    nettle->set_encrypt_key(context, key->bytes);
    nettle->set_nonce(context, nonce);
    if (associated.len) nettle->update(context, associated.len, associated.ptr);
    return nettle;
}

void srflxi_aead_seal(const struct srflxi_aead_key *key, const uint8_t *nonce,
                      struct srflx_view associated, struct srflx_view text, uint8_t *ret_sealed)
{
    union context context;
    const struct nettle_aead *nettle = begin(&context, key, nonce, associated);

    if (text.len) nettle->encrypt(&context, text.len, ret_sealed, text.ptr);
    nettle->digest(&context, SRFLXI_AEAD_TAG, ret_sealed + text.len);
    srflxi_written(ret_sealed, text.len + SRFLXI_AEAD_TAG);
    srflx_wipe(&context, sizeof context);
    wipe_below();
}

int srflxi_aead_open(const struct srflxi_aead_key *key, const uint8_t *nonce,
                     struct srflx_view associated, struct srflx_view sealed, uint8_t *ret_text)
{
    union context context;
    uint8_t tag[SRFLXI_AEAD_TAG];
    const struct nettle_aead *nettle;
    size_t len;

    if (sealed.len < SRFLXI_AEAD_TAG) return SRFLX_ERROR_VALUE;
    len = sealed.len - SRFLXI_AEAD_TAG;
    nettle = begin(&context, key, nonce, associated);
    if (len) nettle->decrypt(&context, len, ret_text, sealed.ptr);
    nettle->digest(&context, SRFLXI_AEAD_TAG, tag);
    srflxi_written(ret_text, len);
    srflxi_written(tag, sizeof tag);
    srflx_wipe(&context, sizeof context);
    wipe_below();
    if (srflxi_equal(tag, sealed.ptr + len, sizeof tag)) return 0;
    srflx_wipe(ret_text, len);
    return SRFLX_ERROR_VALUE;
}
