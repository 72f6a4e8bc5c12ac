#include <srflx/error.h>
#include <srflx/message.h>
#include <srflxi/bytes.h>
#include <srflxi/known.h>
#include <srflxi/slots.h>
#include <srflxi/value.h>
#include <srflxi/walk.h>

#define REQUIRED_BIT_OF_INDEXED(symbol, number) \
    ((number) < SRFLX_ATTR_FIRST_OPTIONAL ? SRFLXI_BIT(symbol) : 0) |
#define REQUIRED_BIT_OF_NAMED(symbol, number)

/* The slots of comprehension-required attributes. */
static const uint64_t required_slots =
#define REQUIRED_BIT(symbol, number, name, shape, shortest, longest, rfc, use) \
    REQUIRED_BIT_OF_##use(symbol, number)
    SRFLX_ATTR_MAP(REQUIRED_BIT) 0;
#undef REQUIRED_BIT

static unsigned slot_in(const struct srflx_message *m, uint16_t attr)
{
    return m->classic ? srflxi_slot_of_classic(attr) : srflxi_slot_of(attr);
}

void srflx_message_get_id(const struct srflx_message *m, struct srflx_id *ret_id)
{
    memcpy(ret_id->bytes, m->bytes.ptr + 4, sizeof ret_id->bytes);
}

/* The value of an attribute outside the table: found by walking. */
static bool find_foreign(const struct srflx_message *m, uint16_t attr, struct srflx_view *ret_value)
{
    struct srflx_iter it;
    struct srflx_attr found;

    srflx_iter_begin(&it, m);
    while (srflx_iter_next(&it, &found)) {
        if (found.type != attr || !found.counts) continue;
        *ret_value = found.value;
        return true;
    }
    return false;
}

/* The raw value of the first occurrence that counts. */
static bool find(const struct srflx_message *m, uint16_t attr, struct srflx_view *ret_value)
{
    unsigned slot = slot_in(m, attr);
    const uint8_t *header;

    if (slot == SRFLXI_NO_SLOT) return find_foreign(m, attr, ret_value);
    if (!(m->seen >> slot & 1)) return false;
    header = m->bytes.ptr + (size_t)m->at[slot] * 4;
    ret_value->ptr = header + 4;
    ret_value->len = srflxi_get16(header + 2);
    return true;
}

bool srflx_message_has(const struct srflx_message *m, uint16_t attr)
{
    unsigned slot = slot_in(m, attr);
    struct srflx_view value;

    if (slot == SRFLXI_NO_SLOT) return find_foreign(m, attr, &value);
    return m->seen >> slot & 1;
}

static struct srflxi_form form_of(const struct srflx_message *m)
{
    struct srflxi_form form = {m->bytes.ptr + 4, m->classic};

    return form;
}

int srflx_message_get_bytes(const struct srflx_message *m, uint16_t attr,
                            struct srflx_view *ret_value)
{
    struct srflxi_form form = form_of(m);
    const struct srflx_attr_row *row;
    struct srflx_view value;

    if (!find(m, attr, &value)) return SRFLX_ERROR_ABSENT;
    row = srflxi_row_in(&form, attr);
    if (row && srflxi_value_check(&form, row, value)) return SRFLX_ERROR_VALUE;
    *ret_value = value;
    return 0;
}

/* The checked value of an attribute of the table whose shape is the one asked for. What means
 * nothing to RFC 3489 has no shape in its messages. */
static int get_shaped(const struct srflx_message *m, uint16_t attr, uint8_t shape,
                      struct srflx_view *ret_value)
{
    const struct srflx_attr_row *row = srflx_attr_find(attr);

    if (!row || row->shape != shape) return SRFLX_ERROR_ARGUMENT;
    if (m->classic && attr > SRFLX_ATTR_REFLECTED_FROM) return SRFLX_ERROR_ABSENT;
    return srflx_message_get_bytes(m, attr, ret_value);
}

int srflx_message_get_addr(const struct srflx_message *m, uint16_t attr,
                           struct srflx_addr *ret_addr)
{
    const struct srflx_attr_row *row = srflx_attr_find(attr);
    bool is_xor = row && row->shape == SRFLX_SHAPE_XOR_ADDR;
    uint8_t shape = is_xor ? SRFLX_SHAPE_XOR_ADDR : SRFLX_SHAPE_ADDR;
    struct srflxi_form form = form_of(m);
    struct srflx_view value;
    int error = get_shaped(m, attr, shape, &value);

    if (error) return error;
    *ret_addr = srflxi_value_addr(&form, shape, value);
    return 0;
}

int srflx_message_get_u32(const struct srflx_message *m, uint16_t attr, uint32_t *ret_value)
{
    struct srflx_view value;
    int error = get_shaped(m, attr, SRFLX_SHAPE_U32, &value);

    if (error) return error;
    *ret_value = srflxi_get32(value.ptr);
    return 0;
}

int srflx_message_get_u64(const struct srflx_message *m, uint16_t attr, uint64_t *ret_value)
{
    struct srflx_view value;
    int error = get_shaped(m, attr, SRFLX_SHAPE_U64, &value);

    if (error) return error;
    *ret_value = srflxi_get64(value.ptr);
    return 0;
}

/* spec: R5780-7.5-04 */
int srflx_message_get_port(const struct srflx_message *m, uint16_t attr, uint16_t *ret_port)
{
    struct srflx_view value;
    int error = get_shaped(m, attr, SRFLX_SHAPE_PORT, &value);

    if (error) return error;
    *ret_port = srflxi_get16(value.ptr);
    return 0;
}

/* spec: R8489-14.13-01 R3489-11.2.10-02 */
int srflx_message_get_types(const struct srflx_message *m, uint16_t attr, uint16_t *ret_types,
                            size_t cap, size_t *ret_count)
{
    struct srflx_view value;
    size_t i;
    int error = get_shaped(m, attr, SRFLX_SHAPE_TYPES, &value);

    if (error) return error;
    *ret_count = value.len / 2;
    for (i = 0; i < *ret_count && i < cap; i++)
        ret_types[i] = srflxi_get16(value.ptr + 2 * i);
    return 0;
}

int srflx_message_get_error(const struct srflx_message *m, struct srflx_error_code *ret_error)
{
    struct srflx_view value;
    int error = get_shaped(m, SRFLX_ATTR_ERROR_CODE, SRFLX_SHAPE_ERROR, &value);

    if (error) return error;
    *ret_error = srflxi_value_error(value);
    return 0;
}

void srflx_known_add(struct srflx_known *known, uint16_t attr)
{
    unsigned slot = srflxi_slot_of(attr);

    if (slot != SRFLXI_NO_SLOT) known->slots |= (uint64_t)1 << slot;
}

bool srflx_message_understood(const struct srflx_message *m, const struct srflx_known *known)
{
    return !m->foreign_required && !(m->seen & required_slots & ~known->slots);
}

bool srflxi_is_known(const struct srflx_message *m, const struct srflx_known *known, uint16_t type)
{
    unsigned slot = slot_in(m, type);

    return slot != SRFLXI_NO_SLOT && (known->slots >> slot & 1);
}

void srflx_iter_begin(struct srflx_iter *it, const struct srflx_message *m)
{
    it->message = m;
    it->next = SRFLX_HEADER_SIZE;
    it->hidden = SRFLXI_NOTHING_HIDDEN;
}

/* A FINGERPRINT that is wrong is not looked up, but its place is known. */
static bool is_met(const struct srflx_message *m, unsigned slot)
{
    if (slot == SRFLXI_SLOT_FINGERPRINT) return m->fingerprint != SRFLX_FINGERPRINT_ABSENT;
    return slot != SRFLXI_NO_SLOT && (m->seen >> slot & 1);
}

/* spec: R5389-15-01 */
bool srflx_iter_next(struct srflx_iter *it, struct srflx_attr *ret_attr)
{
    const struct srflx_message *m = it->message;
    const uint8_t *header = m->bytes.ptr + it->next;
    unsigned slot;

    if (it->next >= m->bytes.len) return false;
    ret_attr->type = srflxi_get16(header);
    ret_attr->offset = it->next;
    ret_attr->value.ptr = header + 4;
    ret_attr->value.len = srflxi_get16(header + 2);
    ret_attr->counts = srflxi_counts(it->hidden, ret_attr->type);
    slot = slot_in(m, ret_attr->type);
    ret_attr->repeated = is_met(m, slot) && (uint32_t)m->at[slot] * 4 < it->next;
    if (ret_attr->counts) it->hidden = srflxi_hide(it->hidden, ret_attr->type, m->classic);
    it->next += (uint32_t)(4 + srflxi_pad4(ret_attr->value.len));
    return true;
}

/* spec: R8489-5-03 R8489-5-04 */
uint16_t srflx_type(uint16_t method, uint8_t kind)
{
    return (uint16_t)((method & 0xF80) << 2 | (method & 0x070) << 1 | (method & 0x00F) |
                      (kind & 2) << 7 | (kind & 1) << 4);
}
