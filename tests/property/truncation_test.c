/* Every truncation of every vector is refused, with the reason it deserves; with the header's
 * length adjusted to it, exactly those that end between attributes are messages. */
#include "exact.h"
#include "vector.h"

#include <srflx/error.h>
#include <srflx/message.h>

#include "check.h"

static struct exact room;
static unsigned refused, taken;

/* Parses bytes behind which nothing can be read. What is refused must leave no trace. */
static int parse(struct srflx_view bytes)
{
    struct srflx_message m, before;
    int error;

    memset(&m, 0xA5, sizeof m);
    memcpy(&before, &m, sizeof m);
    error = srflx_message_parse(exact_copy(&room, bytes), &m);
    if (error) CHECK_MEM(&m, &before, sizeof m);
    refused += error != 0;
    taken += !error;
    return error;
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* What the first `len` bytes of a vector deserve: its own error if it is in the header. */
static int verdict_about(const struct vector *v, size_t len)
{
    const uint8_t *header = v->bytes.ptr;

    if (len < SRFLX_HEADER_SIZE) return SRFLX_ERROR_SHORT;
    if (header[0] & 0xC0) return SRFLX_ERROR_TOP_BITS;
    if (header[3] & 3) return SRFLX_ERROR_LENGTH_ALIGN;
    return SRFLX_ERROR_LENGTH_MISMATCH;
}

static void check_truncations(const struct vector *v)
{
    bool is_whole_at_20 = !strcmp(v->id, "malformed-trailing-bytes");
    size_t len;

    for (len = 0; len < v->bytes.len; len++) {
        int want = verdict_about(v, len);
        if (len == SRFLX_HEADER_SIZE && is_whole_at_20) want = 0;
        if (parse((struct srflx_view){v->bytes.ptr, len}) != want) FAIL("%s: %zu", v->id, len);
    }
}

/* spec: R8489-5-13 R8489-5-14 R8489-6.3-01 R8489-6.3-03 */
TEST(truncations_are_refused)
{
    exact_init(&room, sizeof(struct vector));
    refused = taken = 0;
    CHECK_INT(vector_for_each(check_truncations), VECTOR_COUNT);
    CHECK_INT(taken, 1);
    CHECK(refused > 10000);
}

/* The reason to refuse the first `len` bytes once the header says `len`, or 0. */
static int verdict_about_adjusted(const uint8_t *bytes, size_t len)
{
    size_t at = SRFLX_HEADER_SIZE;

    if (bytes[0] & 0xC0) return SRFLX_ERROR_TOP_BITS;
    if ((len - SRFLX_HEADER_SIZE) % 4) return SRFLX_ERROR_LENGTH_ALIGN;
    while (at < len)
        at += 4 + (get16(bytes + at + 2) + 3u) / 4 * 4;
    return at == len ? 0 : SRFLX_ERROR_ATTR_OVERRUN;
}

static void check_adjusted(const struct vector *v)
{
    struct vector cut = *v;
    size_t len;

    for (len = SRFLX_HEADER_SIZE; len < v->bytes.len; len++) {
        int want = verdict_about_adjusted(v->bytes.ptr, len);
        cut.memory[2] = (uint8_t)((len - SRFLX_HEADER_SIZE) >> 8);
        cut.memory[3] = (uint8_t)(len - SRFLX_HEADER_SIZE);
        if (parse((struct srflx_view){cut.memory, len}) != want) FAIL("%s: %zu", v->id, len);
    }
}

/* spec: R8489-14-01 R8489-14-02 R8489-14-03 R8489-6.3-03 */
TEST(adjusted_truncations_are_messages_if_they_end_between_attributes)
{
    exact_init(&room, sizeof(struct vector));
    refused = taken = 0;
    CHECK_INT(vector_for_each(check_adjusted), VECTOR_COUNT);
    CHECK_INT(taken, 323);
    CHECK(refused > 5000);
}

RUN(TEST_OF(truncations_are_refused),
    TEST_OF(adjusted_truncations_are_messages_if_they_end_between_attributes))
