#include <srflx/key.h>

#include <string.h>

#include <srflxi/digest.h>
#include <srflx/wipe.h>

/* spec: R8489-9.2.2-01 R8489-9.2.2-03 R8489-18.5-01 R8489-18.5.1.1-01 R8489-18.5.1.2-01
 * R5389-15.4-01 */
int srflx_secret_long_term(uint16_t algorithm, const struct srflx_identity *who,
                           struct srflx_view password, struct srflx_secret *ret_secret)
{
    static const uint8_t colon[] = {':'};
    const struct srflx_view parts[] = {
        who->username, {colon, 1}, who->realm, {colon, 1}, password,
    };
    enum srflxi_hash hash = algorithm == SRFLX_ALGORITHM_MD5 ? SRFLXI_MD5 : SRFLXI_SHA256;

    if (algorithm != SRFLX_ALGORITHM_MD5 && algorithm != SRFLX_ALGORITHM_SHA256)
        return SRFLX_ERROR_ARGUMENT;
    srflxi_digest(hash, parts, sizeof parts / sizeof parts[0], ret_secret->bytes);
    ret_secret->len = (uint8_t)srflxi_digest_size(hash);
    return 0;
}

/* spec: R8489-9.1.1-01 R5389-15.4-02 R7635-5-01 */
void srflx_key_from_secret(struct srflx_view secret, struct srflx_key *ret_key)
{
    srflxi_hmac_sha1_init(&ret_key->sha1, secret);
    srflxi_hmac_sha256_init(&ret_key->sha256, secret);
}

int srflx_key_long_term(uint16_t algorithm, const struct srflx_identity *who,
                        struct srflx_view password, struct srflx_key *ret_key)
{
    struct srflx_secret secret;
    int error = srflx_secret_long_term(algorithm, who, password, &secret);

    if (error) return error;
    srflx_key_from_secret((struct srflx_view){secret.bytes, secret.len}, ret_key);
    srflx_wipe(&secret, sizeof secret);
    return 0;
}

void srflx_key_wipe(struct srflx_key *key)
{
    srflx_wipe(key, sizeof *key);
}

/* spec: R8489-14.4-01 R8489-14.4-03 */
void srflx_userhash_compute(const struct srflx_identity *who, struct srflx_userhash *ret_hash)
{
    static const uint8_t colon[] = {':'};
    const struct srflx_view parts[] = {who->username, {colon, 1}, who->realm};

    srflxi_digest(SRFLXI_SHA256, parts, sizeof parts / sizeof parts[0], ret_hash->bytes);
}
