#include <srflx/error.h>
#include <srflx/message.h>
#include <srflxi/bytes.h>
#include <srflxi/fingerprint.h>
#include <srflxi/slots.h>
#include <srflxi/walk.h>

enum { FINGERPRINT_SIZE = 8 };

/* spec: R8489-5-01 R8489-5-02 R8489-5-13 R8489-5-14 R8489-5-15 R8489-6.3-01 R8489-6.3-03 R5389-6-01
 * R3489-11.1-01 */
static int check_header(struct srflx_view bytes)
{
    if (bytes.len < SRFLX_HEADER_SIZE) return SRFLX_ERROR_SHORT;
    if (bytes.ptr[0] & 0xC0) return SRFLX_ERROR_TOP_BITS;
    if (bytes.ptr[3] & 3) return SRFLX_ERROR_LENGTH_ALIGN;
    if ((size_t)srflxi_get16(bytes.ptr + 2) + SRFLX_HEADER_SIZE != bytes.len)
        return SRFLX_ERROR_LENGTH_MISMATCH;
    return 0;
}

/* The index while it grows: handed over whole, so that a message that breaks off leaves no trace.
 */
struct index {
    uint64_t seen;
    bool classic;
    bool foreign_required;
    uint16_t at[SRFLX_MESSAGE_SLOTS];
};

/* Only the first of a type is indexed. spec: R8489-14-07 R8489-14-08 R8489-14-09 R8489-14-10
 * R8489-14.2-02 R3489-11.2-03 */
static void index_attribute(struct index *index, uint16_t type, size_t at)
{
    unsigned slot = index->classic ? srflxi_slot_of_classic(type) : srflxi_slot_of(type);

    if (slot == SRFLXI_NO_SLOT) {
        index->foreign_required |= type < SRFLX_ATTR_FIRST_OPTIONAL;
        return;
    }
    if (index->seen >> slot & 1) return;
    index->seen |= (uint64_t)1 << slot;
    index->at[slot] = (uint16_t)(at / 4);
}

/* The bytes that pad a value are skipped unread.
 * spec: R8489-14-01 R8489-14-02 R8489-14-03 R8489-14-04 R8489-14-06 R8489-6.3-03 R5389-15-01
 * R3489-11.2-01 */
static int index_attributes(struct index *index, struct srflx_view bytes)
{
    size_t at = SRFLX_HEADER_SIZE;
    uint8_t hidden = SRFLXI_NOTHING_HIDDEN;

    while (at < bytes.len) {
        uint16_t type = srflxi_get16(bytes.ptr + at);
        size_t next = at + 4 + srflxi_pad4(srflxi_get16(bytes.ptr + at + 2));
        if (next > bytes.len) return SRFLX_ERROR_ATTR_OVERRUN;
        if (srflxi_counts(hidden, type)) {
            index_attribute(index, type, at);
            hidden = srflxi_hide(hidden, type, index->classic);
        }
        at = next;
    }
    return 0;
}

static bool is_classic(struct srflx_view bytes)
{
    return srflxi_get32(bytes.ptr + 4) != SRFLX_MAGIC_COOKIE;
}

/* spec: R8489-5-03 R8489-5-04 R8489-5-05 R5389-12.2-01 R3489-11.1-02 */
static void fill_in(struct srflx_message *m, struct srflx_view bytes, const struct index *index)
{
    uint16_t type = srflxi_get16(bytes.ptr);

    m->bytes = bytes;
    m->type = type;
    m->method = (uint16_t)((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
    m->kind = (uint8_t)((type >> 4 & 1) | (type >> 7 & 2));
    m->fingerprint = SRFLX_FINGERPRINT_ABSENT;
    m->classic = index->classic;
    m->foreign_required = index->foreign_required;
    m->seen = index->seen;
    if (index->seen) memcpy(m->at, index->at, sizeof m->at);
}

static bool fingerprint_is_right(const struct srflx_message *m, size_t at)
{
    const uint8_t *p = m->bytes.ptr;

    if (at + FINGERPRINT_SIZE != m->bytes.len || srflxi_get16(p + at + 2) != 4) return false;
    return srflxi_get32(p + at + 4) == srflxi_fingerprint(p, at);
}

/* A FINGERPRINT that is wrong or not last is as good as absent, but for the mark it leaves.
 * spec: R8489-7-01 R8489-14.7-01 R8489-14.7-02 R8489-14.7-03 R8489-14.7-04 */
static void check_fingerprint(struct srflx_message *m)
{
    if (!(m->seen & SRFLXI_BIT(FINGERPRINT))) return;
    if (fingerprint_is_right(m, (size_t)m->at[SRFLXI_SLOT_FINGERPRINT] * 4)) {
        m->fingerprint = SRFLX_FINGERPRINT_RIGHT;
        return;
    }
    m->fingerprint = SRFLX_FINGERPRINT_WRONG;
    m->seen &= ~SRFLXI_BIT(FINGERPRINT);
}

int srflx_message_parse(struct srflx_view bytes, struct srflx_message *ret_message)
{
    struct index index;
    int error = check_header(bytes);

    if (error) return error;
    index.seen = 0;
    index.classic = is_classic(bytes);
    index.foreign_required = false;
    error = index_attributes(&index, bytes);
    if (error) return error;
    fill_in(ret_message, bytes, &index);
    check_fingerprint(ret_message);
    return 0;
}
