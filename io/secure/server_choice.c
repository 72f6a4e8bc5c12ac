/* What a server chooses by the names in a ClientHello. */
#include <string.h>

#include <openssl/x509v3.h>

#include "connection.h"

/* spec: R7443-1-01 */
const unsigned char srflxi_alpn[19] = {18,  's', 't', 'u', 'n', '.', 'n', 'a', 't', '-',
                                       'd', 'i', 's', 'c', 'o', 'v', 'e', 'r', 'y'};

bool srflxi_has_name(X509 *certificate, const char *name)
{
    if (srflxi_is_ip(name)) return X509_check_ip_asc(certificate, name, 0) == 1;
    return X509_check_host(certificate, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* A name that nobody here has gets the first service: the client will judge. */
int srflxi_choose_service(SSL *ssl, int *alert, void *context)
{
    const struct srflx_secure_context *shared = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    for (size_t i = 0; name && i < shared->service_count; i++) {
        const struct srflxi_service *service = &shared->services[i];
        if (!srflxi_has_name(service->certificate, name)) continue;
        SSL_set_SSL_CTX(ssl, srflxi_secure_of(ssl)->dtls ? service->dtls : service->tls);
        return SSL_TLSEXT_ERR_OK;
    }
    return name ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* Who offers protocols and not ours wants another service, TURN for one. spec: R7443-1-01 R7443-1-02 */
int srflxi_choose_protocol(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_len,
                           const unsigned char *offered, unsigned int len, void *context)
{
    (void)context;
    for (unsigned at = 0; at < len; at += 1u + offered[at]) {
        if (offered[at] != srflxi_alpn[0] || len - at < sizeof srflxi_alpn ||
            memcmp(offered + at, srflxi_alpn, sizeof srflxi_alpn) != 0)
            continue;
        *ret_chosen = offered + at + 1;
        *ret_len = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    srflxi_blame(srflxi_secure_of(ssl), SRFLX_SECURE_NO_ALPN,
                 "the peer offers protocols (ALPN), and stun.nat-discovery is none of them");
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}
