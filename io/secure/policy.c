/* The policy of versions, suites and groups.
 * Sources: RFC 8489 section 6.2.3, RFC 7350 section 3, RFC 9325 (BCP 195). */
#include "policy.h"

#include <openssl/err.h>

#include "context.h"

/* Bits of security that keys and signatures must have, as OpenSSL's levels: 2 stands for 112. */
enum { LEVEL = 2, LEVEL_LEGACY = 0 };

static const struct {
    int minimum, minimum_dtls, minimum_legacy;
    const char *ciphers, *ciphers_legacy, *suites, *groups;
} table = {
    .minimum = TLS1_2_VERSION,
    .minimum_dtls = DTLS1_2_VERSION,
    .minimum_legacy = TLS1_VERSION,
/* Forward secrecy and AEAD alone. The last one costs a server the most, and is there because STUN demands it.
 * spec: R8489-6.2.3-01 R8489-6.2.3-02 R8489-6.2.3-05 R8489-6.2.3-06 R8489-6.2.3-08
 * spec: R7350-3-03 R7350-3-04 R7350-3-05 R7350-3-06 */
#define CIPHERS                                                  \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
    "DHE-RSA-AES128-GCM-SHA256"
    .ciphers = CIPHERS,
    /* What RFC 3489 section 9.1 demands: TLS_RSA_WITH_AES_128_CBC_SHA, after all others. */
    .ciphers_legacy = CIPHERS ":AES128-SHA",
    /* spec: R8489-6.2.3-03 R8489-6.2.3-04 */
    .suites = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384",
    .groups = "X25519:P-256:P-384",
};

/* spec: R8489-6.2.3-07 R7350-3-07 */
static const uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                SSL_OP_NO_QUERY_MTU;

static const SSL_METHOD *method(bool server, bool dtls)
{
    if (dtls) return server ? DTLS_server_method() : DTLS_client_method();
    return server ? TLS_server_method() : TLS_client_method();
}

/* The system's openssl.cnf has had its say when a context is new: everything is set again. */
static bool set_versions(SSL_CTX *ctx, const struct srflxi_policy *policy, bool dtls, bool legacy)
{
    int minimum = policy->minimum;

    if (minimum < table.minimum) return false;
    if (dtls) minimum = table.minimum_dtls;
    if (legacy) minimum = table.minimum_legacy;
    SSL_CTX_set_security_level(ctx, legacy ? LEVEL_LEGACY : LEVEL);
    SSL_CTX_clear_options(ctx, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 |
                                   SSL_OP_NO_TLSv1_3);
    return SSL_CTX_set_min_proto_version(ctx, minimum) && SSL_CTX_set_max_proto_version(ctx, 0);
}

static void set_frugal(SSL_CTX *ctx)
{
    SSL_CTX_set_options(ctx, options);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_read_ahead(ctx, 0);
    SSL_CTX_set_dh_auto(ctx, 1);
}

static int set_lists(SSL_CTX *ctx, const struct srflxi_policy *policy, bool legacy, char *ret_text)
{
    const char *ciphers = policy->ciphers ? policy->ciphers : table.ciphers;
    const char *suites = policy->suites ? policy->suites : table.suites;
    const char *groups = policy->groups ? policy->groups : table.groups;

    if (legacy) ciphers = table.ciphers_legacy;
    if (!SSL_CTX_set_cipher_list(ctx, ciphers))
        return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT,
                          "ciphers '%s': OpenSSL knows none of them, or allows none", ciphers);
    if (!SSL_CTX_set_ciphersuites(ctx, suites))
        return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT,
                          "suites '%s': no list of TLS 1.3 suites that OpenSSL knows", suites);
    if (!SSL_CTX_set1_groups_list(ctx, groups))
        return srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT,
                          "groups '%s': no list of groups that OpenSSL knows", groups);
    return 0;
}

int srflxi_policy_apply(const struct srflxi_policy *policy, bool server, bool dtls,
                        SSL_CTX **ret_ctx, char *ret_text)
{
    const bool legacy = policy->legacy && !dtls;
    SSL_CTX *ctx = SSL_CTX_new(method(server, dtls));
    int error;

    if (!ctx) return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "memory is short");
    if (!set_versions(ctx, policy, dtls, legacy))
        error = srflxi_say(ret_text, SRFLX_ERROR_ARGUMENT,
                           "minimum 0x%04x: want 0x0303 (TLS 1.2) or 0x0304 (TLS 1.3)",
                           policy->minimum);
    else
        error = set_lists(ctx, policy, legacy, ret_text);
    set_frugal(ctx);
    ERR_clear_error();
    if (error) {
        SSL_CTX_free(ctx);
        return error;
    }
    *ret_ctx = ctx;
    return 0;
}
