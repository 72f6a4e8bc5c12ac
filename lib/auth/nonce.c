#include <srflx/nonce.h>

#include <string.h>

#include <srflx/base64.h>
#include <srflxi/bytes.h>
#include <srflxi/equal.h>
#include <srflxi/digest.h>
#include <srflxi/siphash.h>
#include <srflx/wipe.h>

/* The payload behind the cookie, in bytes before and characters behind base64. */
enum {
    PAYLOAD = 12,
    PAYLOAD_TEXT = 16,
    SIGNED_MOST = 13 + 4 + 1 + 16 + 2 + SRFLX_NONCE_ALGORITHMS
};

/* Seconds since 2020 in 30 bits: enough until 2054, and what wraps around then is stale. */
static const uint64_t epoch_s = 1577836800;
static const uint32_t time_mask = 0x3FFFFFFF;

static const uint8_t magic[] = {'o', 'b', 'M', 'a', 't', 'J', 'o', 's', '2'};

/* A server with other clocks in its fleet meets nonces from the future. */
enum { CLOCK_TOLERANCE_S = 5 };

void srflx_nonce_key_derive(struct srflx_view secret, struct srflx_nonce_key *ret_key)
{
    static const uint8_t purpose[] = "srflx nonce key";
    const struct srflx_view text = {purpose, sizeof purpose - 1};
    struct srflx_hmac_sha256 key;
    uint8_t mac[SRFLXI_SHA256_SIZE];

    srflxi_hmac_sha256_init(&key, secret);
    srflxi_hmac_sha256(&key, &text, 1, mac);
    memcpy(ret_key->bytes, mac, sizeof ret_key->bytes);
    srflx_wipe(&key, sizeof key);
    srflx_wipe(mac, sizeof mac);
}

static uint32_t seconds(struct srflx_time now)
{
    return (uint32_t)(now.unix_ms / 1000 - epoch_s) & time_mask;
}

/* Four letters of base64 for three bytes, of which only the last two bits are ever set.
 * spec: R8489-9.2-02 R8489-9.2-03 R8489-18.1-01 */
static void write_cookie(unsigned features, uint8_t *ret_cookie)
{
    static const uint8_t start[] = {'o', 'b', 'M', 'a', 't', 'J', 'o', 's', '2', 'A', 'A', 'A'};

    srflxi_copy(ret_cookie, start, sizeof start);
    ret_cookie[sizeof start] = (uint8_t)('A' + (features & 3));
}

/* As printed, RFC 8489 counts the bits from the first byte's most significant one, and erratum 6290 from the
 * last byte's least significant one. Both are in use, and as long as the bits between have no meaning no
 * set means one thing here and another there. spec: R8489-9.2-04 R8489-9.2.5-01 R8489-18.1-01 R5389-10.2-01 */
bool srflx_nonce_features(struct srflx_view nonce, unsigned *ret_features)
{
    struct srflx_view text;
    uint8_t bits[3];
    size_t len;

    if (nonce.len < SRFLX_NONCE_COOKIE_LEN) return false;
    if (memcmp(nonce.ptr, magic, sizeof magic) != 0) return false;
    text.ptr = nonce.ptr + sizeof magic;
    text.len = 4;
    if (srflx_base64_decode(SRFLX_BASE64_BARE, text, bits, sizeof bits, &len)) return false;
    *ret_features = (bits[2] & 3u) | (bits[0] >> 7 & 1u) | (bits[0] >> 5 & 2u);
    return true;
}

/* `cookie` is that of the scope's features. spec: R8489-9.2.4-05 */
static uint64_t tag_of(const struct srflx_nonce_key *key, const struct srflx_nonce_scope *scope,
                       const uint8_t *cookie, uint32_t word)
{
    uint8_t text[SIGNED_MOST];
    size_t len = SRFLX_NONCE_COOKIE_LEN;
    size_t algorithms = scope->algorithms.len;

    srflxi_copy(text, cookie, SRFLX_NONCE_COOKIE_LEN);
    srflxi_put32(text + len, word);
    len += 4;
    text[len++] = scope->client.family;
    srflxi_copy(text + len, scope->client.ip, sizeof scope->client.ip);
    len += sizeof scope->client.ip;
    srflxi_put16(text + len, scope->client.port);
    len += 2;
    if (algorithms > SRFLX_NONCE_ALGORITHMS) algorithms = SRFLX_NONCE_ALGORITHMS;
    srflxi_copy(text + len, scope->algorithms.ptr, algorithms);
    return srflxi_siphash(key->bytes, text, len + algorithms);
}

/* The one that came into force last, of several the first in the list; before any has, the first of all. */
static const struct srflx_nonce_key *current_key(const struct srflx_nonce_keys *keys,
                                                 uint64_t now_s)
{
    const struct srflx_nonce_key *current = NULL;
    unsigned i;

    for (i = 0; i < keys->count; i++) {
        const struct srflx_nonce_key *key = &keys->list[i];
        if (key->from_unix_s > now_s) continue;
        if (!current || key->from_unix_s > current->from_unix_s) current = key;
    }
    return current ? current : &keys->list[0];
}

/* spec: R8489-9.2-02 R8489-9.2.1-01 R8489-14.10-01 R8489-14.10-02 */
void srflx_nonce_write(const struct srflx_nonce_keys *keys, const struct srflx_nonce_scope *scope,
                       struct srflx_time now, uint8_t *ret_nonce)
{
    const struct srflx_nonce_key *key = current_key(keys, now.unix_ms / 1000);
    uint32_t word = seconds(now) << 2 | (key->number & 3);
    uint8_t payload[PAYLOAD];

    write_cookie(scope->features, ret_nonce);
    srflxi_put32(payload, word);
    srflxi_put64(payload + 4, tag_of(key, scope, ret_nonce, word));
    srflx_base64_encode(SRFLX_BASE64_BARE, (struct srflx_view){payload, sizeof payload},
                        ret_nonce + SRFLX_NONCE_COOKIE_LEN);
}

/* The key of that number, or another one, which takes as long to refute. */
static const struct srflx_nonce_key *find_key(const struct srflx_nonce_keys *keys, uint32_t number)
{
    unsigned i;

    for (i = 0; i < keys->count; i++)
        if ((keys->list[i].number & 3) == number) return &keys->list[i];
    return &keys->list[0];
}

static bool is_in_time(uint32_t made, uint32_t now, uint32_t lifetime_s)
{
    uint32_t age = (now - made) & time_mask, ahead = (made - now) & time_mask;

    return age < lifetime_s || ahead <= CLOCK_TOLERANCE_S;
}

/* The cookie is part of what the tag covers: with other features it is forged.
 * spec: R8489-9.2.4-26 R8489-9.2.4-31 */
enum srflx_nonce_state srflx_nonce_check(const struct srflx_nonce_keys *keys,
                                         const struct srflx_nonce_scope *scope,
                                         struct srflx_view nonce, struct srflx_time now)
{
    uint8_t payload[PAYLOAD], cookie[SRFLX_NONCE_COOKIE_LEN], tag[8];
    struct srflx_view text;
    uint32_t word;
    size_t len;

    if (nonce.len != SRFLX_NONCE_LEN) return SRFLX_NONCE_FORGED;
    text.ptr = nonce.ptr + SRFLX_NONCE_COOKIE_LEN;
    text.len = PAYLOAD_TEXT;
    write_cookie(scope->features, cookie);
    if (memcmp(nonce.ptr, cookie, sizeof cookie) != 0) return SRFLX_NONCE_FORGED;
    if (srflx_base64_decode(SRFLX_BASE64_BARE, text, payload, sizeof payload, &len))
        return SRFLX_NONCE_FORGED;
    word = srflxi_get32(payload);
    srflxi_put64(tag, tag_of(find_key(keys, word & 3), scope, cookie, word));
    if (!srflxi_equal(tag, payload + 4, sizeof tag)) return SRFLX_NONCE_FORGED;
    return is_in_time(word >> 2, seconds(now), scope->lifetime_s) ? SRFLX_NONCE_FRESH
                                                                  : SRFLX_NONCE_STALE;
}
