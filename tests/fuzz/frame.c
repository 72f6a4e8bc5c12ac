/* A stream of any bytes, cut into pieces in any way: the framer hands out the messages that a plain
 * walk over the whole finds, and ends as that does. */
#include "fuzz.h"

#include <srflx/frame.h>
#include <srflx/message.h>

enum { PIECES = 512 };

/* What a plain walk has found so far. */
struct walk {
    struct srflx_view stream;
    size_t at;
    size_t cap;
    uint64_t skipped;
};

/* The next message, or 0 at the end, or an error. */
static int walk_next(struct walk *walk, struct srflx_view *ret_message)
{
    for (;;) {
        const uint8_t *header = walk->stream.ptr + walk->at;
        size_t left = walk->stream.len - walk->at, size;

        if (left < 4) return 0;
        if (header[0] >= 0x40) return SRFLX_ERROR_TOP_BITS;
        if (header[3] % 4) return SRFLX_ERROR_LENGTH_ALIGN;
        size = SRFLX_HEADER_SIZE + get16(header + 2);
        walk->skipped += size > walk->cap;
        if (size > left) return 0;
        walk->at += size;
        if (size > walk->cap) continue;
        *ret_message = (struct srflx_view){header, size};
        return 1;
    }
}

/* How to cut: all at once, into single bytes, or into pieces of changing length. */
enum cut { CUT_NOTHING, CUT_BYTES, CUT_CHANGING, CUT_COUNT };

static size_t piece_length(enum cut cut, struct srflx_view stream, size_t number, size_t left)
{
    size_t len = left;

    if (cut == CUT_BYTES) len = 1;
    if (cut == CUT_CHANGING) len = 1 + choice(stream, number % 12) % 32;
    if (number >= PIECES || len > left) return left;
    return len;
}

static void check_message(struct walk *walk, struct srflx_view message, size_t cap)
{
    struct srflx_view want;

    REQUIRE(walk_next(walk, &want) == 1);
    REQUIRE(message.len == want.len && message.len <= cap);
    REQUIRE(!memcmp(message.ptr, want.ptr, want.len));
}

/* Feeds one piece; returns what the framer said last. */
static int feed(struct srflx_framer *framer, struct srflx_view piece, struct walk *walk)
{
    struct srflx_view input = piece, message;
    int got;

    while ((got = srflx_framer_next(framer, &input, &message)) == 1)
        check_message(walk, message, framer->cap);
    if (got) {
        REQUIRE(srflx_framer_next(framer, &input, &message) == got);
    } else {
        REQUIRE(!input.len);
    }
    REQUIRE(framer->have < framer->cap);
    return got;
}

static void check_cut(struct srflx_view stream, uint8_t *buf, size_t cap, enum cut cut)
{
    struct walk walk = {stream, 0, cap, 0};
    struct srflx_view none;
    struct srflx_framer framer;
    size_t at = 0, number = 0;
    int got = 0;

    srflx_framer_init(&framer, buf, cap);
    while (at < stream.len && !got) {
        size_t len = piece_length(cut, stream, number++, stream.len - at);
        struct srflx_view piece = heap_copy((struct srflx_view){stream.ptr + at, len});
        got = feed(&framer, piece, &walk);
        heap_free(piece);
        at += len;
    }
    REQUIRE(walk_next(&walk, &none) == got);
    REQUIRE(framer.skipped == walk.skipped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t caps[] = {SRFLX_HEADER_SIZE, 63, 551, SRFLX_MESSAGE_MAX};
    struct srflx_view stream = {data, size};
    size_t cap = caps[choice(stream, 0) % 4];
    uint8_t *buf = malloc(cap);
    enum cut cut;

    REQUIRE(buf != NULL);
    for (cut = CUT_NOTHING; cut < CUT_COUNT; cut++)
        check_cut(stream, buf, cap, cut);
    free(buf);
    return 0;
}
