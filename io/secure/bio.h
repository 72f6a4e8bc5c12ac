/* Between OpenSSL and the caller's arrays, which are lent for the length of one call. */
#ifndef SRFLX_IO_SECURE_BIO_H
#define SRFLX_IO_SECURE_BIO_H

#include <openssl/bio.h>

/* The caller frees it. NULL if memory is short. */
BIO_METHOD *srflxi_bio_method(void);

#endif
