/* Any bytes as the first flight of DTLS: no answer is longer than half of them, and what gets a cookie comes again with
 * it, to a connection of OpenSSL's. */
#include "secure.h"

#include "fuzz.h"

enum { OUT_MOST = 32768, PLAIN = 512, IP_UDP = 28, COOKIE = 8 };
enum { RECORD = 13, MESSAGE = RECORD + 12, SESSION = MESSAGE + 2 + 32 };

static const struct srflx_addr peer = {{192, 0, 2, 1}, 0, 4242, SRFLX_IPV4};

static struct srflx_secure_listener *listener(void)
{
    static struct srflx_secure_listener *made;

    if (!made) REQUIRE(!srflx_secure_listener_new(fuzz_server(), &made));
    return made;
}

static void add16(uint8_t *at, size_t number)
{
    number += get16(at);
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

/* The same ClientHello with the cookie that was sent back for it: in the place of its own, if it has one. */
static struct srflx_view with_cookie(struct srflx_view hello, const uint8_t *cookie)
{
    const size_t at = SESSION + 1u + hello.ptr[SESSION], old = hello.ptr[at];
    uint8_t *bytes = malloc(hello.len + COOKIE);

    REQUIRE(bytes && at < hello.len && (!old || old == COOKIE));
    memcpy(bytes, hello.ptr, at);
    bytes[at] = COOKIE;
    memcpy(bytes + at + 1, cookie, COOKIE);
    memcpy(bytes + at + 1 + COOKIE, hello.ptr + at + 1 + old, hello.len - at - 1 - old);
    add16(bytes + RECORD - 2, COOKIE - old);
    add16(bytes + RECORD + 2, COOKIE - old);
    add16(bytes + MESSAGE - 2, COOKIE - old);
    return (struct srflx_view){bytes, hello.len + COOKIE - old};
}

/* A connection takes any bytes, too. */
static void go_on(struct srflx_secure *s, struct srflx_view datagram, struct srflx_secure_out *out)
{
    uint8_t plain[PLAIN];
    int got;

    do
        got = srflx_secure_read(s, &datagram, out, plain, sizeof plain);
    while (got > 0);
    REQUIRE(!got || got == SRFLX_ERROR_SECURITY || got == SRFLX_ERROR_CLOSED);
    got = srflx_secure_tick(s, out);
    REQUIRE(!got || got == SRFLX_ERROR_SECURITY);
    REQUIRE(out->len <= out->cap && out->count <= SRFLX_SECURE_DATAGRAMS);
    srflx_secure_destroy(s);
}

static void come_again(struct srflx_view hello, struct srflx_secure_out *out)
{
    const struct srflx_view again =
        with_cookie(hello, out->bytes + SRFLX_SECURE_HELLO_VERIFY - COOKIE);
    struct srflx_secure *s = NULL;
    int got;

    out->len = 0;
    out->count = 0;
    got = srflx_secure_listen(listener(), again, &peer, out, &s);
    REQUIRE(got == 0 || got == 1);
    REQUIRE((got == 1) == (s != NULL) && out->len <= out->cap);
    if (s) go_on(s, hello, out);
    heap_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srflx_view datagram = heap_copy((struct srflx_view){data, size});
    struct srflx_secure_out out = {.bytes = malloc(OUT_MOST), .cap = OUT_MOST};
    struct srflx_secure *none = NULL;

    REQUIRE(out.bytes && !srflx_secure_listen(listener(), datagram, &peer, &out, &none) && !none);
    REQUIRE(out.count <= 1 && 2 * (out.len + IP_UDP * out.count) <= size + IP_UDP);
    if (out.len) {
        REQUIRE(out.len == SRFLX_SECURE_HELLO_VERIFY);
        come_again(datagram, &out);
    }
    free(out.bytes);
    heap_free(datagram);
    return 0;
}
