#include <srflx/token.h>

#include <string.h>

#include <srflxi/aead.h>
#include <srflxi/bytes.h>
#include <srflx/wipe.h>

enum {
    TAG = SRFLXI_AEAD_TAG,
    FIXED = 2 + 8 + 4, /* of the block: key length, timestamp, lifetime */
    BLOCK_MOST = FIXED + SRFLX_TOKEN_MAC_KEY_MAX,
    DELTA_S = 5
};

/* 48 bits of seconds, 16 bits of 1/64000 s. spec: R7635-6.2-04 */
static uint64_t to_timestamp(uint64_t unix_ms)
{
    return unix_ms / 1000 << 16 | unix_ms % 1000 * 64;
}

static uint64_t from_timestamp(uint64_t timestamp)
{
    return (timestamp >> 16) * 1000 + (timestamp & 0xFFFF) / 64;
}

static int make_cipher(const struct srflx_token_key *key, struct srflxi_aead_key *ret_cipher)
{
    return srflxi_aead_key_init(ret_cipher, (struct srflx_view){key->bytes, SRFLX_TOKEN_KEY_LEN});
}

static size_t write_block(const struct srflx_token *token, uint8_t *block)
{
    size_t len = 2;

    srflxi_put16(block, token->mac_key_len);
    memcpy(block + len, token->mac_key, token->mac_key_len);
    len += token->mac_key_len;
    srflxi_put64(block + len, to_timestamp(token->issued_unix_ms));
    srflxi_put32(block + len + 8, token->lifetime_s);
    return len + 12;
}

/* spec: R7635-4.1-01 R7635-4.1.1-01 R7635-6.2-03 R7635-6.2-04 */
int srflx_token_seal(const struct srflx_token_key *key, struct srflx_view server_name,
                     const uint8_t *nonce, const struct srflx_token *token, uint8_t *ret_token,
                     size_t *ret_len)
{
    struct srflxi_aead_key cipher;
    uint8_t block[BLOCK_MOST];
    size_t len;

    if (!token->mac_key_len || token->mac_key_len > SRFLX_TOKEN_MAC_KEY_MAX)
        return SRFLX_ERROR_ARGUMENT;
    if (make_cipher(key, &cipher)) return SRFLX_ERROR_ARGUMENT;
    len = write_block(token, block);
    srflxi_put16(ret_token, SRFLX_TOKEN_NONCE_LEN);
    memcpy(ret_token + 2, nonce, SRFLX_TOKEN_NONCE_LEN);
    srflxi_aead_seal(&cipher, nonce, server_name, (struct srflx_view){block, len},
                     ret_token + 2 + SRFLX_TOKEN_NONCE_LEN);
    srflx_wipe(&cipher, sizeof cipher);
    srflx_wipe(block, sizeof block);
    *ret_len = 2 + SRFLX_TOKEN_NONCE_LEN + len + TAG;
    return 0;
}

/* spec: R7635-6.2-02 R7635-6.2-04 */
static int read_block(const uint8_t *block, size_t len, struct srflx_token *ret_token)
{
    struct srflx_token token = {{0}, 0, 0, 0};
    size_t key_len = srflxi_get16(block);

    if (!key_len || key_len > SRFLX_TOKEN_MAC_KEY_MAX || key_len + FIXED != len)
        return SRFLX_ERROR_VALUE;
    memcpy(token.mac_key, block + 2, key_len);
    token.mac_key_len = (uint8_t)key_len;
    token.issued_unix_ms = from_timestamp(srflxi_get64(block + 2 + key_len));
    token.lifetime_s = srflxi_get32(block + 2 + key_len + 8);
    *ret_token = token;
    srflx_wipe(&token, sizeof token);
    return 0;
}

/* spec: R7635-6.2-03 R7635-6.2-04 R7635-7-01 */
int srflx_token_open(const struct srflx_token_key *key, struct srflx_view server_name,
                     struct srflx_view value, struct srflx_token *ret_token)
{
    enum { HEAD = 2 + SRFLX_TOKEN_NONCE_LEN };
    struct srflxi_aead_key cipher;
    struct srflx_view sealed;
    uint8_t block[BLOCK_MOST];
    int error;

    if (value.len < HEAD + FIXED + TAG || value.len > SRFLX_TOKEN_MAX) return SRFLX_ERROR_VALUE;
    if (srflxi_get16(value.ptr) != SRFLX_TOKEN_NONCE_LEN) return SRFLX_ERROR_VALUE;
    sealed.ptr = value.ptr + HEAD;
    sealed.len = value.len - HEAD;
    if (make_cipher(key, &cipher)) return SRFLX_ERROR_ARGUMENT;
    error = srflxi_aead_open(&cipher, value.ptr + 2, server_name, sealed, block);
    srflx_wipe(&cipher, sizeof cipher);
    if (error) return SRFLX_ERROR_INTEGRITY;
    error = read_block(block, sealed.len - TAG, ret_token);
    srflx_wipe(block, sizeof block);
    return error;
}

/* spec: R7635-7-01 R7635-7-02 */
bool srflx_token_is_current(const struct srflx_token *token, struct srflx_time now)
{
    uint64_t issued = token->issued_unix_ms;
    uint64_t apart = now.unix_ms > issued ? now.unix_ms - issued : issued - now.unix_ms;

    return apart < ((uint64_t)token->lifetime_s + DELTA_S) * 1000;
}
