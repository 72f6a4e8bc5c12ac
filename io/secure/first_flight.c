#include "first_flight.h"

#include <string.h>

enum { HANDSHAKE = 22, CLIENT_HELLO = 1, HELLO_VERIFY_REQUEST = 3 };
enum { MAJOR = 254, MINOR_1_0 = 255, MINOR_1_2 = 253 };
enum { RECORD = 13, MESSAGE = 12, BEFORE_SESSION = 2 + 32, SESSION_MOST = 32, SEQUENCE = 6 };

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static unsigned get24(const uint8_t *at)
{
    return (unsigned)at[0] << 16 | get16(at + 1);
}

/* The content of the first record: of DTLS, not encrypted, and all there. */
static bool read_record(struct srflx_view datagram, struct srflx_view *ret_content)
{
    const uint8_t *at = datagram.ptr;

    if (datagram.len < RECORD || at[0] != HANDSHAKE || at[1] != MAJOR) return false;
    if ((at[2] != MINOR_1_0 && at[2] != MINOR_1_2) || get16(at + 3)) return false;
    if (get16(at + 11) > datagram.len - RECORD) return false;
    *ret_content = (struct srflx_view){at + RECORD, get16(at + 11)};
    return true;
}

/* The body of a ClientHello in one piece, which is a client's first message or its second. */
static bool read_message(struct srflx_view content, struct srflx_view *ret_body)
{
    const uint8_t *at = content.ptr;

    if (content.len < MESSAGE || at[0] != CLIENT_HELLO) return false;
    if (get24(at + 1) != content.len - MESSAGE || get24(at + 9) != content.len - MESSAGE)
        return false;
    if (get16(at + 4) > 1 || get24(at + 6)) return false;
    *ret_body = (struct srflx_view){at + MESSAGE, content.len - MESSAGE};
    return true;
}

/* Session, then cookie. Versions count downwards in DTLS. */
static bool read_cookie(struct srflx_view body, struct srflx_view *ret_cookie)
{
    size_t at = BEFORE_SESSION;

    if (body.len < at + 2 || body.ptr[0] != MAJOR || body.ptr[1] > MINOR_1_2) return false;
    if (body.ptr[at] > SESSION_MOST) return false;
    at += 1u + body.ptr[at];
    if (at >= body.len || body.ptr[at] > body.len - at - 1) return false;
    *ret_cookie = (struct srflx_view){body.ptr + at + 1, body.ptr[at]};
    return true;
}

bool srflxi_hello_read(struct srflx_view datagram, struct srflxi_hello *ret_hello)
{
    struct srflx_view content, body, cookie;

    if (!read_record(datagram, &content) || !read_message(content, &body) ||
        !read_cookie(body, &cookie))
        return false;
    ret_hello->sequence = datagram.ptr + 5;
    ret_hello->cookie = cookie;
    return true;
}

/* The record has the number of the client's, and DTLS 1.0 for its version whatever will be agreed on. */
void srflxi_hello_verify_write(const struct srflxi_hello *hello, const uint8_t *cookie,
                               uint8_t *ret_bytes)
{
    const uint8_t body = 2 + 1 + SRFLXI_COOKIE;
    uint8_t *message = ret_bytes + RECORD;

    memset(ret_bytes, 0, SRFLX_SECURE_HELLO_VERIFY);
    ret_bytes[0] = HANDSHAKE;
    ret_bytes[1] = MAJOR;
    ret_bytes[2] = MINOR_1_0;
    memcpy(ret_bytes + 5, hello->sequence, SEQUENCE);
    ret_bytes[12] = (uint8_t)(MESSAGE + body);
    message[0] = HELLO_VERIFY_REQUEST;
    message[3] = body;
    message[11] = body;
    message[12] = MAJOR;
    message[13] = MINOR_1_0;
    message[14] = SRFLXI_COOKIE;
    memcpy(message + 15, cookie, SRFLXI_COOKIE);
}
