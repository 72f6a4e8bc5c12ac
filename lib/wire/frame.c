#include <srflx/frame.h>
#include <srflx/message.h>
#include <srflxi/bytes.h>

void srflx_framer_init(struct srflx_framer *framer, uint8_t *buf, size_t cap)
{
    framer->buf = buf;
    framer->cap = cap;
    framer->have = 0;
    framer->skip = 0;
    framer->skipped = 0;
}

/* The size of the message whose first 4 bytes these are, or why there is none. */
static int read_size(const uint8_t *header, size_t *ret_size)
{
    if (header[0] & 0xC0) return SRFLX_ERROR_TOP_BITS;
    if (header[3] & 3) return SRFLX_ERROR_LENGTH_ALIGN;
    *ret_size = SRFLX_HEADER_SIZE + (size_t)srflxi_get16(header + 2);
    return 0;
}

static struct srflx_view take(struct srflx_view *input, size_t len)
{
    struct srflx_view taken = {input->ptr, len < input->len ? len : input->len};

    if (taken.len) input->ptr += taken.len;
    input->len -= taken.len;
    return taken;
}

/* Fills the buffer up to `want` bytes; false if the input does not reach so far. */
static bool fill(struct srflx_framer *f, struct srflx_view *input, size_t want)
{
    struct srflx_view more = take(input, f->have < want ? want - f->have : 0);

    srflxi_copy(f->buf + f->have, more.ptr, more.len);
    f->have += more.len;
    return f->have >= want;
}

static void skip_rest(struct srflx_framer *f, size_t size)
{
    f->skip = size - f->have;
    f->have = 0;
    f->skipped++;
}

/* A message that lies whole in the input is handed out from there. */
static bool take_whole(struct srflx_view *input, size_t cap, struct srflx_view *ret_message)
{
    size_t size;

    if (input->len < SRFLX_HEADER_SIZE || read_size(input->ptr, &size)) return false;
    if (size > cap || size > input->len) return false;
    *ret_message = take(input, size);
    return true;
}

/* Gathers in the buffer. Returns 1 with a message, 0 if the input is used up or a message was found
 * too long, else an error, with the bytes that show it kept. */
static int gather(struct srflx_framer *f, struct srflx_view *input, struct srflx_view *ret_message)
{
    size_t size;
    int error;

    if (!fill(f, input, 4)) return 0;
    error = read_size(f->buf, &size);
    if (error) return error;
    if (size > f->cap) {
        skip_rest(f, size);
        return 0;
    }
    if (!fill(f, input, size)) return 0;
    ret_message->ptr = f->buf;
    ret_message->len = size;
    f->have = 0;
    return 1;
}

/* spec: R8489-6.2.2-03 */
int srflx_framer_next(struct srflx_framer *framer, struct srflx_view *input,
                      struct srflx_view *ret_message)
{
    int got = 0;

    while (!got && (input->len || framer->have >= 4)) {
        framer->skip -= take(input, framer->skip).len;
        if (framer->skip) return 0;
        if (!framer->have && take_whole(input, framer->cap, ret_message)) return 1;
        got = gather(framer, input, ret_message);
        if (!got && !input->len) return 0;
    }
    return got;
}
