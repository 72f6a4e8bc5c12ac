/* Session tickets: their keys are made of the hour and a secret of the context, so that they change
 * without a lock, and no thread keeps anything. A ticket is good for the hour it was made in and the next one.
 * Source: RFC 5077 sections 4 and 5.5. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <srflx/wipe.h>

#include "context.h"

enum { HOUR_MS = 3600000, NAME = 16, IV = 16, DIGEST = 32 };
enum use { USE_NAME, USE_CIPHER, USE_MAC };

static bool derive(const struct srflx_secure_context *context, uint64_t hour, enum use use,
                   unsigned char *ret_digest)
{
    unsigned char what[9];

    for (size_t i = 0; i < 8; i++)
        what[i] = (unsigned char)(hour >> (56 - 8 * i));
    what[8] = (unsigned char)use;
    return HMAC(EVP_sha256(), context->ticket_master, sizeof context->ticket_master, what,
                sizeof what, ret_digest, NULL) != NULL;
}

static bool set_keys(const struct srflx_secure_context *context, uint64_t hour,
                     const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
    unsigned char cipher_key[DIGEST], mac_key[DIGEST];
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, sizeof mac_key),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    const bool done = derive(context, hour, USE_CIPHER, cipher_key) &&
                      derive(context, hour, USE_MAC, mac_key) &&
                      EVP_MAC_CTX_set_params(mac, params) &&
                      EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, cipher_key, iv, encrypt);

    srflx_wipe(cipher_key, sizeof cipher_key);
    srflx_wipe(mac_key, sizeof mac_key);
    return done;
}

static bool has_made(const struct srflx_secure_context *context, uint64_t hour,
                     const unsigned char *name)
{
    unsigned char digest[DIGEST];

    return derive(context, hour, USE_NAME, digest) && !memcmp(digest, name, NAME);
}

/* OpenSSL wants 1 for a key, 2 for one whose ticket shall be made anew, 0 for none. */
int srflxi_ticket_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                       EVP_MAC_CTX *mac, int encrypt)
{
    const struct srflx_secure_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const uint64_t hour = context->now().unix_ms / HOUR_MS;
    unsigned char digest[DIGEST];

    if (encrypt) {
        if (!derive(context, hour, USE_NAME, digest) || RAND_bytes(iv, IV) != 1) return -1;
        memcpy(name, digest, NAME);
        return set_keys(context, hour, iv, cipher, mac, encrypt) ? 1 : -1;
    }
    for (uint64_t age = 0; age < 2; age++)
        if (has_made(context, hour - age, name))
            return set_keys(context, hour - age, iv, cipher, mac, encrypt) ? 1 + (int)age : -1;
    return 0;
}
