#define _GNU_SOURCE /* IP_BIND_ADDRESS_NO_PORT */
#include "stream_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { SOURCES = 4096, MTU = 1400 };

bool link_maker_init(struct link_maker *maker, enum link_kind kind,
                     const struct sockaddr_in *server)
{
    *maker = (struct link_maker){.kind = kind, .server = *server};
    if (kind == LINK_TCP) return true;
    maker->context = SSL_CTX_new(kind == LINK_TLS ? TLS_client_method() : DTLS_client_method());
    if (!maker->context) return false;
    SSL_CTX_set_verify(maker->context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(maker->context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(maker->context, SSL_MODE_RELEASE_BUFFERS);
    return true;
}

void link_maker_clean_up(struct link_maker *maker)
{
    SSL_CTX_free(maker->context);
}

static bool is_loopback(const struct sockaddr_in *addr)
{
    return ntohl(addr->sin_addr.s_addr) >> 24 == 127;
}

/* 127.128.0.1, 127.129.0.1, … 127.255.0.1, 127.128.1.1, …: each in a prefix of its own. */
static bool bind_source(int fd, uint32_t number)
{
    const uint32_t source = number % SOURCES;
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr = {htonl(0x7F800001 + (source % 128 << 16) + (source / 128 << 8))},
    };

    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    return !bind(fd, (const struct sockaddr *)&from, sizeof from);
}

static bool begin_to_connect(struct link_maker *maker, int fd)
{
    const struct sockaddr_in *to = &maker->server;

    if (is_loopback(to) && !bind_source(fd, maker->made++)) return false;
    if (maker->kind != LINK_DTLS &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)))
        return false;
    return !connect(fd, (const struct sockaddr *)to, sizeof *to) || errno == EINPROGRESS;
}

/* The library's own socket functions for TLS; datagrams must be told whom they go to. */
static bool attach(const struct link_maker *maker, struct link *link)
{
    BIO_ADDR *peer;
    BIO *bio;
    bool told;

    if (maker->kind == LINK_TLS) return SSL_set_fd(link->ssl, link->fd);
    bio = BIO_new_dgram(link->fd, BIO_NOCLOSE);
    if (!bio) return false;
    SSL_set_bio(link->ssl, bio, bio);
    SSL_set_options(link->ssl, SSL_OP_NO_QUERY_MTU);
    peer = BIO_ADDR_new();
    told = peer && DTLS_set_link_mtu(link->ssl, MTU) &&
           BIO_ADDR_rawmake(peer, AF_INET, &maker->server.sin_addr, 4, maker->server.sin_port) &&
           BIO_ctrl_set_connected(bio, peer) > 0;
    BIO_ADDR_free(peer);
    return told;
}

static bool secure(const struct link_maker *maker, struct link *link)
{
    if (maker->kind == LINK_TCP) return true;
    link->ssl = SSL_new(maker->context);
    if (!link->ssl || !attach(maker, link)) return false;
    SSL_set_connect_state(link->ssl);
    return true;
}

bool link_open(struct link_maker *maker, struct link *ret_link)
{
    const int type = maker->kind == LINK_DTLS ? SOCK_DGRAM : SOCK_STREAM;
    struct link link = {.fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};

    if (link.fd < 0) return false;
    if (!begin_to_connect(maker, link.fd) || !secure(maker, &link)) {
        const int why = errno;
        SSL_free(link.ssl);
        close(link.fd);
        errno = why;
        return false;
    }
    *ret_link = link;
    return true;
}

static int connected(int fd)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int error = 0;

    if (!getpeername(fd, (struct sockaddr *)&peer, &len)) return 1;
    len = sizeof error;
    if (errno != ENOTCONN || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len)) return -1;
    return error ? -1 : 0;
}

/* 0 if a call of the library shall be repeated later, -1 if there is no use in it. */
static int later(SSL *ssl, int result)
{
    const int error = SSL_get_error(ssl, result);

    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int link_shake(struct link *link)
{
    const int here = connected(link->fd);
    int result;

    if (here <= 0 || !link->ssl) return here;
    ERR_clear_error();
    result = SSL_do_handshake(link->ssl);
    return result == 1 ? 1 : later(link->ssl, result);
}

void link_tick(struct link *link)
{
    if (link->ssl && SSL_is_dtls(link->ssl)) (void)DTLSv1_handle_timeout(link->ssl);
}

struct request_source link_source(const struct link *link)
{
    struct sockaddr_in here = {0};
    socklen_t len = sizeof here;
    struct request_source source = {.len = 6};

    (void)getsockname(link->fd, (struct sockaddr *)&here, &len);
    memcpy(source.bytes, &here.sin_port, 2);
    memcpy(source.bytes + 2, &here.sin_addr, 4);
    return source;
}

ssize_t link_read(struct link *link, uint8_t *buf, size_t cap)
{
    if (link->ssl) {
        int got;
        ERR_clear_error();
        got = SSL_read(link->ssl, buf, (int)cap);
        return got > 0 ? got : later(link->ssl, got);
    }
    const ssize_t got = recv(link->fd, buf, cap, 0);
    if (got < 0) return errno == EAGAIN ? 0 : -1;
    return got ? got : -1;
}

bool link_write(struct link *link, const uint8_t *bytes, size_t len)
{
    ERR_clear_error();
    if (link->ssl) return SSL_write(link->ssl, bytes, (int)len) == (int)len;
    return send(link->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

void link_close(struct link *link)
{
    ERR_clear_error();
    if (link->ssl) (void)SSL_shutdown(link->ssl);
    SSL_free(link->ssl);
    close(link->fd);
}
