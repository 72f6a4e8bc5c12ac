/* One connection. */
#ifndef SRFLX_IO_SECURE_CONNECTION_H
#define SRFLX_IO_SECURE_CONNECTION_H

#include "context.h"

struct srflx_secure {
    SSL *ssl;
    struct srflx_secure_context *context;
    struct srflx_view *input; /* both lent, NULL outside of a call */
    struct srflx_secure_out *out;
    char *text;        /* what is wrong, once something is */
    char *name;        /* client: whose certificate we want; may be NULL */
    size_t taken;      /* bytes of the handshake */
    unsigned renewals; /* server: of the keys, by the client */
    int ended;         /* 0, or what srflx_secure_read() returns from now on */
    uint8_t fault;
    uint8_t head_len, head[9]; /* of the stream */
    bool dtls, established, closed, full, too_long;
};

/* For both sides and transports; the listener alone asks for a DTLS server. */
int srflxi_secure_make(struct srflx_secure_context *context, bool dtls, const char *name,
                       struct srflx_secure **ret_s);

/* Until the next give_back. */
void srflxi_secure_lend(struct srflx_secure *s, struct srflx_view *input,
                        struct srflx_secure_out *out);
void srflxi_secure_give_back(struct srflx_secure *s);

/* Takes the handshake as far as it goes, with what is lent. Returns 1 when it is done, 0 if it waits, or an
 * error that stays. */
int srflxi_secure_shake(struct srflx_secure *s);

/* Keeps the first fault, with its sentence. Returns SRFLX_ERROR_SECURITY. */
int srflxi_blame(struct srflx_secure *s, enum srflx_secure_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same of OpenSSL's error queue, unless there is a fault already. */
int srflxi_blame_queue(struct srflx_secure *s);

/* Finds the connection of an SSL. */
struct srflx_secure *srflxi_secure_of(const SSL *ssl);

#endif
