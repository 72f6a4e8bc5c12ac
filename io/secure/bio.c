/* A BIO whose data is the connection: reads take bytes off its input, writes append to its output. */
#include "bio.h"

#include <string.h>

#include "connection.h"

/* A first flight takes some hundred bytes to some thousand; OpenSSL would reserve 128 KiB at a word. */
enum { HELLO_MOST = 16384, HELLO_TYPE = 1, HANDSHAKE_RECORD = 22 };
enum { HANDSHAKE_MOST_SERVER = 32768, HANDSHAKE_MOST_CLIENT = 262144 };

/* The length in the first handshake message, which begins behind the record's header. */
static bool hello_is_too_long(struct srflx_secure *s, const uint8_t *bytes, size_t len)
{
    const uint8_t *head = s->head;

    if (s->head_len == sizeof s->head || s->dtls || !s->context->is_server) return false;
    while (len && s->head_len < sizeof s->head) {
        s->head[s->head_len++] = *bytes++;
        len--;
    }
    return s->head_len == sizeof s->head && head[0] == HANDSHAKE_RECORD && head[5] == HELLO_TYPE &&
           ((size_t)head[6] << 16 | (size_t)head[7] << 8 | head[8]) > HELLO_MOST;
}

/* A datagram costs nothing when it is dropped, so that only streams have a limit. */
static bool handshake_is_too_long(struct srflx_secure *s, size_t len)
{
    const size_t most = s->context->is_server ? HANDSHAKE_MOST_SERVER : HANDSHAKE_MOST_CLIENT;

    if (s->established || s->dtls) return false;
    s->taken += len;
    return s->taken > most;
}

static int take(BIO *bio, char *ret_bytes, int size)
{
    struct srflx_secure *s = BIO_get_data(bio);
    struct srflx_view *input = s->input;
    const uint8_t *from;
    size_t len = (size_t)size;

    BIO_clear_retry_flags(bio);
    if (size <= 0 || !input || !input->len) {
        BIO_set_retry_read(bio);
        return -1;
    }
    from = input->ptr;
    if (len > input->len) len = input->len;
    memcpy(ret_bytes, from, len);
    /* What of a datagram is not read at once is gone. */
    input->ptr += s->dtls ? input->len : len;
    input->len -= s->dtls ? input->len : len;
    if (hello_is_too_long(s, from, len) || handshake_is_too_long(s, len)) s->too_long = true;
    return s->too_long ? -1 : (int)len;
}

static size_t room(const struct srflx_secure *s, size_t len)
{
    const struct srflx_secure_out *out = s->out;
    const size_t left = out ? out->cap - out->len : 0;

    if (!s->dtls) return len < left ? len : left;
    return len <= left && out && out->count < SRFLX_SECURE_DATAGRAMS ? len : 0;
}

static int append(BIO *bio, const char *bytes, int size)
{
    struct srflx_secure *s = BIO_get_data(bio);
    const size_t len = size > 0 ? room(s, (size_t)size) : 0;

    BIO_clear_retry_flags(bio);
    if (!len) {
        s->full = true;
        BIO_set_retry_write(bio);
        return -1;
    }
    memcpy(s->out->bytes + s->out->len, bytes, len);
    s->out->len += len;
    if (s->dtls) s->out->ends[s->out->count++] = s->out->len;
    return (int)len;
}

static long control(BIO *bio, int what, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

/* The type is of no one else's concern: the numbers for new types run out after some hundred reloads. */
BIO_METHOD *srflxi_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "srflx");

    if (method && BIO_meth_set_read(method, take) && BIO_meth_set_write(method, append) &&
        BIO_meth_set_ctrl(method, control))
        return method;
    BIO_meth_free(method);
    return NULL;
}
