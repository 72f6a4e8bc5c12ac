/* Any bytes as TLS to a server, in pieces of any length and with any room for its answers: it takes them or
 * ends, says so for good, and sends one alert at most. */
#include "secure.h"

#include "fuzz.h"

enum { OUT_MOST = 8192, PLAIN = 512, ALERT = 21, HEADER = 5 };

/* What the server has said. */
struct said {
    uint8_t bytes[1 << 16];
    size_t len;
};

static unsigned alerts(const struct said *said)
{
    unsigned count = 0;

    for (size_t at = 0; at + HEADER <= said->len;
         at += HEADER + get16(said->bytes + at + HEADER - 2))
        count += said->bytes[at] == ALERT;
    return count;
}

static void keep(struct said *said, struct srflx_secure_out *out)
{
    REQUIRE(out->len <= out->cap && out->len <= sizeof said->bytes - said->len);
    memcpy(said->bytes + said->len, out->bytes, out->len);
    said->len += out->len;
    out->len = 0;
}

/* Returns what the connection said last. */
static int feed(struct srflx_secure *s, struct srflx_view piece, struct srflx_secure_out *out,
                struct said *said)
{
    struct srflx_view copy = heap_copy(piece), rest = copy;
    uint8_t plain[PLAIN];
    int got;

    do {
        got = srflx_secure_read(s, &rest, out, plain, sizeof plain);
        REQUIRE(got <= PLAIN && lies_within(rest, copy));
        keep(said, out);
    } while (got > 0 || (!got && srflx_secure_is_full(s)));
    REQUIRE(got || !rest.len);
    heap_free(copy);
    return got;
}

static void check_end(struct srflx_secure *s, int got, struct srflx_secure_out *out)
{
    char text[SRFLX_SECURE_TEXT];

    if (!got) return;
    REQUIRE(got == SRFLX_ERROR_SECURITY || got == SRFLX_ERROR_CLOSED);
    REQUIRE((got == SRFLX_ERROR_SECURITY) == (srflx_secure_fault(s) != SRFLX_SECURE_NONE));
    srflx_secure_explain(s, text);
    REQUIRE(strlen(text) > 5 && !srflx_secure_is_open(s));
    REQUIRE(srflx_secure_write(s, (struct srflx_view){out->bytes, 1}, out) < 0 && !out->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t caps[] = {OUT_MOST, 1, 100, 1000};
    struct srflx_view stream = {data, size};
    const size_t cap = caps[choice(stream, 3) % 4], step = 1 + choice(stream, 5) * 8;
    struct srflx_secure_out out = {.bytes = malloc(cap), .cap = cap};
    static struct said said;
    struct srflx_secure *s;
    int got = 0;

    said.len = 0;
    REQUIRE(out.bytes && !srflx_secure_new(fuzz_server(), SRFLX_TLS, NULL, &s));
    for (size_t at = 0; at < size && !got; at += step)
        got = feed(s, (struct srflx_view){data + at, step < size - at ? step : size - at}, &out,
                   &said);
    check_end(s, got, &out);
    REQUIRE(alerts(&said) <= 1);
    srflx_secure_close(s, &out);
    srflx_secure_destroy(s);
    free(out.bytes);
    return 0;
}
