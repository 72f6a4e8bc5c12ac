/* Connections of bench/streamload: TCP, TLS and DTLS, none of which waits. */
#ifndef STREAM_LINK_H
#define STREAM_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#include <openssl/types.h>

#include "requests.h"

enum link_kind { LINK_TCP, LINK_TLS, LINK_DTLS };

/* How connections are made. A server on loopback is asked from many addresses there, so that ports
 * do not run out and limits of an address are not met. */
struct link_maker {
    enum link_kind kind;
    struct sockaddr_in server;
    SSL_CTX *context; /* NULL for TCP; certificates are not looked at */
    uint32_t made;
};

struct link {
    int fd;
    SSL *ssl; /* NULL for TCP */
};

/* Returns false if the TLS library refuses. */
bool link_maker_init(struct link_maker *maker, enum link_kind kind,
                     const struct sockaddr_in *server);
void link_maker_clean_up(struct link_maker *maker);

/* Begins to connect. Returns false, with nothing to close, if the system refuses; errno says why. */
bool link_open(struct link_maker *maker, struct link *ret_link);

/* Goes on with connecting and with the handshake. Returns 1 when both are done, 0 if they will go
 * on later, -1 if they have failed. */
int link_shake(struct link *link);

/* To be called now and then while a handshake goes on: packets of DTLS may have been lost. */
void link_tick(struct link *link);

/* Where the answers must say that the requests came from. */
struct request_source link_source(const struct link *link);

/* Returns the number of bytes, 0 if there are none yet, -1 at the end or on failure. */
ssize_t link_read(struct link *link, uint8_t *buf, size_t cap);

/* All of them or failure: what is on its way never fills a socket. */
bool link_write(struct link *link, const uint8_t *bytes, size_t len);

/* In good order, without waiting for the other side. */
void link_close(struct link *link);

#endif
