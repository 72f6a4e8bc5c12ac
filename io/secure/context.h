/* What the connections of a context share. */
#ifndef SRFLX_IO_SECURE_CONTEXT_H
#define SRFLX_IO_SECURE_CONTEXT_H

#include <stdatomic.h>

#include <openssl/ssl.h>

#include <srflx/secure.h>

enum { SRFLXI_COOKIE_KEY = 16, SRFLXI_TICKET_MASTER = 32, SRFLXI_PIN = 32 };

/* A server's certificates of one name, one for each kind of key; of a client there is one service, without any. */
struct srflxi_service {
    X509 *certificate; /* the first one, whose names count */
    SSL_CTX *tls, *dtls;
};

struct srflx_secure_context {
    atomic_uint references;
    bool is_server, insecure;
    BIO_METHOD *bio;
    struct srflxi_service *services;
    size_t service_count;
    uint8_t (*pins)[SRFLXI_PIN];
    size_t pin_count;
    uint8_t ticket_master[SRFLXI_TICKET_MASTER];
    uint8_t cookie_key[SRFLXI_COOKIE_KEY];
    struct srflx_time (*now)(void); /* srflx_clock_now, but in tests */
};

/* With one reference, and room for so many services. NULL if memory is short. */
struct srflx_secure_context *srflxi_context_new(size_t services);
struct srflx_secure_context *srflxi_context_keep(struct srflx_secure_context *context);

/* Of the first service, which every connection begins with. */
SSL_CTX *srflxi_context_ssl(const struct srflx_secure_context *context, bool dtls);

/* A text of one line into SRFLX_SECURE_TEXT bytes. Returns `code`. */
int srflxi_say(char *ret_text, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "2026-01-31 12:00:00 UTC" into SRFLXI_DATE bytes. Returns `ret_text`. */
enum { SRFLXI_DATE = 32 };
const char *srflxi_date(const ASN1_TIME *time, char *ret_text);

/* What a server does with the ClientHello's names: SNI and ALPN. */
int srflxi_choose_service(SSL *ssl, int *alert, void *context);
int srflxi_choose_protocol(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_len,
                           const unsigned char *offered, unsigned int len, void *context);

/* Keys of session tickets, of this hour and the one before. */
int srflxi_ticket_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                       EVP_MAC_CTX *mac, int encrypt);

/* Judges a server's certificate for a client: issuer, dates, name and pins. */
int srflxi_verify(X509_STORE_CTX *chain, void *context);

/* Does the certificate have this name, or IP address? Only the leftmost label may be a wildcard, alone in it. */
bool srflxi_has_name(X509 *certificate, const char *name);
bool srflxi_is_ip(const char *name);

/* "stun.nat-discovery" with its length before it. */
extern const unsigned char srflxi_alpn[19];

#endif
