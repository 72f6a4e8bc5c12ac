/* A server's certificate with its chain and key, out of PEM files. */
#ifndef SRFLX_IO_SECURE_IDENTITY_H
#define SRFLX_IO_SECURE_IDENTITY_H

#include <openssl/x509.h>

#include <srflx/secure.h>

enum { SRFLXI_IDENTITY_NAME = 256 };

struct srflxi_identity {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;          /* without the certificate itself */
    char name[SRFLXI_IDENTITY_NAME]; /* the first one, in lower case; may be empty */
};

/* Reads and checks the files. Returns 0 or SRFLX_ERROR_SYSTEM, with `ret_text`. */
int srflxi_identity_load(const struct srflx_secure_identity *files,
                         struct srflxi_identity *ret_identity, char *ret_text);

/* Frees what it holds. */
void srflxi_identity_drop(struct srflxi_identity *identity);

#endif
