/* Which versions, suites and groups: one table. */
#ifndef SRFLX_IO_SECURE_POLICY_H
#define SRFLX_IO_SECURE_POLICY_H

#include <openssl/ssl.h>

#include <srflx/secure.h>

struct srflxi_policy {
    uint16_t minimum;                      /* of TLS */
    const char *ciphers, *suites, *groups; /* NULL: the table's */
    bool legacy;
};

/* A context of a server or client, of TLS or DTLS, without certificates. Returns 0, SRFLX_ERROR_ARGUMENT
 * or SRFLX_ERROR_SYSTEM, with `ret_text`. */
int srflxi_policy_apply(const struct srflxi_policy *policy, bool server, bool dtls,
                        SSL_CTX **ret_ctx, char *ret_text);

#endif
