#include <srflx/error.h>
#include <srflx/message.h>
#include <srflxi/bytes.h>
#include <srflxi/utf8.h>
#include <srflxi/value.h>

const struct srflx_attr_row *srflxi_row_in(const struct srflxi_form *form, uint16_t type)
{
    if (form->classic && type > SRFLX_ATTR_REFLECTED_FROM) return NULL;
    return srflx_attr_find(type);
}

/* spec: R8489-14.1-01 R8489-14.1-02 */
static bool is_addr(struct srflx_view value)
{
    return (value.ptr[1] == 0x01 && value.len == 8) || (value.ptr[1] == 0x02 && value.len == 20);
}

/* The phrase is for people: whatever it holds, the code counts.
 * spec: R8489-14.8-05 R8489-14.8-06 R3489-11.2.9-03 */
static bool is_error(const struct srflxi_form *form, struct srflx_view value)
{
    uint8_t hundreds = value.ptr[2] & 7;

    return hundreds >= (form->classic ? 1 : 3) && hundreds <= 6 && value.ptr[3] <= 99;
}

static bool is_algorithms(struct srflx_view list, bool one)
{
    struct srflx_algorithm algorithm;
    size_t count = 0;

    while (srflx_algorithm_next(&list, &algorithm))
        count++;
    return !list.len && (!one || count == 1);
}

/* spec: R8489-14.16-01 */
static bool is_ascii(struct srflx_view value)
{
    size_t i;

    for (i = 0; i < value.len; i++)
        if (value.ptr[i] <= ' ' || value.ptr[i] > '~') return false;
    return true;
}

/* Only the digest's leading multiples of 4 can be meant. */
static bool is_digest(const struct srflx_attr_row *row, struct srflx_view value)
{
    return row->number != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 || value.len % 4 == 0;
}

/* Text need not be UTF-8 to RFC 3489. spec: R3489-11.2.6-01 */
static bool is_sound(const struct srflxi_form *form, const struct srflx_attr_row *row,
                     struct srflx_view value)
{
    switch (row->shape) {
    case SRFLX_SHAPE_ADDR:
        return is_addr(value);
    case SRFLX_SHAPE_XOR_ADDR:
        return is_addr(value) && !form->classic;
    case SRFLX_SHAPE_TEXT:
        return form->classic || srflxi_utf8_count(value) >= 0;
    case SRFLX_SHAPE_NAME:
        return is_ascii(value);
    case SRFLX_SHAPE_ERROR:
        return is_error(form, value);
    case SRFLX_SHAPE_TYPES:
        return value.len % 2 == 0;
    case SRFLX_SHAPE_PORT:
        return value.len != 3;
    case SRFLX_SHAPE_ALGORITHM:
    case SRFLX_SHAPE_ALGORITHMS:
        return is_algorithms(value, row->shape == SRFLX_SHAPE_ALGORITHM);
    default:
        return is_digest(row, value);
    }
}

int srflxi_value_check(const struct srflxi_form *form, const struct srflx_attr_row *row,
                       struct srflx_view value)
{
    if (value.len < row->shortest || value.len > row->longest) return SRFLX_ERROR_VALUE;
    return is_sound(form, row, value) ? 0 : SRFLX_ERROR_VALUE;
}

/* The first byte is ignored. Port and address are XORed with cookie and id, which stand one after
 * the other in the header. spec: R5389-15.2-01 R8489-14.1-01 R8489-14.1-04 R8489-14.2-01 R8489-14.2-02
 * R3489-11.2.1-01 R3489-11.2.2-01 */
struct srflx_addr srflxi_value_addr(const struct srflxi_form *form, uint8_t shape,
                                    struct srflx_view value)
{
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_NO_FAMILY};
    size_t i, ip_len = value.len - 4;

    addr.family = value.ptr[1] == 0x01 ? SRFLX_IPV4 : SRFLX_IPV6;
    addr.port = srflxi_get16(value.ptr + 2);
    srflxi_copy(addr.ip, value.ptr + 4, ip_len);
    if (shape != SRFLX_SHAPE_XOR_ADDR) return addr;
    addr.port ^= srflxi_get16(form->mask);
    for (i = 0; i < ip_len; i++)
        addr.ip[i] ^= form->mask[i];
    return addr;
}

/* spec: R8489-14.8-01 R8489-14.8-02 R8489-14.8-04 R3489-11.2.9-01 R3489-11.2.9-02 */
struct srflx_error_code srflxi_value_error(struct srflx_view value)
{
    struct srflx_error_code error;

    error.code = (uint16_t)((value.ptr[2] & 7) * 100 + value.ptr[3]);
    while (value.len > 4 && (value.ptr[value.len - 1] == ' ' || !value.ptr[value.len - 1]))
        value.len--;
    error.phrase.ptr = value.ptr + 4;
    error.phrase.len = value.len - 4;
    return error;
}

static uint64_t big_endian(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    size_t i;

    for (i = 0; i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

static uint64_t number_of(uint8_t shape, struct srflx_view value)
{
    switch (shape) {
    case SRFLX_SHAPE_U8:
        return value.ptr[0];
    case SRFLX_SHAPE_U16:
    case SRFLX_SHAPE_PORT:
        return srflxi_get16(value.ptr);
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_U64:
        return big_endian(value.ptr, value.len);
    default:
        return 0;
    }
}

int srflx_value_read(uint16_t type, struct srflx_view bytes, const struct srflx_id *id,
                     struct srflx_value *ret_value)
{
    struct srflxi_form form = {id->bytes, srflxi_get32(id->bytes) != SRFLX_MAGIC_COOKIE};
    const struct srflx_attr_row *row = srflxi_row_in(&form, type);
    struct srflx_value value = {{NULL, 0}, {{0}, 0, 0, 0}, {{NULL, 0}, 0}, 0, SRFLX_SHAPE_BYTES};

    if (row && srflxi_value_check(&form, row, bytes)) return SRFLX_ERROR_VALUE;
    value.bytes = bytes;
    if (row) value.shape = row->shape;
    value.number = number_of(value.shape, bytes);
    if (value.shape == SRFLX_SHAPE_ADDR || value.shape == SRFLX_SHAPE_XOR_ADDR)
        value.addr = srflxi_value_addr(&form, value.shape, bytes);
    if (value.shape == SRFLX_SHAPE_ERROR) value.error = srflxi_value_error(bytes);
    *ret_value = value;
    return 0;
}

/* spec: R8489-14.11-01 R8489-14.12-01 */
bool srflx_algorithm_next(struct srflx_view *list, struct srflx_algorithm *ret_algorithm)
{
    size_t len, padded;

    if (list->len < 4) return false;
    len = srflxi_get16(list->ptr + 2);
    if (len > list->len - 4) return false;
    ret_algorithm->number = srflxi_get16(list->ptr);
    ret_algorithm->parameters.ptr = list->ptr + 4;
    ret_algorithm->parameters.len = len;
    padded = srflxi_pad4(len) < list->len - 4 ? srflxi_pad4(len) : list->len - 4;
    list->ptr += 4 + padded;
    list->len -= 4 + padded;
    return true;
}
